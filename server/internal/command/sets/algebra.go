package sets

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// operation is what a command makes of several sets, in which nil stands for a
// missing key.
type operation func([]*keyspace.Set, *keyspace.Limits) *keyspace.Set

// readAll finds the sets of keys. All must be sets, even where it is clear that
// the result is empty.
func readAll(c *command.Call, keys [][]byte) ([]*keyspace.Set, error) {
	sets := make([]*keyspace.Set, len(keys))
	for i, key := range keys {
		var err error
		if sets[i], err = read(c, key); err != nil {
			return nil, err
		}
	}
	return sets, nil
}

// reply returns SINTER, SUNION or SDIFF: key [key ...].
func reply(op operation) func(*command.Call) error {
	return func(c *command.Call) error {
		sets, err := readAll(c, c.Args[1:])
		if err != nil {
			return err
		}
		writeAll(c, op(sets, &c.Keyspace().Limits))
		return nil
	}
}

// store returns SINTERSTORE, SUNIONSTORE or SDIFFSTORE: destination key [key ...].
func store(event string, op operation) func(*command.Call) error {
	return func(c *command.Call) error {
		key := c.Args[1]
		sets, err := readAll(c, c.Args[2:])
		if err != nil {
			return err
		}
		result := op(sets, &c.Keyspace().Limits)
		c.Out.Len(result.Len())
		switch {
		case !result.Empty():
			c.DB.Put(key, result, false)
			c.Modified(key)
			c.Event(keyspace.ClassSet, event, key)
		case c.DB.Delete(key):
			c.Modified(key)
			c.Event(keyspace.ClassGeneric, "del", key)
		}
		return nil
	}
}

// interCardArgs is SINTERCARD numkeys key [key ...] [LIMIT n].
type interCardArgs struct {
	keys  [][]byte
	limit int64 // where to stop counting, 0 for never
}

const errLimitNeg = resp.Error("ERR LIMIT can't be negative")

func parseInterCard(args [][]byte) (interCardArgs, error) {
	var a interCardArgs
	n, ok := command.ParseInt(args[1])
	if !ok || n < 1 {
		return a, command.ErrNumKeys
	}
	if n > int64(len(args)-2) {
		return a, resp.ErrBadNumKeys
	}
	a.keys = args[2 : 2+n]
	for rest := args[2+n:]; len(rest) > 0; rest = rest[2:] {
		if len(rest) == 1 || !command.Is(rest[0], "limit") {
			return a, resp.ErrSyntax
		}
		if a.limit, ok = command.ParseInt(rest[1]); !ok || a.limit < 0 {
			return a, errLimitNeg
		}
	}
	return a, nil
}

func runInterCard(c *command.Call) error {
	a, err := parseInterCard(c.Args)
	if err != nil {
		return err
	}
	sets, err := readAll(c, a.keys)
	if err != nil {
		return err
	}
	var n int64
	keyspace.Common(sets, func(string) bool {
		n++
		return n != a.limit
	})
	c.Out.Int(n)
	return nil
}

var storeKeys = []command.KeySpec{command.At(1, command.OW|command.Update), command.Range(2, -1, 1, command.RO|command.Access)}

var algebraRows = []command.Row{
	{Name: "sdiff", Arity: -2, Since: "1.0.0", Run: reply(keyspace.Diff), Summary: "Returns the members of a set that others do not have",
		Flags: command.ReadOnly, Keys: command.AllKeys(command.RO | command.Access), Tips: command.AnyOrder},
	{Name: "sdiffstore", Arity: -3, Since: "1.0.0", Run: store("sdiffstore", keyspace.Diff), Summary: "Stores the members of a set that others do not have",
		Flags: command.Write | command.DenyOOM, Keys: storeKeys},
	{Name: "sinter", Arity: -2, Since: "1.0.0", Run: reply(keyspace.Inter), Summary: "Returns what several sets have in common",
		Flags: command.ReadOnly, Keys: command.AllKeys(command.RO | command.Access), Tips: command.AnyOrder},
	{Name: "sintercard", Arity: -3, Since: "7.0.0", Run: runInterCard, Summary: "Counts what several sets have in common",
		Flags: command.ReadOnly, Keys: []command.KeySpec{command.Counted(1, command.RO|command.Access)}},
	{Name: "sinterstore", Arity: -3, Since: "1.0.0", Run: store("sinterstore", keyspace.Inter), Summary: "Stores what several sets have in common",
		Flags: command.Write | command.DenyOOM, Keys: storeKeys},
	{Name: "sunion", Arity: -2, Since: "1.0.0", Run: reply(keyspace.Union), Summary: "Returns the members of several sets",
		Flags: command.ReadOnly, Keys: command.AllKeys(command.RO | command.Access), Tips: command.AnyOrder},
	{Name: "sunionstore", Arity: -3, Since: "1.0.0", Run: store("sunionstore", keyspace.Union), Summary: "Stores the members of several sets",
		Flags: command.Write | command.DenyOOM, Keys: storeKeys},
}
