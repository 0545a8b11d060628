package strings

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// setArgs is SET key value [NX|XX] [GET] [EX s|PX ms|EXAT s|PXAT ms|KEEPTTL].
type setArgs struct {
	key, value []byte
	nx, xx     bool
	get        bool
	keepTTL    bool
	expireAt   int64 // Unix ms, 0 for none
}

func parseSet(args [][]byte, now int64) (a setArgs, err error) {
	a.key, a.value = args[1], args[2]
	var life ttl
	for i := 3; i < len(args); i++ {
		word := args[i]
		switch {
		case command.Is(word, "nx") && !a.xx:
			a.nx = true
		case command.Is(word, "xx") && !a.nx:
			a.xx = true
		case command.Is(word, "get"):
			a.get = true
		default:
			n := life.take(args, i)
			if n == 0 || life.persist {
				return a, resp.ErrSyntax
			}
			i += n - 1
		}
	}
	a.keepTTL = life.keep
	a.expireAt, err = life.at("set", now)
	return a, err
}

func runSet(c *command.Call) error {
	a, err := parseSet(c.Args, c.Now())
	if err != nil {
		return err
	}
	if a.get {
		if err := replyStored(c, a.key); err != nil {
			return err
		}
	}
	done := a.run(c)
	switch {
	case a.get:
	case done:
		c.Out.OK()
	default:
		c.Out.Null()
	}
	return nil
}

// run sets the key and reports whether NX or XX allowed it.
func (a *setArgs) run(c *command.Call) bool {
	e := c.DB.LookupWrite(a.key)
	if a.nx && e != nil || a.xx && e == nil {
		return false
	}
	e = store(c, e, a.key, a.value, a.keepTTL)
	if a.expireAt != 0 {
		c.DB.SetExpire(e, a.expireAt)
	}
	changed(c, a.key, "set")
	if a.expireAt != 0 {
		c.Event(keyspace.ClassGeneric, "expire", a.key)
	}
	return true
}

// replyStored replies with the string stored under key, or null if there is none.
func replyStored(c *command.Call, key []byte) error {
	e := c.DB.LookupRead(key)
	value, err := keyspace.Str(e)
	if err != nil {
		return err
	}
	replyValue(c, e, value)
	return nil
}

func runSetNX(c *command.Call) error {
	a := setArgs{key: c.Args[1], value: c.Args[2], nx: true}
	c.Out.Flag(a.run(c))
	return nil
}

// setFor returns SETEX and PSETEX: key, amount of time, value.
func setFor(k command.Clock) func(*command.Call) error {
	return func(c *command.Call) (err error) {
		a := setArgs{key: c.Args[1], value: c.Args[3]}
		life := ttl{ttlOption{clock: k}, c.Args[2]}
		if a.expireAt, err = life.at(c.Row.Name, c.Now()); err != nil {
			return err
		}
		a.run(c)
		c.Out.OK()
		return nil
	}
}

func runGetSet(c *command.Call) error {
	if err := replyStored(c, c.Args[1]); err != nil {
		return err
	}
	a := setArgs{key: c.Args[1], value: c.Args[2]}
	a.run(c)
	return nil
}

// setKeyFlags corrects the flags of SET's key, which SET reads only with the option GET.
func setKeyFlags(args [][]byte, refs []command.KeyRef) {
	flags := command.OW | command.Update
	for _, word := range args[3:] {
		if command.Is(word, "get") {
			flags = command.RW | command.Access | command.Update
		}
	}
	refs[0].Flags = flags
}

var setRows = []command.Row{
	{Name: "set", Arity: -3, Since: "1.0.0", Run: runSet, Summary: "Stores a string under a key, whatever it held before",
		Flags: command.Write | command.DenyOOM, Keys: command.Key(command.RW | command.Access | command.Update | command.VariableFlags), KeyFlags: setKeyFlags},
	{Name: "setnx", Arity: 3, Since: "1.0.0", Run: runSetNX, Summary: "Stores a string unless the key is taken",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.OW | command.Insert)},
	{Name: "setex", Arity: 4, Since: "2.0.0", Run: setFor(command.EX), Summary: "Stores a string that expires after some seconds",
		Flags: command.Write | command.DenyOOM, Keys: command.Key(command.OW | command.Update)},
	{Name: "psetex", Arity: 4, Since: "2.6.0", Run: setFor(command.PX), Summary: "Stores a string that expires after some milliseconds",
		Flags: command.Write | command.DenyOOM, Keys: command.Key(command.OW | command.Update)},
	{Name: "getset", Arity: 3, Since: "1.0.0", Run: runGetSet, Summary: "Stores a string and returns the one it replaces",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Access | command.Update)},
}
