package hashes

import (
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

// What the commands answer for each field.
const (
	noField   = -2
	noTTL     = -1
	refused   = 0 // by NX, XX, GT or LT
	done      = 1
	doneGone  = 2 // the time has passed: the field was deleted
	maxExpiry = 1<<46 - 1
)

// clock says how a command gives or shows a deadline.
type clock struct {
	seconds  bool // else milliseconds
	absolute bool // Unix time, else from now
}

var clocks = map[string]clock{
	"hexpire": {seconds: true}, "hpexpire": {}, "hexpireat": {true, true}, "hpexpireat": {absolute: true},
	"httl": {seconds: true}, "hpttl": {}, "hexpiretime": {true, true}, "hpexpiretime": {absolute: true},
}

// read reads a deadline as Unix milliseconds. name is the command, for errors. Redis
// keeps deadlines of fields in 48 bits, of which it leaves two alone.
func (k clock) read(word []byte, name string, now int64) (int64, error) {
	n, err := command.Int(word)
	if err != nil {
		return 0, err
	}
	if n < 0 {
		return 0, errNegativeExpire
	}
	latest := int64(maxExpiry)
	if !k.absolute {
		latest -= now
	}
	if k.seconds {
		latest /= 1000
	}
	if n > latest {
		return 0, resp.InvalidExpire(name)
	}
	if k.seconds {
		n *= 1000
	}
	if !k.absolute {
		n += now
	}
	return n, nil
}

// show is the deadline at as the command answers it; seconds are rounded up.
func (k clock) show(at, now int64) int64 {
	if !k.absolute {
		at -= now
	}
	if k.seconds {
		at = (at + 999) / 1000
	}
	return at
}

// parseFields reads FIELDS n field ..., which must be all that is left of args
// from word at on. notPositive is the refusal of an n that is none.
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

// expireArgs is HEXPIRE key time [NX|XX|GT|LT] FIELDS n field ..., and the same
// of HPEXPIRE, HEXPIREAT and HPEXPIREAT.
type expireArgs struct {
	at     int64
	cond   string
	fields [][]byte
}

var expireConds = []string{"nx", "xx", "gt", "lt"}

func parseExpire(args [][]byte, name string, now int64) (a expireArgs, err error) {
	if a.at, err = clocks[name].read(args[2], name, now); err != nil {
		return a, err
	}
	from := 3
	for _, cond := range expireConds {
		if command.Is(args[3], cond) {
			a.cond, from = cond, 4
		}
	}
	a.fields, err = parseFields(args, from, errNotGreater)
	return a, err
}

// allows reports whether the condition lets a field with the deadline old (0 for
// none, which is later than any) get the new one.
func (a *expireArgs) allows(old int64) bool {
	switch a.cond {
	case "nx":
		return old == 0
	case "xx":
		return old != 0
	case "gt":
		return old != 0 && a.at > old
	case "lt":
		return old == 0 || a.at < old
	}
	return true
}

// apply gives one field its deadline and returns the answer for it. A field that
// has expired and is still there gets a new life.
func (a *expireArgs) apply(c *command.Call, h *keyspace.Hash, field []byte) int64 {
	_, old, ok := h.Get(field)
	switch {
	case !ok:
		return noField
	case !a.allows(old):
		return refused
	}
	if setDeadline(c, h, field, a.at) {
		return done
	}
	return doneGone
}

// setDeadline gives a field a deadline, or lets it expire, and returns false, where
// that has passed.
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

func runExpire(c *command.Call) error {
	key := c.Args[1]
	h, err := find(c, key)
	if err != nil {
		return err
	}
	a, err := parseExpire(c.Args, c.Row.Name, c.Now())
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
	}
	return nil
}

// lifeOf returns the deadline of a field as HTTL and HPERSIST see it: noField
// also for one that has expired, noTTL for one that does not.
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

func runTTL(c *command.Call) error {
	h, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	fields, err := parseFields(c.Args, 2, errNotPositive)
	if err != nil {
		return err
	}
	k := clocks[c.Row.Name]
	c.Out.Array(len(fields))
	for _, field := range fields {
		at := lifeOf(h, field, c.Now())
		if at > 0 {
			at = k.show(at, c.Now())
		}
		c.Out.Int(at)
	}
	return nil
}

func runHPersist(c *command.Call) error {
	key := c.Args[1]
	h, err := find(c, key)
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
		// The event goes first here, in Redis too.
		c.Event(keyspace.ClassHash, "hpersist", key)
		c.Modified(key)
	}
	return nil
}

var ttlRows = []command.Row{
	{Name: "hexpire", Arity: -6, Since: "7.4.0", Run: runExpire, Summary: "Gives fields a time to live in seconds",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Update)},
	{Name: "hpexpire", Arity: -6, Since: "7.4.0", Run: runExpire, Summary: "Gives fields a time to live in milliseconds",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Update)},
	{Name: "hexpireat", Arity: -6, Since: "7.4.0", Run: runExpire, Summary: "Lets fields expire at a Unix time in seconds",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Update)},
	{Name: "hpexpireat", Arity: -6, Since: "7.4.0", Run: runExpire, Summary: "Lets fields expire at a Unix time in milliseconds",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Update)},
	{Name: "httl", Arity: -5, Since: "7.4.0", Run: runTTL, Summary: "Returns how many seconds fields have left to live",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO | command.Access), Tips: command.Nondeterministic},
	{Name: "hpttl", Arity: -5, Since: "7.4.0", Run: runTTL, Summary: "Returns how many milliseconds fields have left to live",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO | command.Access), Tips: command.Nondeterministic},
	{Name: "hexpiretime", Arity: -5, Since: "7.4.0", Run: runTTL, Summary: "Returns the Unix time in seconds at which fields expire",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO | command.Access)},
	{Name: "hpexpiretime", Arity: -5, Since: "7.4.0", Run: runTTL, Summary: "Returns the Unix time in milliseconds at which fields expire",
		Flags: command.ReadOnly | command.Fast, Keys: command.Key(command.RO | command.Access)},
	{Name: "hpersist", Arity: -5, Since: "7.4.0", Run: runHPersist, Summary: "Removes the time to live of fields",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Update)},
}
