package sets

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// runPop is SPOP key [count].
func runPop(c *command.Call) error {
	if len(c.Args) > 3 {
		return resp.ErrSyntax
	}
	if len(c.Args) == 3 {
		return popMany(c)
	}
	s, err := write(c, c.Args[1])
	if err != nil {
		return err
	}
	if s == nil {
		c.Out.Null()
		return nil
	}
	c.Out.BulkString(pop(c, s, 1)[0])
	return nil
}

func popMany(c *command.Call) error {
	count, err := command.Count(c.Args[2])
	if err != nil {
		return err
	}
	s, err := write(c, c.Args[1])
	if err != nil {
		return err
	}
	if s == nil || count == 0 {
		c.Out.Set(0)
		return nil
	}
	if count >= int64(s.Len()) {
		c.Keyspace().Stats.Hits++ // Redis reads all of it, as SUNION does
	}
	popped := pop(c, s, int(min(count, int64(s.Len()))))
	c.Out.Set(len(popped))
	for _, m := range popped {
		c.Out.BulkString(m)
	}
	return nil
}

// pop removes n members of the set of the call's key and reports it.
func pop(c *command.Call, s *keyspace.Set, n int) []string {
	key, ks := c.Args[1], c.Keyspace()
	popped := s.Pop(n, ks.Rand, &ks.Limits)
	gone := deleteEmpty(c, key, s)
	c.Event(keyspace.ClassSet, "spop", key)
	reportGone(c, key, gone)
	c.Modified(key)
	c.CountAs(n)
	return popped
}

// runRandMember is SRANDMEMBER key [count].
func runRandMember(c *command.Call) error {
	if len(c.Args) > 3 {
		return resp.ErrSyntax
	}
	if len(c.Args) == 3 {
		return randMany(c)
	}
	s, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	if s == nil {
		c.Out.Null()
		return nil
	}
	c.Out.BulkString(s.Random(c.Keyspace().Rand))
	return nil
}

func randMany(c *command.Call) error {
	count, err := command.SignedInt(c.Args[2])
	if err != nil {
		return err
	}
	s, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	switch {
	case s == nil:
		c.Out.Array(0)
	case count < 0:
		return command.Repeat(c, -count, c.Out.Array, func() { c.Out.BulkString(s.Random(c.Keyspace().Rand)) })
	default:
		sample := s.Sample(int(min(count, int64(s.Len()))), c.Keyspace().Rand)
		c.Out.Array(len(sample))
		for _, m := range sample {
			c.Out.BulkString(m)
		}
	}
	return nil
}

var randomRows = []command.Row{
	{Name: "spop", Arity: -2, Since: "1.0.0", Run: runPop, Summary: "Removes random members from a set and returns them",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Access | command.Delete), Tips: command.Nondeterministic},
	{Name: "srandmember", Arity: -2, Since: "1.0.0", Run: runRandMember, Summary: "Returns random members of a set",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access), Tips: command.Nondeterministic},
}
