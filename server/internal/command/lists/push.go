package lists

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/server/internal/command"
)

// push returns LPUSH, RPUSH, LPUSHX and RPUSHX: key element [element ...]. With
// ifThere it does not create a missing list.
func push(e end, ifThere bool) func(*command.Call) error {
	return func(c *command.Call) error {
		key, words := c.Args[1], c.Args[2:]
		find := create
		if ifThere {
			find = write
		}
		l, err := find(c, key)
		if err != nil {
			return err
		}
		if l == nil {
			c.Out.Int(0)
			return nil
		}
		l.Expect(&c.Keyspace().Limits, len(words), size(words))
		for _, w := range words {
			e.push(l, w)
		}
		c.Out.Len(l.Len())
		c.Modified(key)
		c.CountAs(len(words))
		c.Event(keyspace.ClassList, e.pushed(), key)
		return nil
	}
}

// size returns the total length of words in bytes.
func size(words [][]byte) int {
	n := 0
	for _, w := range words {
		n += len(w)
	}
	return n
}

var pushRows = []command.Row{
	{Name: "lpush", Arity: -3, Since: "1.0.0", Run: push(head, false), Summary: "Puts elements in front of a list, which is created if missing",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Insert)},
	{Name: "lpushx", Arity: -3, Since: "2.2.0", Run: push(head, true), Summary: "Puts elements in front of a list that exists",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Insert)},
	{Name: "rpush", Arity: -3, Since: "1.0.0", Run: push(tail, false), Summary: "Puts elements at the end of a list, which is created if missing",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Insert)},
	{Name: "rpushx", Arity: -3, Since: "2.2.0", Run: push(tail, true), Summary: "Puts elements at the end of a list that exists",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Insert)},
}
