package zsets

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// end is the end of a sorted set that members are popped from.
type end bool

const (
	lowest  end = false
	highest end = true
)

// ends are the words for the ends, lowest first.
var ends = [2]string{"min", "max"}

// take removes n members from one end of z, which has at least as many, calls each
// for them and reports the change.
func (e end) take(c *command.Call, key []byte, z *keyspace.ZSet, n int, each func(member string, score float64)) {
	from, to := 0, n
	if e == highest {
		from, to = z.Len()-n, z.Len()
	}
	for member, score := range z.Range(from, to, e == highest) {
		each(member, score)
	}
	z.RemoveRange(from, to)
	removed(c, key, z, n, e.event())
}

func (e end) event() string {
	if e == highest {
		return "zpopmax"
	}
	return "zpopmin"
}

// pop returns ZPOPMIN and ZPOPMAX: key [count].
func pop(e end) func(*command.Call) error {
	return func(c *command.Call) error {
		switch len(c.Args) {
		case 2:
			return popLone(c, e)
		case 3:
			return popMany(c, e)
		}
		return resp.ErrSyntax
	}
}

// popLone pops one member and replies with it and its score, unpaired on both
// protocols.
func popLone(c *command.Call, e end) error {
	z, err := write(c, c.Args[1])
	if err != nil {
		return err
	}
	if z == nil {
		c.Out.Array(0)
		return nil
	}
	c.Out.Array(2)
	e.take(c, c.Args[1], z, 1, writeFlat(c.Out))
	return nil
}

func popMany(c *command.Call, e end) error {
	count, err := command.Count(c.Args[2])
	if err != nil {
		return err
	}
	z, err := write(c, c.Args[1])
	if err != nil {
		return err
	}
	if z == nil || count == 0 {
		c.Out.Array(0)
		return nil
	}
	n := int(min(count, int64(z.Len())))
	openMembers(c.Out, n, true)
	e.take(c, c.Args[1], z, n, func(member string, score float64) { writeMember(c.Out, member, score, true) })
	return nil
}

// writeFlat returns a function that writes a member and then its score.
func writeFlat(w *resp.Writer) func(member string, score float64) {
	return func(member string, score float64) {
		w.BulkString(member)
		w.Double(score)
	}
}

// popOne pops for BZPOPMIN and BZPOPMAX.
func popOne(c *command.Call, key []byte, z *keyspace.ZSet, p command.Popping) {
	c.Out.Array(3)
	c.Out.Bulk(key)
	end(p.Last).take(c, key, z, 1, writeFlat(c.Out))
}

// popSome pops for ZMPOP and BZMPOP, which reply pairs on both protocols.
func popSome(c *command.Call, key []byte, z *keyspace.ZSet, p command.Popping) {
	n := int(min(p.Count, int64(z.Len())))
	c.Out.Array(2)
	c.Out.Bulk(key)
	c.Out.Array(n)
	flat := writeFlat(c.Out)
	end(p.Last).take(c, key, z, n, func(member string, score float64) {
		c.Out.Array(2)
		flat(member, score)
	})
}

var popRows = []command.Row{
	{Name: "zpopmin", Arity: -2, Since: "5.0.0", Run: pop(lowest), Summary: "Removes and returns the members with the lowest scores",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Access | command.Delete)},
	{Name: "zpopmax", Arity: -2, Since: "5.0.0", Run: pop(highest), Summary: "Removes and returns the members with the highest scores",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Access | command.Delete)},
	{Name: "bzpopmin", Arity: -3, Since: "5.0.0", Run: command.PopOne(bool(lowest), popOne), Summary: "Pops the lowest member of the first sorted set that has one, and waits for one if need be",
		Flags: command.Write | command.Blocking | command.Fast, Keys: []command.KeySpec{command.Range(1, -2, 1, command.RW|command.Access|command.Delete)}},
	{Name: "bzpopmax", Arity: -3, Since: "5.0.0", Run: command.PopOne(bool(highest), popOne), Summary: "Pops the highest member of the first sorted set that has one, and waits for one if need be",
		Flags: command.Write | command.Blocking | command.Fast, Keys: []command.KeySpec{command.Range(1, -2, 1, command.RW|command.Access|command.Delete)}},
	{Name: "zmpop", Arity: -4, Since: "7.0.0", Run: command.PopMany(ends, popSome), Summary: "Pops members from the first of several sorted sets that has any",
		Flags: command.Write, Keys: []command.KeySpec{command.Counted(1, command.RW|command.Access|command.Delete)}},
	{Name: "bzmpop", Arity: -5, Since: "7.0.0", Run: command.WaitPopMany(ends, popSome), Summary: "Pops members from the first of several sorted sets that has any, and waits for one if need be",
		Flags: command.Write | command.Blocking, Keys: []command.KeySpec{command.Counted(2, command.RW|command.Access|command.Delete)}},
}
