package hashes

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/server/internal/command"
)

// part says which part of the fields a command shows.
type part uint8

const (
	names part = iota
	values
	both
)

// write replies with the part of one field.
func (p part) write(c *command.Call, field, value string) {
	if p != values {
		c.Out.BulkString(field)
	}
	if p != names {
		c.Out.BulkString(value)
	}
}

func runHGetAll(c *command.Call) error { return showAll(c, both) }
func runHKeys(c *command.Call) error   { return showAll(c, names) }
func runHVals(c *command.Call) error   { return showAll(c, values) }

// showAll replies with all fields of a hash.
func showAll(c *command.Call, p part) error {
	h, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	if n := h.Live(c.Now()); p == both {
		c.Out.Map(n)
	} else {
		c.Out.Array(n)
	}
	for field, value := range h.All(c.Now()) {
		p.write(c, field, value)
	}
	return nil
}

// runHScan is HSCAN key cursor [MATCH pattern] [COUNT n] [NOVALUES].
func runHScan(c *command.Call, h *keyspace.Hash) error {
	show := both
	args, err := command.ParseScan(c.Args, 2, func(word []byte, _ [][]byte) (int, error) {
		if !command.Is(word, "novalues") {
			return 0, nil
		}
		show = names
		return 1, nil
	})
	if err != nil {
		return err
	}
	var found []string
	next := h.Scan(args.Cursor, args.Count, c.Now(), func(field, value string) {
		if args.Matches([]byte(field)) {
			found = append(found, field)
			if show == both {
				found = append(found, value)
			}
		}
	})
	c.ReplyScan(next, found)
	return nil
}

var iterateRows = []command.Row{
	{Name: "hgetall", Arity: 2, Since: "2.0.0", Run: runHGetAll, Summary: "Returns all fields of a hash with their values",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access), Tips: command.AnyOrder},
	{Name: "hkeys", Arity: 2, Since: "2.0.0", Run: runHKeys, Summary: "Returns the names of all fields of a hash",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access), Tips: command.AnyOrder},
	{Name: "hvals", Arity: 2, Since: "2.0.0", Run: runHVals, Summary: "Returns the values of all fields of a hash",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access), Tips: command.AnyOrder},
	{Name: "hscan", Arity: -3, Since: "2.8.0", Run: command.ScanOf(runHScan), Summary: "Walks over the fields of a hash in steps",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access), Tips: command.Nondeterministic},
}
