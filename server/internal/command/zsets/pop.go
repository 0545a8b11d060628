package zsets

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

const (
	errNumKeys = resp.Error("ERR numkeys should be greater than 0")
	errCount   = resp.Error("ERR count should be greater than 0")
)

// end is the end of a sorted set that members are popped from.
type end bool

const (
	lowest  end = false
	highest end = true
)

// pop takes n members, at most those there are, from one end of z, calls each
// for them and reports the change.
func (e end) pop(c *command.Call, key []byte, z *keyspace.ZSet, n int, each func(member string, score float64)) {
	from, to := 0, n
	if e == highest {
		from, to = z.Len()-n, z.Len()
	}
	for member, score := range z.Range(from, to, e == highest) {
		each(member, score)
	}
	z.RemoveRange(from, to)
	removed(c, key, z, e.event())
}

func (e end) event() string {
	if e == highest {
		return "zpopmax"
	}
	return "zpopmin"
}

func runZpopmin(c *command.Call) error { return lowest.run(c) }
func runZpopmax(c *command.Call) error { return highest.run(c) }

// run is ZPOPMIN|ZPOPMAX key [count].
func (e end) run(c *command.Call) error {
	if len(c.Args) > 3 {
		return resp.ErrSyntax
	}
	counted, count := len(c.Args) == 3, int64(1)
	if counted {
		var ok bool
		if count, ok = command.ParseInt(c.Args[2]); !ok || count < 0 {
			return resp.ErrNotPositive
		}
	}
	z, err := lookupWrite(c, c.Args[1])
	if err != nil {
		return err
	}
	if z == nil || count == 0 {
		c.Out.Array(0)
		return nil
	}
	n := int(min(count, int64(z.Len())))
	if !counted {
		c.Out.Array(2)
		e.pop(c, c.Args[1], z, 1, func(member string, score float64) {
			c.Out.BulkString(member)
			c.Out.Double(score)
		})
		return nil
	}
	openMembers(c.Out, n, true)
	e.pop(c, c.Args[1], z, n, func(member string, score float64) { writeMember(c.Out, member, score, true) })
	return nil
}

func runBzpopmin(c *command.Call) error { return lowest.runBlocking(c) }
func runBzpopmax(c *command.Call) error { return highest.runBlocking(c) }

// runBlocking is BZPOPMIN|BZPOPMAX key ... timeout.
func (e end) runBlocking(c *command.Call) error {
	last := len(c.Args) - 1
	timeout, err := command.Timeout(c.Args[last])
	if err != nil {
		return err
	}
	keys := c.Args[1:last]
	key, z, err := firstOf(c, keys)
	if err != nil {
		return err
	}
	if z == nil {
		return block(c, keys, timeout)
	}
	c.Out.Array(3)
	c.Out.Bulk(key)
	e.pop(c, key, z, 1, func(member string, score float64) {
		c.Out.BulkString(member)
		c.Out.Double(score)
	})
	return nil
}

// firstOf finds the first key that is there. The error is ErrWrongType if that
// is no sorted set.
func firstOf(c *command.Call, keys [][]byte) (key []byte, z *keyspace.ZSet, err error) {
	for _, key := range keys {
		if z, err := lookupWrite(c, key); err != nil || z != nil {
			return key, z, err
		}
	}
	return nil, nil, nil
}

// block parks the call until one of the keys is a sorted set.
func block(c *command.Call, keys [][]byte, timeout int64) error {
	return c.Block(command.Block{
		Keys: keys, Timeout: timeout,
		OnTimeout: func(w *resp.Writer) { w.NullArray() },
	})
}

// multiPopArgs is numkeys key ... MIN|MAX [COUNT count].
type multiPopArgs struct {
	keys  [][]byte
	end   end
	count int64
}

// parseMultiPop reads args from numkeys on.
func parseMultiPop(args [][]byte) (multiPopArgs, error) {
	var a multiPopArgs
	numKeys, ok := command.ParseInt(args[0])
	if !ok || numKeys < 1 {
		return a, errNumKeys
	}
	if numKeys >= int64(len(args)-1) {
		return a, resp.ErrSyntax
	}
	a.keys = args[1 : 1+numKeys]
	rest := args[1+numKeys:]
	switch {
	case command.Is(rest[0], "min"):
		a.end = lowest
	case command.Is(rest[0], "max"):
		a.end = highest
	default:
		return a, resp.ErrSyntax
	}
	return a, a.parseCount(rest[1:])
}

func (a *multiPopArgs) parseCount(rest [][]byte) error {
	a.count = 1
	if len(rest) == 0 {
		return nil
	}
	if len(rest) == 1 || !command.Is(rest[0], "count") {
		return resp.ErrSyntax
	}
	var ok bool
	if a.count, ok = command.ParseInt(rest[1]); !ok || a.count < 1 {
		return errCount
	}
	if len(rest) > 2 {
		return resp.ErrSyntax
	}
	return nil
}

func runZmpop(c *command.Call) error {
	a, err := parseMultiPop(c.Args[1:])
	if err != nil {
		return err
	}
	popped, err := a.pop(c)
	if err == nil && !popped {
		c.Out.NullArray()
	}
	return err
}

// runBzmpop is BZMPOP timeout and then as ZMPOP.
func runBzmpop(c *command.Call) error {
	a, err := parseMultiPop(c.Args[2:])
	if err != nil {
		return err
	}
	timeout, err := command.Timeout(c.Args[1])
	if err != nil {
		return err
	}
	popped, err := a.pop(c)
	if err == nil && !popped {
		return block(c, a.keys, timeout)
	}
	return err
}

// pop pops from the first key that is there, replies with the key and what was
// popped, in pairs on both protocols, and reports whether there was one.
func (a *multiPopArgs) pop(c *command.Call) (bool, error) {
	key, z, err := firstOf(c, a.keys)
	if err != nil || z == nil {
		return false, err
	}
	n := int(min(a.count, int64(z.Len())))
	c.Out.Array(2)
	c.Out.Bulk(key)
	c.Out.Array(n)
	a.end.pop(c, key, z, n, func(member string, score float64) {
		c.Out.Array(2)
		c.Out.BulkString(member)
		c.Out.Double(score)
	})
	return true, nil
}

var popRows = []command.Row{
	{Name: "zpopmin", Arity: -2, Since: "5.0.0", Run: runZpopmin, Summary: "Removes and returns the members with the lowest scores",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Access | command.Delete)},
	{Name: "zpopmax", Arity: -2, Since: "5.0.0", Run: runZpopmax, Summary: "Removes and returns the members with the highest scores",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Access | command.Delete)},
	{Name: "bzpopmin", Arity: -3, Since: "5.0.0", Run: runBzpopmin, Summary: "Pops the lowest member of the first sorted set that has one, and waits for one if need be",
		Flags: command.Write | command.Blocking | command.Fast, Keys: []command.KeySpec{command.Range(1, -2, 1, command.RW|command.Access|command.Delete)}},
	{Name: "bzpopmax", Arity: -3, Since: "5.0.0", Run: runBzpopmax, Summary: "Pops the highest member of the first sorted set that has one, and waits for one if need be",
		Flags: command.Write | command.Blocking | command.Fast, Keys: []command.KeySpec{command.Range(1, -2, 1, command.RW|command.Access|command.Delete)}},
	{Name: "zmpop", Arity: -4, Since: "7.0.0", Run: runZmpop, Summary: "Pops members from the first of several sorted sets that has any",
		Flags: command.Write, Keys: []command.KeySpec{command.Counted(1, command.RW|command.Access|command.Delete)}},
	{Name: "bzmpop", Arity: -5, Since: "7.0.0", Run: runBzmpop, Summary: "Pops members from the first of several sorted sets that has any, and waits for one if need be",
		Flags: command.Write | command.Blocking, Keys: []command.KeySpec{command.Counted(2, command.RW|command.Access|command.Delete)}},
}
