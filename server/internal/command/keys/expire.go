package keys

import (
	"math"
	"slices"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

const (
	errNXWithOther = resp.Error("ERR NX and XX, GT or LT options at the same time are not compatible")
	errGTWithLT    = resp.Error("ERR GT and LT options at the same time are not compatible")
)

// expireArgs is EXPIRE key time [NX|XX|GT|LT] and the same for the other clocks.
type expireArgs struct {
	key  []byte
	at   int64 // Unix ms
	only command.Condition
}

// parseExpire checks the options before the time, as Redis does.
func parseExpire(k command.Clock, args [][]byte, name string, now int64) (a expireArgs, err error) {
	a.key = args[1]
	for _, word := range args[3:] {
		option := command.ConditionOf(word)
		if option == 0 {
			return a, resp.Error("ERR Unsupported option " + string(word))
		}
		a.only |= option
	}
	switch {
	case a.only.Has(command.NX) && a.only != command.NX:
		return a, errNXWithOther
	case a.only.Has(command.GT) && a.only.Has(command.LT):
		return a, errGTWithLT
	}
	n, err := command.Int(args[2])
	if err != nil {
		return a, err
	}
	at, ok := k.At(n, now, math.MaxInt64)
	if !ok {
		return a, resp.InvalidExpire(name)
	}
	a.at = at
	return a, nil
}

// expire returns EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT, one for each clock.
func expire(k command.Clock) func(*command.Call) error {
	return func(c *command.Call) error {
		a, err := parseExpire(k, c.Args, c.Row.Name, c.Now())
		if err != nil {
			return err
		}
		c.Out.Flag(a.run(c))
		return nil
	}
}

func (a *expireArgs) run(c *command.Call) bool {
	e := c.DB.LookupWrite(a.key)
	if e == nil || !a.only.AllowsDeadline(e.ExpireAt(), a.at) {
		return false
	}
	if a.at <= c.Now() {
		return remove(c, a.key, c.Keyspace().LazyFree.Expire)
	}
	c.DB.SetExpire(e, a.at)
	c.Modified(a.key)
	c.Event(keyspace.ClassGeneric, "expire", a.key)
	return true
}

func runPersist(c *command.Call) error {
	key := c.Args[1]
	e := c.DB.LookupWrite(key)
	if e == nil || !c.DB.Persist(e) {
		c.Out.Flag(false)
		return nil
	}
	c.Modified(key)
	c.Event(keyspace.ClassGeneric, "persist", key)
	c.Out.Flag(true)
	return nil
}

// What TTL and the others reply if there is no time to live.
const (
	ttlNoKey    = -2
	ttlNoExpiry = -1
)

// ttl returns TTL, PTTL, EXPIRETIME and PEXPIRETIME, one for each clock. They round to
// the nearest tick.
func ttl(k command.Clock) func(*command.Call) error {
	return func(c *command.Call) error {
		e := glance(c, c.Args[1])
		switch {
		case e == nil:
			c.Out.Int(ttlNoKey)
			return nil
		case e.ExpireAt() == 0:
			c.Out.Int(ttlNoExpiry)
			return nil
		}
		n, rest := k.Split(e.ExpireAt(), c.Now())
		if rest >= 500 {
			n++
		}
		c.Out.Int(n)
		return nil
	}
}

var expireRows = slices.Concat(
	command.Group(command.Row{Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Update)}, []command.Row{
		{Name: "expire", Arity: -3, Since: "1.0.0", Run: expire(command.EX), Summary: "Lets a key expire after some seconds"},
		{Name: "pexpire", Arity: -3, Since: "2.6.0", Run: expire(command.PX), Summary: "Lets a key expire after some milliseconds"},
		{Name: "expireat", Arity: -3, Since: "1.2.0", Run: expire(command.EXAT), Summary: "Lets a key expire at a Unix time in seconds"},
		{Name: "pexpireat", Arity: -3, Since: "2.6.0", Run: expire(command.PXAT), Summary: "Lets a key expire at a Unix time in milliseconds"},
		{Name: "persist", Arity: 2, Since: "2.2.0", Run: runPersist, Summary: "Removes the time to live of a key"},
	}),
	command.Group(command.Row{Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO | command.Access)}, []command.Row{
		{Name: "ttl", Arity: 2, Since: "1.0.0", Run: ttl(command.EX), Summary: "Returns the seconds until a key expires", Tips: command.Nondeterministic},
		{Name: "pttl", Arity: 2, Since: "2.6.0", Run: ttl(command.PX), Summary: "Returns the milliseconds until a key expires", Tips: command.Nondeterministic},
		{Name: "expiretime", Arity: 2, Since: "7.0.0", Run: ttl(command.EXAT), Summary: "Returns when a key expires, as Unix time in seconds"},
		{Name: "pexpiretime", Arity: 2, Since: "7.0.0", Run: ttl(command.PXAT), Summary: "Returns when a key expires, as Unix time in milliseconds"},
	}),
)
