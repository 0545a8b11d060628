package lists

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// insertArgs is LINSERT key BEFORE|AFTER pivot element.
type insertArgs struct {
	key, pivot, element []byte
	after               bool
}

func parseInsert(args [][]byte) (insertArgs, error) {
	a := insertArgs{key: args[1], pivot: args[3], element: args[4]}
	switch {
	case command.Is(args[2], "after"):
		a.after = true
	case !command.Is(args[2], "before"):
		return a, resp.ErrSyntax
	}
	return a, nil
}

func runInsert(c *command.Call) error {
	a, err := parseInsert(c.Args)
	if err != nil {
		return err
	}
	l, err := write(c, a.key)
	if err != nil {
		return err
	}
	if l == nil {
		c.Out.Int(0)
		return nil
	}
	l.Expect(&c.Keyspace().Limits, 1, len(a.element))
	i := 0
	for s := range l.Range(0, l.Len()) {
		if s == string(a.pivot) {
			a.insert(c, l, i)
			return nil
		}
		i++
	}
	c.Out.Int(-1)
	return nil
}

func (a *insertArgs) insert(c *command.Call, l *keyspace.List, at int) {
	if a.after {
		at++
	}
	l.Insert(at, a.element)
	c.Modified(a.key)
	c.Event(keyspace.ClassList, "linsert", a.key)
	c.Out.Len(l.Len())
}

// runSet is LSET key index element. Redis keeps 32 bits of the index here (not
// in LINDEX), so that 4294967295 is -1.
func runSet(c *command.Call) error {
	key, element := c.Args[1], c.Args[3]
	l, err := write(c, key)
	if err != nil {
		return err
	}
	if l == nil {
		return resp.ErrNoSuchKey
	}
	index, err := command.Int(c.Args[2])
	if err != nil {
		return err
	}
	limits := &c.Keyspace().Limits
	l.Expect(limits, 1, len(element))
	i, ok := place(int64(int32(index)), l.Len())
	if !ok {
		return resp.ErrIndexRange
	}
	l.Set(i, element)
	l.Settle(limits)
	c.Out.OK()
	c.Modified(key)
	c.Event(keyspace.ClassList, "lset", key)
	return nil
}

// runTrim is LTRIM key first last. It is a change even if it removes nothing.
func runTrim(c *command.Call) error {
	key := c.Args[1]
	first, last, err := parseRange(c.Args[2:])
	if err != nil {
		return err
	}
	l, err := write(c, key)
	if err != nil {
		return err
	}
	if l != nil {
		before := l.Len()
		l.Trim(command.Clip(first, last, before))
		removed(c, key, l, before-l.Len(), "ltrim")
	}
	c.Out.OK()
	return nil
}

// runRem is LREM key count element.
func runRem(c *command.Call) error {
	key := c.Args[1]
	count, err := command.SignedInt(c.Args[2])
	if err != nil {
		return err
	}
	l, err := write(c, key)
	if err != nil {
		return err
	}
	if l == nil {
		c.Out.Int(0)
		return nil
	}
	n := l.RemoveEqual(c.Args[3], count)
	if n > 0 {
		removed(c, key, l, n, "lrem")
	}
	c.Out.Len(n)
	return nil
}

// removed reports that n elements were removed from a list, and deletes the key if none
// is left.
func removed(c *command.Call, key []byte, l *keyspace.List, n int, event string) {
	gone := l.Empty()
	l.Settle(&c.Keyspace().Limits)
	if gone {
		c.DB.Delete(key)
	}
	c.Event(keyspace.ClassList, event, key)
	if gone {
		c.Event(keyspace.ClassGeneric, "del", key)
	}
	c.Modified(key)
	c.CountAs(n)
}

var updateRows = []command.Row{
	{Name: "linsert", Arity: 5, Since: "2.2.0", Run: runInsert, Summary: "Puts an element next to the first one that equals a pivot",
		Flags: command.Write | command.DenyOOM, Keys: command.Key(command.RW | command.Insert)},
	{Name: "lrem", Arity: 4, Since: "1.0.0", Run: runRem, Summary: "Drops the elements of a list that equal a value",
		Flags: command.Write, Keys: command.Key(command.RW | command.Delete)},
	{Name: "lset", Arity: 4, Since: "1.0.0", Run: runSet, Summary: "Replaces the element at an index",
		Flags: command.Write | command.DenyOOM, Keys: command.Key(command.RW | command.Update)},
	{Name: "ltrim", Arity: 4, Since: "1.0.0", Run: runTrim, Summary: "Keeps a range of a list and drops the rest",
		Flags: command.Write, Keys: command.Key(command.RW | command.Delete)},
}
