package sets

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/server/internal/command"
)

// runAdd is SADD key member [member ...].
func runAdd(c *command.Call) error {
	key, members := c.Args[1], c.Args[2:]
	limits := &c.Keyspace().Limits
	s, err := write(c, key)
	if err != nil {
		return err
	}
	if s == nil {
		s = keyspace.NewSet(limits, members...)
		c.DB.Put(key, s, false)
	} else {
		s.Expect(limits, len(members))
	}
	added := 0
	for _, m := range members {
		if !s.Has(m) {
			s.Add(string(m), limits)
			added++
		}
	}
	if added > 0 {
		c.Modified(key)
		c.CountAs(added)
		c.Event(keyspace.ClassSet, "sadd", key)
	}
	c.Out.Len(added)
	return nil
}

// runRem is SREM key member [member ...].
func runRem(c *command.Call) error {
	key := c.Args[1]
	s, err := write(c, key)
	if err != nil {
		return err
	}
	if s == nil {
		c.Out.Int(0)
		return nil
	}
	removed := 0
	for _, m := range c.Args[2:] {
		if s.Remove(m) {
			removed++
		}
	}
	if removed > 0 {
		gone := deleteEmpty(c, key, s)
		c.Modified(key)
		c.CountAs(removed)
		c.Event(keyspace.ClassSet, "srem", key)
		reportGone(c, key, gone)
	}
	c.Out.Len(removed)
	return nil
}

// deleteEmpty drops the key of a set without members and reports whether it did.
func deleteEmpty(c *command.Call, key []byte, s *keyspace.Set) bool {
	return s.Empty() && c.DB.Delete(key)
}

func reportGone(c *command.Call, key []byte, gone bool) {
	if gone {
		c.Event(keyspace.ClassGeneric, "del", key)
	}
}

// runMove is SMOVE source destination member.
func runMove(c *command.Call) error {
	from, to, member := c.Args[1], c.Args[2], c.Args[3]
	source, err := write(c, from)
	destination, otherErr := write(c, to) // looked up first, so that it may expire
	switch {
	case err == nil && source == nil:
		c.Out.Int(0)
		return nil
	case err != nil || otherErr != nil:
		return keyspace.ErrWrongType
	}
	if source == destination || !source.Has(member) {
		c.Out.Flag(source.Has(member))
		return nil
	}
	source.Remove(member)
	gone := deleteEmpty(c, from, source)
	c.Event(keyspace.ClassSet, "srem", from)
	reportGone(c, from, gone)
	limits := &c.Keyspace().Limits
	if destination == nil {
		destination = keyspace.NewSet(limits, member)
		c.DB.Put(to, destination, false)
	}
	c.Modified(from)
	if destination.Add(string(member), limits) {
		c.Modified(to)
		c.Event(keyspace.ClassSet, "sadd", to)
	}
	c.Out.Int(1)
	return nil
}

func runCard(c *command.Call) error {
	s, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	n := 0
	if s != nil {
		n = s.Len()
	}
	c.Out.Len(n)
	return nil
}

func runIsMember(c *command.Call) error {
	s, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	c.Out.Flag(s != nil && s.Has(c.Args[2]))
	return nil
}

func runMIsMember(c *command.Call) error {
	s, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	c.Out.Array(len(c.Args) - 2)
	for _, m := range c.Args[2:] {
		c.Out.Flag(s != nil && s.Has(m))
	}
	return nil
}

func runMembers(c *command.Call) error {
	s, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	if s == nil {
		c.Out.Set(0)
		return nil
	}
	writeAll(c, s)
	return nil
}

// runScan is SSCAN key cursor [MATCH pattern] [COUNT n].
func runScan(c *command.Call, s *keyspace.Set) error {
	a, err := command.ParseScan(c.Args, 2, nil)
	if err != nil {
		return err
	}
	var found []string
	next := s.Scan(a.Cursor, a.Count, func(m string) {
		if a.Matches([]byte(m)) {
			found = append(found, m)
		}
	})
	c.ReplyScan(next, found)
	return nil
}

var memberRows = []command.Row{
	{Name: "sadd", Arity: -3, Since: "1.0.0", Run: runAdd, Summary: "Adds members to a set, which is created if missing",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Insert)},
	{Name: "scard", Arity: 2, Since: "1.0.0", Run: runCard, Summary: "Counts the members of a set",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO)},
	{Name: "sismember", Arity: 3, Since: "1.0.0", Run: runIsMember, Summary: "Reports whether a value is a member of a set",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO)},
	{Name: "smembers", Arity: 2, Since: "1.0.0", Run: runMembers, Summary: "Returns all members of a set",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access), Tips: command.AnyOrder},
	{Name: "smismember", Arity: -3, Since: "6.2.0", Run: runMIsMember, Summary: "Reports for each of several values whether it is a member of a set",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO | command.Access)},
	{Name: "smove", Arity: 4, Since: "1.0.0", Run: runMove, Summary: "Moves a member from one set to another",
		Flags: command.Write | command.Fast, Keys: []command.KeySpec{command.At(1, command.RW|command.Access|command.Delete), command.At(2, command.RW|command.Insert)}},
	{Name: "srem", Arity: -3, Since: "1.0.0", Run: runRem, Summary: "Removes members from a set",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Delete)},
	{Name: "sscan", Arity: -3, Since: "2.8.0", Run: command.ScanOf(runScan), Summary: "Returns the members of a set step by step",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access), Tips: command.Nondeterministic},
}
