package keys

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/server/internal/command"
)

func runKeys(c *command.Call) error {
	pattern := c.Args[1]
	all := string(pattern) == "*"
	at, n := c.Out.Later(), 0
	c.DB.Each(func(e *keyspace.Entry) bool {
		if all || keyspace.Match(pattern, e.Key(), false) {
			c.Out.BulkString(e.Name())
			n++
		}
		return true
	})
	c.Out.CloseArray(at, n)
	return nil
}

// scanArgs is SCAN cursor [MATCH pattern] [COUNT n] [TYPE type].
type scanArgs struct {
	command.ScanArgs
	// typeName is the argument of TYPE, nil for all types. The name of an unknown type is
	// not an error: nothing is found.
	typeName []byte
}

func parseScan(args [][]byte) (a scanArgs, err error) {
	a.ScanArgs, err = command.ParseScan(args, 1, func(word []byte, rest [][]byte) (int, error) {
		if !command.Is(word, "type") || len(rest) == 0 {
			return 0, nil
		}
		a.typeName = rest[0]
		return 2, nil
	})
	return a, err
}

func runScan(c *command.Call) error {
	a, err := parseScan(c.Args)
	if err != nil {
		return err
	}
	if a.typeName != nil {
		a.runTyped(c)
		return nil
	}
	var found []string
	next := c.DB.Scan(a.Cursor, a.Count, a.Matches, func(e *keyspace.Entry) { found = append(found, e.Name()) })
	c.ReplyScan(next, found)
	return nil
}

// runTyped looks up each key that matches. So these count as hits and misses, as in Redis.
func (a *scanArgs) runTyped(c *command.Call) {
	var named, found []string
	next := c.DB.Scan(a.Cursor, a.Count, func(key []byte) bool {
		if a.Matches(key) {
			named = append(named, string(key))
		}
		return false
	}, nil)
	for _, name := range named {
		if e := glance(c, []byte(name)); e != nil && command.Is(a.typeName, e.Type().String()) {
			found = append(found, name)
		}
	}
	c.ReplyScan(next, found)
}

var scanRows = []command.Row{
	{Name: "keys", Arity: 2, Since: "1.0.0", Run: runKeys, Summary: "Lists all keys that match a pattern",
		Flags: command.ReadOnly, Categories: command.CatDangerous, Tips: []string{"request_policy:all_shards", "nondeterministic_output_order"}},
	{Name: "scan", Arity: -2, Since: "2.8.0", Run: runScan, Summary: "Walks over the keys of the database in steps",
		Flags: command.ReadOnly, Tips: []string{"nondeterministic_output", "request_policy:special", "response_policy:special"}},
}
