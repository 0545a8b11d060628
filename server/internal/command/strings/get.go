package strings

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

func runGet(c *command.Call) error { return replyStored(c, c.Args[1]) }

// replyValue replies with the value of an entry, or null if e is nil.
func replyValue(c *command.Call, e *keyspace.Entry, value []byte) {
	if e == nil {
		c.Out.Null()
		return
	}
	c.Out.Bulk(value)
}

func runGetDel(c *command.Call) error {
	key := c.Args[1]
	if err := replyStored(c, key); err != nil {
		return err
	}
	drop(c, key)
	return nil
}

// drop deletes a key, expired or not, and reports the change if there was one.
func drop(c *command.Call, key []byte) {
	if !c.DB.Delete(key) {
		return
	}
	c.Modified(key)
	c.Event(keyspace.ClassGeneric, "del", key)
}

// parseGetEX reads GETEX key [EX s|PX ms|EXAT s|PXAT ms|PERSIST].
func parseGetEX(args [][]byte) (life ttl, err error) {
	for i := 2; i < len(args); {
		n := life.take(args, i)
		if n == 0 || life.keep {
			return life, resp.ErrSyntax
		}
		i += n
	}
	return life, nil
}

func runGetEX(c *command.Call) error {
	life, err := parseGetEX(c.Args)
	if err != nil {
		return err
	}
	key := c.Args[1]
	e := c.DB.LookupRead(key)
	value, err := keyspace.Str(e)
	if err != nil {
		return err
	}
	if e == nil {
		c.Out.Null()
		return nil
	}
	at, err := life.at("getex", c.Now())
	if err != nil {
		return err
	}
	c.Out.Bulk(value)
	switch {
	case life.clock.Absolute() && at <= c.Now():
		drop(c, key)
	case at != 0:
		c.DB.SetExpire(e, at)
		c.Modified(key)
		c.Event(keyspace.ClassGeneric, "expire", key)
	case life.persist && c.DB.Persist(e):
		c.Modified(key)
		c.Event(keyspace.ClassGeneric, "persist", key)
	}
	return nil
}

var getRows = []command.Row{
	{Name: "get", Arity: 2, Since: "1.0.0", Run: runGet, Summary: "Returns the string stored under a key",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO | command.Access)},
	{Name: "getdel", Arity: 2, Since: "6.2.0", Run: runGetDel, Summary: "Returns a string and deletes its key",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Access | command.Delete)},
	{Name: "getex", Arity: -2, Since: "6.2.0", Run: runGetEX, Summary: "Returns a string and changes when its key expires",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Access | command.Update)},
}
