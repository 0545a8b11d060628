package lists

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// pop returns LPOP and RPOP: key [count].
func pop(e end) func(*command.Call) error {
	return func(c *command.Call) error {
		if len(c.Args) > 3 {
			return resp.WrongArity(c.Row.FullName())
		}
		if len(c.Args) == 3 {
			return popMany(c, e)
		}
		l, err := write(c, c.Args[1])
		if err != nil {
			return err
		}
		if l == nil {
			c.Out.Null()
			return nil
		}
		c.Out.Bulk(e.pop(l))
		removed(c, c.Args[1], l, 1, e.popped())
		return nil
	}
}

func popMany(c *command.Call, e end) error {
	count, err := command.Count(c.Args[2])
	if err != nil {
		return err
	}
	l, err := write(c, c.Args[1])
	if err != nil {
		return err
	}
	switch {
	case l == nil:
		c.Out.NullArray()
	case count == 0:
		c.Out.Array(0)
	default:
		take(c, c.Args[1], l, e, count)
	}
	return nil
}

// take removes up to count elements from an end of a list and replies with them.
func take(c *command.Call, key []byte, l *keyspace.List, e end, count int64) {
	n := int(min(count, int64(l.Len())))
	c.Out.Array(n)
	for range n {
		c.Out.Bulk(e.pop(l))
	}
	removed(c, key, l, n, e.popped())
}

// popOne pops for BLPOP and BRPOP.
func popOne(c *command.Call, key []byte, l *keyspace.List, p command.Popping) {
	e := end(p.Last)
	c.Out.Array(2)
	c.Out.Bulk(key)
	c.Out.Bulk(e.pop(l))
	removed(c, key, l, 1, e.popped())
}

// popSome pops for LMPOP and BLMPOP.
func popSome(c *command.Call, key []byte, l *keyspace.List, p command.Popping) {
	c.Out.Array(2)
	c.Out.Bulk(key)
	take(c, key, l, end(p.Last), p.Count)
}

var popRows = []command.Row{
	{Name: "blmpop", Arity: -5, Since: "7.0.0", Run: command.WaitPopMany(ends, popSome), Summary: "Takes elements from the first list of several, waiting for one",
		Flags: command.Write | command.Blocking, Keys: []command.KeySpec{command.Counted(2, command.RW|command.Access|command.Delete)}},
	{Name: "blpop", Arity: -3, Since: "2.0.0", Run: command.PopOne(bool(head), popOne), Summary: "Takes an element from the front of the first list of several, waiting for one",
		Flags: command.Write | command.Blocking, Keys: []command.KeySpec{command.Range(1, -2, 1, command.RW|command.Access|command.Delete)}},
	{Name: "brpop", Arity: -3, Since: "2.0.0", Run: command.PopOne(bool(tail), popOne), Summary: "Takes an element from the end of the first list of several, waiting for one",
		Flags: command.Write | command.Blocking, Keys: []command.KeySpec{command.Range(1, -2, 1, command.RW|command.Access|command.Delete)}},
	{Name: "lmpop", Arity: -4, Since: "7.0.0", Run: command.PopMany(ends, popSome), Summary: "Takes elements from the first list of several that exists",
		Flags: command.Write, Keys: []command.KeySpec{command.Counted(1, command.RW|command.Access|command.Delete)}},
	{Name: "lpop", Arity: -2, Since: "1.0.0", Run: pop(head), Summary: "Takes elements from the front of a list",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Access | command.Delete)},
	{Name: "rpop", Arity: -2, Since: "1.0.0", Run: pop(tail), Summary: "Takes elements from the end of a list",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Access | command.Delete)},
}
