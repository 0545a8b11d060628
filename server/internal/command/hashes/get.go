package hashes

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/server/internal/command"
)

// readField finds the field of HGET, HEXISTS and HSTRLEN: key field.
func readField(c *command.Call) (value string, ok bool, err error) {
	h, err := read(c, c.Args[1])
	if err != nil {
		return "", false, err
	}
	value, ok = c.DB.Field(c.Args[1], h, c.Args[2])
	return value, ok, nil
}

func runHGet(c *command.Call) error {
	value, ok, err := readField(c)
	if err == nil {
		replyField(c, value, ok)
	}
	return err
}

func runHExists(c *command.Call) error {
	_, ok, err := readField(c)
	if err == nil {
		c.Out.Flag(ok)
	}
	return err
}

func runHStrLen(c *command.Call) error {
	value, _, err := readField(c)
	if err == nil {
		c.Out.Len(len(value))
	}
	return err
}

func runHMGet(c *command.Call) error {
	key, fields := c.Args[1], c.Args[2:]
	h, err := read(c, key)
	if err != nil {
		return err
	}
	c.Out.Array(len(fields))
	if gone := replyFields(c, h, fields); gone > 0 {
		reportGone(c, key, h, gone)
	}
	return nil
}

// replyFields replies with the values of fields. It removes those that have expired and
// returns their number; the caller reports them.
func replyFields(c *command.Call, h *keyspace.Hash, fields [][]byte) (expired int) {
	for _, field := range fields {
		value, ok, gone := c.DB.TakeField(h, field)
		replyField(c, value, ok)
		if gone {
			expired++
		}
	}
	return expired
}

// reportGone reports the fields that have expired when HMGET reads them. If there was only
// one, and it was the last field of the hash, Redis reports the change but no event.
func reportGone(c *command.Call, key []byte, h *keyspace.Hash, gone int) {
	if h.Empty() {
		c.DB.Delete(key)
	}
	c.DB.ModifiedBy(key, keyspace.Expired)
	if gone > 1 || !h.Empty() {
		events(c, key, h, "hexpired")
	}
}

func runHLen(c *command.Call) error {
	h, err := read(c, c.Args[1])
	if err == nil {
		c.Out.Len(h.Len())
	}
	return err
}

var getRows = []command.Row{
	{Name: "hget", Arity: 3, Since: "2.0.0", Run: runHGet, Summary: "Returns the value of a field",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO | command.Access)},
	{Name: "hmget", Arity: -3, Since: "2.0.0", Run: runHMGet, Summary: "Returns the values of several fields",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO | command.Access)},
	{Name: "hexists", Arity: 3, Since: "2.0.0", Run: runHExists, Summary: "Reports whether a hash has a field",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO)},
	{Name: "hstrlen", Arity: 3, Since: "3.2.0", Run: runHStrLen, Summary: "Returns the length of the value of a field",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO)},
	{Name: "hlen", Arity: 2, Since: "2.0.0", Run: runHLen, Summary: "Returns the number of fields of a hash",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO)},
}
