package zsets

import (
	"math"
	"strconv"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// runZscan is ZSCAN key cursor [MATCH pattern] [COUNT count].
func runZscan(c *command.Call, z *keyspace.ZSet) error {
	a, err := command.ParseScan(c.Args, 2, nil)
	if err != nil {
		return err
	}
	var found []string
	next := z.Scan(a.Cursor, a.Count, func(member string, score float64) {
		if a.Matches([]byte(member)) {
			found = append(found, member, string(scanScore(score, z.Compact())))
		}
	})
	c.ReplyScan(next, found)
	return nil
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
	{Name: "zscan", Arity: -3, Since: "2.8.0", Run: command.ScanOf(runZscan), Summary: "Walks over the members and their scores in steps",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access), Tips: command.Nondeterministic},
}
