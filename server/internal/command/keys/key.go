package keys

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/server/internal/command"
)

func runDel(c *command.Call) error { return del(c, c.Keyspace().LazyFree.UserDel) }

// runUnlink is DEL but for a counter: the garbage collector frees memory.
func runUnlink(c *command.Call) error { return del(c, true) }

func del(c *command.Call, lazy bool) error {
	n := 0
	for _, key := range c.Args[1:] {
		if c.DB.Peek(key) != nil {
			remove(c, key, lazy)
			n++
		}
	}
	c.Out.Len(n)
	return nil
}

// remove deletes a key, with its change and event, and reports whether it existed. lazy is
// that of [keyspace.DB.Unlink].
func remove(c *command.Call, key []byte, lazy bool) bool {
	if !c.DB.Unlink(key, lazy) {
		return false
	}
	c.Modified(key)
	c.Event(keyspace.ClassGeneric, "del", key)
	return true
}

func runExists(c *command.Call) error {
	n := 0
	for _, key := range c.Args[1:] {
		if glance(c, key) != nil {
			n++
		}
	}
	c.Out.Len(n)
	return nil
}

func runTouch(c *command.Call) error {
	n := 0
	for _, key := range c.Args[1:] {
		if c.DB.LookupRead(key) != nil {
			n++
		}
	}
	c.Out.Len(n)
	return nil
}

func runType(c *command.Call) error {
	e := glance(c, c.Args[1])
	if e == nil {
		c.Out.Simple(keyspace.TypeNone.String())
		return nil
	}
	c.Out.Simple(e.Type().String())
	return nil
}

func runRandomKey(c *command.Call) error {
	e := c.DB.Random(c.Keyspace().Rand)
	if e == nil {
		c.Out.Null()
		return nil
	}
	c.Out.BulkString(e.Name())
	return nil
}

// sumOverShards are the tips of commands that a cluster client may split by shard,
// adding up the replies.
var sumOverShards = []string{"request_policy:multi_shard", "response_policy:agg_sum"}

var keyRows = []command.Row{
	{Name: "del", Arity: -2, Since: "1.0.0", Run: runDel, Summary: "Removes keys and returns how many there were",
		Flags: command.Write, Keys: command.AllKeys(command.RM | command.Delete), Tips: sumOverShards},
	{Name: "unlink", Arity: -2, Since: "4.0.0", Run: runUnlink, Summary: "Removes keys at once and frees their memory later",
		Flags: command.Write | command.Fast, Keys: command.AllKeys(command.RM | command.Delete), Tips: sumOverShards},
	{Name: "exists", Arity: -2, Since: "1.0.0", Run: runExists, Summary: "Counts the named keys that exist",
		Flags: command.ReadOnly | command.Fast, Keys: command.AllKeys(command.RO), Tips: sumOverShards},
	{Name: "touch", Arity: -2, Since: "3.2.1", Run: runTouch, Summary: "Marks keys as just used and counts those that exist",
		Flags: command.ReadOnly | command.Fast | command.TouchesKeys, Keys: command.AllKeys(command.RO), Tips: sumOverShards},
	{Name: "type", Arity: 2, Since: "1.0.0", Run: runType, Summary: "Names the type of the value under a key",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO)},
	{Name: "randomkey", Arity: 1, Since: "1.0.0", Run: runRandomKey, Summary: "Picks any key of the database",
		Flags: command.ReadOnly, Tips: []string{"request_policy:all_shards", "response_policy:special", "nondeterministic_output"}},
}
