package hashes

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// setPairs is HSET and HMSET: key field value [field value ...]. It returns how
// many fields are new.
func setPairs(c *command.Call) (int, error) {
	key, pairs := c.Args[1], c.Args[2:]
	if len(pairs)%2 != 0 {
		return 0, resp.WrongArity(c.Row.Name)
	}
	h, err := write(c, key)
	if err != nil {
		return 0, err
	}
	h = ensure(c, key, h)
	added := setAll(h, pairs, false)
	changed(c, key, h, "hset")
	c.CountAs(len(pairs) / 2)
	return added, nil
}

// setAll sets fields to the values that follow them and returns how many are new.
func setAll(h *keyspace.Hash, pairs [][]byte, keepTTL bool) int {
	added := 0
	for i := 0; i < len(pairs); i += 2 {
		if h.Set(pairs[i], string(pairs[i+1]), keepTTL) {
			added++
		}
	}
	return added
}

func runHSet(c *command.Call) error {
	added, err := setPairs(c)
	if err == nil {
		c.Out.Len(added)
	}
	return err
}

func runHMSet(c *command.Call) error {
	_, err := setPairs(c)
	if err == nil {
		c.Out.OK()
	}
	return err
}

func runHSetNX(c *command.Call) error {
	key, field := c.Args[1], c.Args[2]
	h, err := write(c, key)
	if err != nil {
		return err
	}
	if _, taken := c.DB.Field(key, h, field); taken {
		c.Out.Flag(false)
		return nil
	}
	h = ensure(c, key, h)
	h.Set(field, string(c.Args[3]), false)
	changed(c, key, h, "hset")
	c.Out.Flag(true)
	return nil
}

func runHDel(c *command.Call) error {
	key := c.Args[1]
	h, err := write(c, key)
	if err != nil {
		return err
	}
	deleted := 0
	for _, field := range c.Args[2:] {
		if h.Delete(field) {
			deleted++
		}
	}
	if deleted > 0 {
		changed(c, key, h, "hdel")
		c.CountAs(deleted)
	}
	c.Out.Len(deleted)
	return nil
}

var setRows = []command.Row{
	{Name: "hset", Arity: -4, Since: "2.0.0", Run: runHSet, Summary: "Sets fields of a hash",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Update)},
	{Name: "hmset", Arity: -4, Since: "2.0.0", Run: runHMSet, Summary: "Old name of HSET that only returns OK",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Update)},
	{Name: "hsetnx", Arity: 4, Since: "2.0.0", Run: runHSetNX, Summary: "Sets a field of a hash unless it is taken",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Insert)},
	{Name: "hdel", Arity: -3, Since: "2.0.0", Run: runHDel, Summary: "Removes fields from a hash",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Delete)},
}
