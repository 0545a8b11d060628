package zsets

import (
	"math"
	"strconv"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// runZscan is ZSCAN key cursor [MATCH pattern] [COUNT count].
func runZscan(c *command.Call) error {
	if _, err := command.ParseCursor(c.Args[2]); err != nil {
		return err
	}
	z, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	if z == nil {
		c.Out.Array(2)
		c.Out.BulkString("0")
		c.Out.Array(0)
		return nil
	}
	a, err := command.ParseScan(c.Args, 2, nil)
	if err != nil {
		return err
	}
	replyScan(c.Out, z, &a)
	return nil
}

func replyScan(w *resp.Writer, z *keyspace.ZSet, a *command.ScanArgs) {
	type pair struct {
		member string
		score  float64
	}
	var found []pair
	next := z.Scan(a.Cursor, a.Count, func(member string, score float64) {
		if a.Matches([]byte(member)) {
			found = append(found, pair{member, score})
		}
	})
	w.Array(2)
	w.BulkString(strconv.FormatUint(next, 10))
	w.Array(2 * len(found))
	for _, p := range found {
		w.BulkString(p.member)
		w.Bulk(scanScore(p.score, z.Compact()))
	}
}

// scanScore writes a score as ZSCAN shows it, on both protocols as text: like
// everywhere else for a compact set, but with all 17 digits for others.
func scanScore(score float64, compact bool) []byte {
	if compact || math.IsInf(score, 0) {
		return resp.AppendDouble(nil, score)
	}
	return strconv.AppendFloat(nil, score, 'g', 17, 64)
}

var scanRows = []command.Row{
	{Name: "zscan", Arity: -3, Since: "2.8.0", Run: runZscan, Summary: "Walks over the members and their scores in steps",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access), Tips: command.Nondeterministic},
}
