package keys

import (
	"math"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

const (
	errNXWithOther = resp.Error("ERR NX and XX, GT or LT options at the same time are not compatible")
	errGTWithLT    = resp.Error("ERR GT and LT options at the same time are not compatible")
)

// expireArgs is EXPIRE key time [NX|XX|GT|LT] and its like.
type expireArgs struct {
	key            []byte
	at             int64 // Unix ms
	nx, xx, gt, lt bool
}

// parseExpire reads the time in units of so many milliseconds, counted from
// base. Options are looked at before the time.
func parseExpire(name string, args [][]byte, unit, base int64) (a expireArgs, err error) {
	a.key = args[1]
	for _, word := range args[3:] {
		switch {
		case command.Is(word, "nx"):
			a.nx = true
		case command.Is(word, "xx"):
			a.xx = true
		case command.Is(word, "gt"):
			a.gt = true
		case command.Is(word, "lt"):
			a.lt = true
		default:
			return a, resp.Error("ERR Unsupported option " + string(word))
		}
	}
	switch {
	case a.nx && (a.xx || a.gt || a.lt):
		return a, errNXWithOther
	case a.gt && a.lt:
		return a, errGTWithLT
	}
	n, err := command.Int(args[2])
	if err != nil {
		return a, err
	}
	if n > math.MaxInt64/unit || n < math.MinInt64/unit || n*unit > math.MaxInt64-base {
		return a, resp.InvalidExpire(name)
	}
	a.at = n*unit + base
	return a, nil
}

// allowed reports whether the options allow the change from the time to live that
// the key has now, 0 for none.
func (a *expireArgs) allowed(current int64) bool {
	switch {
	case a.nx && current != 0, a.xx && current == 0:
		return false
	case a.gt && (current == 0 || a.at <= current):
		return false
	case a.lt && current != 0 && a.at >= current:
		return false
	}
	return true
}

// expire makes EXPIRE and its like: unit is the milliseconds of one unit of
// time; absolute times are counted from 1970, others from now.
func expire(unit int64, absolute bool) func(*command.Call) error {
	return func(c *command.Call) error {
		base := c.Now()
		if absolute {
			base = 0
		}
		a, err := parseExpire(c.Row.Name, c.Args, unit, base)
		if err != nil {
			return err
		}
		c.Out.Flag(a.run(c))
		return nil
	}
}

func (a *expireArgs) run(c *command.Call) bool {
	e := c.DB.LookupWrite(a.key)
	if e == nil || !a.allowed(e.ExpireAt()) {
		return false
	}
	if a.at <= c.Now() {
		return remove(c, a.key)
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

// What TTL and its like answer where there is no time to live.
const (
	ttlNoKey    = -2
	ttlNoExpiry = -1
)

// ttl makes TTL and its like: the time in units of so many milliseconds,
// rounded, as Unix time or from now on.
func ttl(unit int64, absolute bool) func(*command.Call) error {
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
		ms := e.ExpireAt()
		if !absolute {
			ms = max(ms-c.Now(), 0)
		}
		n := ms / unit
		if ms%unit*2 >= unit && unit > 1 {
			n++
		}
		c.Out.Int(n)
		return nil
	}
}

const second, millisecond = 1000, 1

var expireRows = []command.Row{
	expireRow("expire", "1.0.0", "Lets a key expire after some seconds", expire(second, false)),
	expireRow("pexpire", "2.6.0", "Lets a key expire after some milliseconds", expire(millisecond, false)),
	expireRow("expireat", "1.2.0", "Lets a key expire at a Unix time in seconds", expire(second, true)),
	expireRow("pexpireat", "2.6.0", "Lets a key expire at a Unix time in milliseconds", expire(millisecond, true)),
	ttlRow("ttl", "1.0.0", "Returns the seconds until a key expires", ttl(second, false), "nondeterministic_output"),
	ttlRow("pttl", "2.6.0", "Returns the milliseconds until a key expires", ttl(millisecond, false), "nondeterministic_output"),
	ttlRow("expiretime", "7.0.0", "Returns when a key expires, as Unix time in seconds", ttl(second, true)),
	ttlRow("pexpiretime", "7.0.0", "Returns when a key expires, as Unix time in milliseconds", ttl(millisecond, true)),
	{Name: "persist", Arity: 2, Since: "2.2.0", Run: runPersist, Summary: "Removes the time to live of a key",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Update)},
}

func expireRow(name, since, summary string, run func(*command.Call) error) command.Row {
	return command.Row{
		Name: name, Arity: -3, Group: "generic", Since: since,
		Summary:    summary,
		Flags:      command.Write | command.Fast,
		Categories: command.CatKeyspace,
		Keys:       []command.KeySpec{command.At(1, command.RW|command.Update)},
		Run:        run,
	}
}

func ttlRow(name, since, summary string, run func(*command.Call) error, tips ...string) command.Row {
	return command.Row{
		Name: name, Arity: 2, Group: "generic", Since: since,
		Summary:    summary,
		Flags:      command.ReadOnly | command.Fast,
		Categories: command.CatKeyspace,
		Tips:       tips,
		Keys:       []command.KeySpec{command.At(1, command.RO|command.Access)},
		Run:        run,
	}
}
