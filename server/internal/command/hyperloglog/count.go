package hyperloglog

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/keyspace/hll"
	"github.com/tattle-server/tattle/server/internal/command"
)

// open returns the sketch that an entry holds.
func open(e *keyspace.Entry) (hll.Sketch, error) {
	b, err := keyspace.Str(e)
	if err != nil {
		return nil, err
	}
	return hll.Of(b)
}

// create returns the sketch that e holds or, if e is nil, makes key hold a new one.
func create(c *command.Call, e *keyspace.Entry, key []byte) (*keyspace.Entry, hll.Sketch, error) {
	if e == nil {
		return c.DB.PutStr(key, nil, false), hll.New(), nil
	}
	s, err := open(e)
	return e, s, err
}

// limit returns the length in bytes up to which a sketch may be sparse.
func limit(c *command.Call) int64 { return c.Keyspace().Limits.HLLSparseMaxBytes }

// added reports that a sketch has new elements.
func added(c *command.Call, key []byte, s hll.Sketch) {
	s.Outdate()
	c.Modified(key)
	c.Event(keyspace.ClassString, "pfadd", key)
}

// runPfadd is PFADD key [element ...]
func runPfadd(c *command.Call) error {
	key := c.Args[1]
	e := c.DB.LookupWrite(key)
	changes := 0
	if e == nil {
		changes++
	}
	e, s, err := create(c, e, key)
	if err != nil {
		return err
	}
	for _, element := range c.Args[2:] {
		raised, err := s.Add(element, limit(c))
		if err != nil {
			e.SetStr(s, true) // Redis keeps what it has done before the damage showed
			c.DB.Resized(e)
			return err
		}
		if raised {
			changes++
		}
	}
	e.SetStr(s, true)
	if changes > 0 {
		added(c, key, s)
		c.CountAs(changes)
	}
	c.Out.Flag(changes > 0)
	return nil
}

// runPfcount is PFCOUNT key [key ...]
func runPfcount(c *command.Call) error {
	if len(c.Args) == 2 {
		return countOne(c, c.Args[1])
	}
	var r hll.Registers
	if _, err := union(c, &r); err != nil {
		return err
	}
	c.Out.Int(int64(r.Count()))
	return nil
}

// countOne replies the count of one key, and keeps it there.
func countOne(c *command.Call, key []byte) error {
	e := c.DB.LookupRead(key)
	if e == nil {
		c.Out.Int(0)
		return nil
	}
	s, err := open(e)
	if err != nil {
		return err
	}
	e.SetStr(s, true)
	n, ok := s.Cached()
	if !ok {
		if n, err = s.Count(); err != nil {
			return err
		}
		s.Cache(n)
		c.Modified(key)
	}
	c.Out.Int(int64(n))
	return nil
}

// union merges all keys of a command, and reports whether a sketch of them is dense.
func union(c *command.Call, r *hll.Registers) (dense bool, err error) {
	for _, key := range c.Args[1:] {
		e := c.DB.LookupRead(key)
		if e == nil {
			continue
		}
		s, err := open(e)
		if err != nil {
			return false, err
		}
		if err := r.Merge(s); err != nil {
			return false, err
		}
		dense = dense || s.Dense()
	}
	return dense, nil
}

// runPfmerge is PFMERGE destination [source ...]; the destination is a source, too.
func runPfmerge(c *command.Call) error {
	var r hll.Registers
	dense, err := union(c, &r)
	if err != nil {
		return err
	}
	key := c.Args[1]
	e, s, err := create(c, c.DB.LookupWrite(key), key)
	if err == nil && dense {
		err = s.ToDense()
	}
	if err != nil {
		return err
	}
	s.Fill(&r, limit(c))
	e.SetStr(s, true)
	added(c, key, s)
	c.Out.OK()
	return nil
}

var countRows = []command.Row{
	{Name: "pfadd", Arity: -2, Since: "2.8.9", Run: runPfadd, Summary: "Adds elements to those that are counted",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Insert)},
	{Name: "pfcount", Arity: -2, Since: "2.8.9", Run: runPfcount, Summary: "Estimates how many distinct elements were added to any of the keys",
		Flags: command.ReadOnly | command.MayReplicate, Keys: []command.KeySpec{command.Range(1, -1, 1, command.RW|command.Access)}},
	{Name: "pfmerge", Arity: -2, Since: "2.8.9", Run: runPfmerge, Summary: "Adds the elements of all keys to the first",
		Flags: command.Write | command.DenyOOM, Keys: []command.KeySpec{
			command.At(1, command.RW|command.Access|command.Insert), command.Range(2, -1, 1, command.RO|command.Access)}},
}
