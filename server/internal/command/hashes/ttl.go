package hashes

import (
	"slices"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// The refusals of the commands on the time to live of fields.
const (
	errNoFields       = resp.Error("ERR Mandatory argument FIELDS is missing or not at the right position")
	errFieldCount     = resp.Error("ERR The `numfields` parameter must match the number of arguments")
	errNotPositive    = resp.Error("ERR Number of fields must be a positive integer")
	errNotGreater     = resp.Error("ERR Parameter `numFields` should be greater than 0")
	errNegativeExpire = resp.Error("ERR invalid expire time, must be >= 0")
)

// The replies of the commands for each field.
const (
	noField   = -2
	noTTL     = -1
	refused   = 0 // by NX, XX, GT or LT
	done      = 1
	doneGone  = 2 // the time has passed: the field was deleted
	maxExpiry = 1<<46 - 1
)

// readDeadline reads a time and returns Unix time in milliseconds. name is the
// command, for errors. Redis keeps deadlines of fields in 46 bits.
func readDeadline(k command.Clock, word []byte, name string, now int64) (int64, error) {
	n, err := command.Int(word)
	if err != nil {
		return 0, err
	}
	if n < 0 {
		return 0, errNegativeExpire
	}
	at, ok := k.At(n, now, maxExpiry)
	if !ok {
		return 0, resp.InvalidExpire(name)
	}
	return at, nil
}

// parseFields reads FIELDS n field ..., which must be all of args from word at on.
// notPositive is the error if n is not a positive number.
func parseFields(args [][]byte, at int, notPositive error) ([][]byte, error) {
	if at >= len(args) || !command.Is(args[at], "fields") {
		return nil, errNoFields
	}
	args = args[at+1:]
	if len(args) == 0 {
		return nil, notPositive
	}
	n, ok := command.ParseInt(args[0])
	if !ok || n < 1 {
		return nil, notPositive
	}
	if n != int64(len(args)-1) {
		return nil, errFieldCount
	}
	return args[1:], nil
}

// expireArgs is HEXPIRE key time [NX|XX|GT|LT] FIELDS n field ... and the same for
// the other clocks.
type expireArgs struct {
	at     int64 // Unix ms
	only   command.Condition
	fields [][]byte
}

func parseExpire(k command.Clock, args [][]byte, name string, now int64) (a expireArgs, err error) {
	if a.at, err = readDeadline(k, args[2], name, now); err != nil {
		return a, err
	}
	from := 3
	if a.only = command.ConditionOf(args[3]); a.only != 0 {
		from = 4
	}
	a.fields, err = parseFields(args, from, errNotGreater)
	return a, err
}

// apply gives one field its deadline and returns the reply for it. A field that has expired
// but is still there comes back to life.
func (a *expireArgs) apply(c *command.Call, h *keyspace.Hash, field []byte) int64 {
	_, old, ok := h.Get(field)
	switch {
	case !ok:
		return noField
	case !a.only.AllowsDeadline(old, a.at):
		return refused
	}
	if setDeadline(c, h, field, a.at) {
		return done
	}
	return doneGone
}

// setDeadline gives a field a deadline. If that has passed it lets the field expire
// and returns false.
func setDeadline(c *command.Call, h *keyspace.Hash, field []byte, at int64) bool {
	if at <= c.Now() {
		c.DB.ExpireField(h, field)
		return false
	}
	h.SetExpire(field, at)
	return true
}

// deadlineEvent is the event of fields that got the deadline at.
func deadlineEvent(at, now int64) string {
	if at <= now {
		return "hdel"
	}
	return "hexpire"
}

// expire returns HEXPIRE, HPEXPIRE, HEXPIREAT and HPEXPIREAT, one for each clock.
func expire(k command.Clock) func(*command.Call) error {
	return func(c *command.Call) error {
		key := c.Args[1]
		h, err := write(c, key)
		if err != nil {
			return err
		}
		a, err := parseExpire(k, c.Args, c.Row.Name, c.Now())
		if err != nil {
			return err
		}
		if h != none {
			h.AllowTTL()
		}
		n := 0
		c.Out.Array(len(a.fields))
		for _, field := range a.fields {
			answer := a.apply(c, h, field)
			c.Out.Int(answer)
			if answer >= done {
				n++
			}
		}
		if n > 0 {
			changed(c, key, h, deadlineEvent(a.at, c.Now()))
			c.CountAs(n)
		}
		return nil
	}
}

// lifeOf returns the deadline of a field as HTTL and HPERSIST see it. It is noField also if
// the field has expired, and noTTL if the field does not expire.
func lifeOf(h *keyspace.Hash, field []byte, now int64) int64 {
	_, at, ok := h.Get(field)
	switch {
	case !ok || at != 0 && at <= now:
		return noField
	case at == 0:
		return noTTL
	}
	return at
}

// ttl returns HTTL, HPTTL, HEXPIRETIME and HPEXPIRETIME, one for each clock.
func ttl(k command.Clock) func(*command.Call) error {
	return func(c *command.Call) error {
		h, err := read(c, c.Args[1])
		if err != nil {
			return err
		}
		fields, err := parseFields(c.Args, 2, errNotPositive)
		if err != nil {
			return err
		}
		c.Out.Array(len(fields))
		for _, field := range fields {
			c.Out.Int(show(k, lifeOf(h, field, c.Now()), c.Now()))
		}
		return nil
	}
}

// show converts what lifeOf returned to ticks of the clock, rounded up.
func show(k command.Clock, life, now int64) int64 {
	if life < 0 {
		return life
	}
	n, rest := k.Split(life, now)
	if rest > 0 {
		n++
	}
	return n
}

func runHPersist(c *command.Call) error {
	key := c.Args[1]
	h, err := write(c, key)
	if err != nil {
		return err
	}
	fields, err := parseFields(c.Args, 2, errNotPositive)
	if err != nil {
		return err
	}
	n := 0
	c.Out.Array(len(fields))
	for _, field := range fields {
		answer := lifeOf(h, field, c.Now())
		if answer > 0 {
			h.Persist(field)
			answer = done
			n++
		}
		c.Out.Int(answer)
	}
	if n > 0 {
		// Here the event comes first, as in Redis.
		c.Event(keyspace.ClassHash, "hpersist", key)
		c.Modified(key)
	}
	return nil
}

var ttlRows = slices.Concat(
	command.Group(command.Row{Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Update)}, []command.Row{
		{Name: "hexpire", Arity: -6, Since: "7.4.0", Run: expire(command.EX), Summary: "Gives fields a time to live in seconds"},
		{Name: "hpexpire", Arity: -6, Since: "7.4.0", Run: expire(command.PX), Summary: "Gives fields a time to live in milliseconds"},
		{Name: "hexpireat", Arity: -6, Since: "7.4.0", Run: expire(command.EXAT), Summary: "Lets fields expire at a Unix time in seconds"},
		{Name: "hpexpireat", Arity: -6, Since: "7.4.0", Run: expire(command.PXAT), Summary: "Lets fields expire at a Unix time in milliseconds"},
		{Name: "hpersist", Arity: -5, Since: "7.4.0", Run: runHPersist, Summary: "Removes the time to live of fields"},
	}),
	command.Group(command.Row{Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO | command.Access)}, []command.Row{
		{Name: "httl", Arity: -5, Since: "7.4.0", Run: ttl(command.EX), Summary: "Returns how many seconds fields have left to live", Tips: command.Nondeterministic},
		{Name: "hpttl", Arity: -5, Since: "7.4.0", Run: ttl(command.PX), Summary: "Returns how many milliseconds fields have left to live", Tips: command.Nondeterministic},
		{Name: "hexpiretime", Arity: -5, Since: "7.4.0", Run: ttl(command.EXAT), Summary: "Returns the Unix time in seconds at which fields expire"},
		{Name: "hpexpiretime", Arity: -5, Since: "7.4.0", Run: ttl(command.PXAT), Summary: "Returns the Unix time in milliseconds at which fields expire"},
	}),
)
