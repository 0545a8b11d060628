package zsets

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/server/internal/command"
)

func runZrem(c *command.Call) error {
	key := c.Args[1]
	z, err := write(c, key)
	if err != nil {
		return err
	}
	n := 0
	if z != nil {
		for _, member := range c.Args[2:] {
			if z.Remove(member) {
				n++
			}
		}
	}
	if n > 0 {
		removed(c, key, z, n, "zrem")
	}
	c.Out.Len(n)
	return nil
}

// spanner finds the ranks of a range, from..to-1.
type spanner func(z *keyspace.ZSet) (from, to int)

func runZremrangebyrank(c *command.Call) error {
	a := rangeArgs{order: byRank, limit: -1}
	if err := a.parseBounds(c.Args[2], c.Args[3]); err != nil {
		return err
	}
	return removeSpan(c, a.span)
}

func runZremrangebyscore(c *command.Call) error { return removeBounds(c, parseScores) }
func runZremrangebylex(c *command.Call) error   { return removeBounds(c, parseLex) }

func removeBounds(c *command.Call, parse rangeParser) error {
	r, err := parse(c.Args[2], c.Args[3])
	if err != nil {
		return err
	}
	return removeSpan(c, func(z *keyspace.ZSet) (from, to int) { return z.Span(r, 0, false) })
}

// removeSpan removes a range from the set at the first argument and replies with how
// many members it had. The event has the name of the command.
func removeSpan(c *command.Call, span spanner) error {
	key := c.Args[1]
	z, err := write(c, key)
	if err != nil {
		return err
	}
	if z == nil {
		c.Out.Len(0)
		return nil
	}
	from, to := span(z)
	c.Out.Len(to - from)
	if from < to {
		z.RemoveRange(from, to)
		removedRange(c, key, z, to-from)
	}
	return nil
}

var removeRows = []command.Row{
	{Name: "zrem", Arity: -3, Since: "1.2.0", Run: runZrem, Summary: "Removes members",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Delete)},
	{Name: "zremrangebyrank", Arity: 4, Since: "2.0.0", Run: runZremrangebyrank, Summary: "Removes the members in a range of ranks",
		Flags: command.Write, Keys: command.Key(command.RW | command.Delete)},
	{Name: "zremrangebyscore", Arity: 4, Since: "1.2.0", Run: runZremrangebyscore, Summary: "Removes the members in a range of scores",
		Flags: command.Write, Keys: command.Key(command.RW | command.Delete)},
	{Name: "zremrangebylex", Arity: 4, Since: "2.8.9", Run: runZremrangebylex, Summary: "Removes the members in a range of texts",
		Flags: command.Write, Keys: command.Key(command.RW | command.Delete)},
}
