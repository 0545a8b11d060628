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
		c.Out.BulkString(e.pop(l))
		removed(c, c.Args[1], l, e.popped())
		return nil
	}
}

func popMany(c *command.Call, e end) error {
	count, ok := command.ParseInt(c.Args[2])
	if !ok || count < 0 {
		return resp.ErrNotPositive
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
		c.Out.BulkString(e.pop(l))
	}
	removed(c, key, l, e.popped())
}

// firstOf returns the first of keys that has a list, nil if none has.
func firstOf(c *command.Call, keys [][]byte) (key []byte, l *keyspace.List, err error) {
	for _, key := range keys {
		if l, err := write(c, key); l != nil || err != nil {
			return key, l, err
		}
	}
	return nil, nil, nil
}

// waitPop returns BLPOP and BRPOP: key [key ...] timeout.
func waitPop(e end) func(*command.Call) error {
	return func(c *command.Call) error {
		keys := c.Args[1 : len(c.Args)-1]
		timeout, err := command.Timeout(c.Args[len(c.Args)-1])
		if err != nil {
			return err
		}
		key, l, err := firstOf(c, keys)
		if err != nil {
			return err
		}
		if l == nil {
			return wait(c, keys, timeout)
		}
		c.Out.Array(2)
		c.Out.Bulk(key)
		c.Out.BulkString(e.pop(l))
		removed(c, key, l, e.popped())
		return nil
	}
}

// wait parks the call until one of the keys has a list. Its time up, it replies
// with a null array.
func wait(c *command.Call, keys [][]byte, timeout int64) error {
	return c.Block(command.Block{
		Keys: keys, Timeout: timeout, OnTimeout: (*resp.Writer).NullArray,
	})
}

// popFromArgs is numkeys key [key ...] LEFT|RIGHT [COUNT n], what LMPOP
// and BLMPOP have in common.
type popFromArgs struct {
	keys  [][]byte
	end   end
	count int64
}

const (
	errNumKeys = resp.Error("ERR numkeys should be greater than 0")
	errCount   = resp.Error("ERR count should be greater than 0")
)

// parsePopFrom reads the words from numkeys on.
func parsePopFrom(words [][]byte) (popFromArgs, error) {
	a := popFromArgs{count: 1}
	n, ok := command.ParseInt(words[0])
	if !ok || n < 1 {
		return a, errNumKeys
	}
	if n > int64(len(words)-2) {
		return a, resp.ErrSyntax
	}
	a.keys = words[1 : 1+n]
	if a.end, ok = parseEnd(words[1+n]); !ok {
		return a, resp.ErrSyntax
	}
	switch rest := words[2+n:]; {
	case len(rest) == 0:
		return a, nil
	case len(rest) == 1 || !command.Is(rest[0], "count"):
		return a, resp.ErrSyntax
	default:
		a.count, ok = command.ParseInt(rest[1])
		if !ok || a.count < 1 {
			return a, errCount
		}
		if len(rest) > 2 {
			return a, resp.ErrSyntax
		}
	}
	return a, nil
}

// runPopFrom is LMPOP numkeys key [key ...] LEFT|RIGHT [COUNT n].
func runPopFrom(c *command.Call) error {
	a, err := parsePopFrom(c.Args[1:])
	if err != nil {
		return err
	}
	found, err := a.run(c)
	if !found && err == nil {
		c.Out.NullArray()
	}
	return err
}

// runWaitPopFrom is BLMPOP: a timeout, then as LMPOP.
func runWaitPopFrom(c *command.Call) error {
	a, err := parsePopFrom(c.Args[2:])
	if err != nil {
		return err
	}
	timeout, err := command.Timeout(c.Args[1])
	if err != nil {
		return err
	}
	found, err := a.run(c)
	if !found && err == nil {
		return wait(c, a.keys, timeout)
	}
	return err
}

// run takes elements from the first list there is and reports whether there is
// one.
func (a *popFromArgs) run(c *command.Call) (found bool, err error) {
	key, l, err := firstOf(c, a.keys)
	if l == nil || err != nil {
		return false, err
	}
	c.Out.Array(2)
	c.Out.Bulk(key)
	take(c, key, l, a.end, a.count)
	return true, nil
}

var popRows = []command.Row{
	{Name: "blmpop", Arity: -5, Since: "7.0.0", Run: runWaitPopFrom, Summary: "Takes elements from the first list of several, waiting for one",
		Flags: command.Write | command.Blocking, Keys: []command.KeySpec{command.Counted(2, command.RW|command.Access|command.Delete)}},
	{Name: "blpop", Arity: -3, Since: "2.0.0", Run: waitPop(head), Summary: "Takes an element from the front of the first list of several, waiting for one",
		Flags: command.Write | command.Blocking, Keys: []command.KeySpec{command.Range(1, -2, 1, command.RW|command.Access|command.Delete)}},
	{Name: "brpop", Arity: -3, Since: "2.0.0", Run: waitPop(tail), Summary: "Takes an element from the end of the first list of several, waiting for one",
		Flags: command.Write | command.Blocking, Keys: []command.KeySpec{command.Range(1, -2, 1, command.RW|command.Access|command.Delete)}},
	{Name: "lmpop", Arity: -4, Since: "7.0.0", Run: runPopFrom, Summary: "Takes elements from the first list of several that exists",
		Flags: command.Write, Keys: []command.KeySpec{command.Counted(1, command.RW|command.Access|command.Delete)}},
	{Name: "lpop", Arity: -2, Since: "1.0.0", Run: pop(head), Summary: "Takes elements from the front of a list",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Access | command.Delete)},
	{Name: "rpop", Arity: -2, Since: "1.0.0", Run: pop(tail), Summary: "Takes elements from the end of a list",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Access | command.Delete)},
}
