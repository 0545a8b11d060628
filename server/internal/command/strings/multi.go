package strings

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

func runMGet(c *command.Call) error {
	keys := c.Args[1:]
	c.Out.Array(len(keys))
	for _, key := range keys {
		e := c.DB.LookupRead(key)
		if e != nil && e.Type() != keyspace.TypeString {
			e = nil
		}
		if e == nil {
			c.Out.Null()
			continue
		}
		c.Out.Bulk(e.Str())
	}
	return nil
}

func runMSet(c *command.Call) error {
	pairs, err := pairsOf(c)
	if err != nil {
		return err
	}
	setPairs(c, pairs)
	c.Out.OK()
	return nil
}

func runMSetNX(c *command.Call) error {
	pairs, err := pairsOf(c)
	if err != nil {
		return err
	}
	for i := 0; i < len(pairs); i += 2 {
		if c.DB.LookupWrite(pairs[i]) != nil {
			c.Out.Flag(false)
			return nil
		}
	}
	setPairs(c, pairs)
	c.Out.Flag(true)
	return nil
}

// pairsOf returns the keys and values of MSET, which go in pairs.
func pairsOf(c *command.Call) ([][]byte, error) {
	if len(c.Args)%2 == 0 {
		return nil, resp.WrongArity(c.Row.Name)
	}
	return c.Args[1:], nil
}

func setPairs(c *command.Call, pairs [][]byte) {
	for i := 0; i < len(pairs); i += 2 {
		store(c, c.DB.LookupWrite(pairs[i]), pairs[i], pairs[i+1], false)
		changed(c, pairs[i], "set")
	}
}

var multiRows = []command.Row{
	{Name: "mget", Arity: -2, Since: "1.0.0", Run: runMGet, Summary: "Returns the strings of several keys at once",
		Flags: command.ReadOnly | command.Fast, Keys: command.AllKeys(command.RO | command.Access), Tips: []string{"request_policy:multi_shard"}},
	{Name: "mset", Arity: -3, Since: "1.0.1", Run: runMSet, Summary: "Stores several strings at once",
		Flags: command.Write | command.DenyOOM, Keys: []command.KeySpec{command.Range(1, -1, 2, command.OW|command.Update)}, Tips: []string{"request_policy:multi_shard", "response_policy:all_succeeded"}},
	{Name: "msetnx", Arity: -3, Since: "1.0.1", Run: runMSetNX, Summary: "Stores several strings, or none if one of the keys is taken",
		Flags: command.Write | command.DenyOOM, Keys: []command.KeySpec{command.Range(1, -1, 2, command.OW|command.Insert)}},
}
