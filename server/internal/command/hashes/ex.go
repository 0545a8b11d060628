package hashes

import (
	"math"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// The refusals of HSETEX.
const (
	errOneTTL       = resp.Error("ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified")
	errOneCondition = resp.Error("ERR Only one of FXX or FNX arguments can be specified")
	errBadFieldNum  = resp.Error("ERR invalid number of fields")
)

// getExArgs is HGETEX key [EX s|PX ms|EXAT s|PXAT ms|PERSIST] FIELDS n field ...
type getExArgs struct {
	timed   bool
	at      int64 // where timed
	persist bool
	fields  [][]byte
}

func parseGetEx(args [][]byte, now int64) (a getExArgs, err error) {
	from := 2
	if k := command.ClockOf(args[2]); k != 0 {
		a.timed, from = true, 4
		if a.at, err = readDeadline(k, args[3], "hgetex", now); err != nil {
			return a, err
		}
	} else if command.Is(args[2], "persist") {
		a.persist, from = true, 3
	}
	a.fields, err = parseFields(args, from, errNotPositive)
	return a, err
}

func runHGetEx(c *command.Call) error {
	key := c.Args[1]
	h, err := write(c, key)
	if err != nil {
		return err
	}
	a, err := parseGetEx(c.Args, c.Now())
	if err != nil {
		return err
	}
	if h != none && (a.timed || a.persist) {
		h.AllowTTL()
	}
	expired, altered := 0, 0
	c.Out.Array(len(a.fields))
	for _, field := range a.fields {
		value, ok, gone := c.DB.TakeField(h, field)
		replyField(c, value, ok)
		if gone {
			expired++
		}
		if ok && a.alter(c, h, field) {
			altered++
		}
	}
	if expired+altered > 0 {
		changed(c, key, h, when(expired, "hexpired"), when(altered, a.event(c.Now())))
		c.CountAs(expired + altered)
	}
	return nil
}

// alter changes the deadline of a field as the options say and reports whether
// anything changed.
func (a *getExArgs) alter(c *command.Call, h *keyspace.Hash, field []byte) bool {
	if a.timed {
		setDeadline(c, h, field, a.at)
		return true
	}
	return a.persist && h.Persist(field)
}

func (a *getExArgs) event(now int64) string {
	if a.persist {
		return "hpersist"
	}
	return deadlineEvent(a.at, now)
}

func runHGetDel(c *command.Call) error {
	key := c.Args[1]
	h, err := write(c, key)
	if err != nil {
		return err
	}
	fields, err := parseFields(c.Args, 2, errNotPositive)
	if err != nil {
		return err
	}
	expired, deleted := 0, 0
	c.Out.Array(len(fields))
	for _, field := range fields {
		value, ok, gone := c.DB.TakeField(h, field)
		replyField(c, value, ok)
		if gone {
			expired++
		}
		if ok && h.Delete(field) {
			deleted++
		}
	}
	if expired+deleted > 0 {
		changed(c, key, h, when(expired, "hexpired"), when(deleted, "hdel"))
		c.CountAs(expired + deleted)
	}
	return nil
}

// setExArgs is HSETEX key [FNX|FXX] [EX s|PX ms|EXAT s|PXAT ms|KEEPTTL]
// FIELDS n field value [field value ...], the options in any order.
type setExArgs struct {
	onlyNew, onlyOld bool
	timed, keepTTL   bool
	at               int64 // where timed
	pairs            [][]byte
}

func parseSetEx(args [][]byte, now int64) (a setExArgs, err error) {
	for i := 2; i < len(args); i++ {
		word := args[i]
		k := command.ClockOf(word)
		timed, keep := k != 0, command.Is(word, "keepttl")
		fnx, fxx := command.Is(word, "fnx"), command.Is(word, "fxx")
		switch {
		case (timed || keep) && (a.timed || a.keepTTL):
			return a, errOneTTL
		case (fnx || fxx) && (a.onlyNew || a.onlyOld):
			return a, errOneCondition
		case timed && i+1 < len(args):
			i++
			a.timed = true
			if a.at, err = readDeadline(k, args[i], "hsetex", now); err != nil {
				return a, err
			}
		case keep:
			a.keepTTL = true
		case fnx, fxx:
			a.onlyNew, a.onlyOld = fnx, fxx
		case command.Is(word, "fields"):
			a.pairs, err = parsePairs(args[i+1:])
			return a, err
		default:
			return a, resp.Errorf("ERR unknown argument: %s", word)
		}
	}
	return a, errNoFields
}

// parsePairs reads n field value ..., which must be all that is left.
func parsePairs(args [][]byte) ([][]byte, error) {
	if len(args) < 3 {
		return nil, resp.WrongArity("hsetex")
	}
	n, ok := command.ParseInt(args[0])
	if !ok || n < 1 || n > math.MaxInt32 {
		return nil, errBadFieldNum
	}
	if int64(len(args)-1) != 2*n {
		return nil, resp.WrongArity("hsetex")
	}
	return args[1:], nil
}

func runHSetEx(c *command.Call) error {
	a, err := parseSetEx(c.Args, c.Now())
	if err != nil {
		return err
	}
	key := c.Args[1]
	h, err := write(c, key)
	if err != nil {
		return err
	}
	allowed, expired := a.allows(c, h)
	if allowed {
		a.run(c, key, h)
	} else if expired {
		reportQuietly(c, key, h)
	}
	c.Out.Flag(allowed)
	return nil
}

// allows reports whether FNX or FXX allow the fields to be set. It stops at the first field
// that they refuse. It treats expired fields as missing, removes them, and reports in
// expired whether there were any.
func (a *setExArgs) allows(c *command.Call, h *keyspace.Hash) (allowed, expired bool) {
	if !a.onlyNew && !a.onlyOld {
		return true, false
	}
	for i := 0; i < len(a.pairs); i += 2 {
		_, ok, gone := c.DB.TakeField(h, a.pairs[i])
		expired = expired || gone
		if ok != a.onlyOld {
			return false, expired
		}
	}
	return true, expired
}

// reportQuietly reports that fields have expired without an event of their own, as
// Redis does here. (Redis does not report the change either, and so leaves clients with a
// stale copy of the key. We do report it.)
func reportQuietly(c *command.Call, key []byte, h *keyspace.Hash) {
	if h.Empty() {
		c.DB.Delete(key)
	}
	c.DB.ModifiedBy(key, keyspace.Expired)
	events(c, key, h)
}

func (a *setExArgs) run(c *command.Call, key []byte, h *keyspace.Hash) {
	if h == none {
		// Not for a hash that has just lost its last field: its key has kept its time to
		// live.
		h = ensure(c, key, h)
	}
	setAll(h, a.pairs, a.keepTTL || a.timed)
	event := ""
	if a.timed {
		for i := 0; i < len(a.pairs); i += 2 {
			if _, _, ok := h.Get(a.pairs[i]); ok { // false if it was given twice and is gone
				setDeadline(c, h, a.pairs[i], a.at)
			}
		}
		event = deadlineEvent(a.at, c.Now())
	}
	changed(c, key, h, "hset", event)
	c.CountAs(len(a.pairs) / 2)
}

var exRows = []command.Row{
	{Name: "hgetex", Arity: -5, Since: "8.0.0", Run: runHGetEx, Summary: "Returns values of fields and changes their time to live",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Access | command.Update)},
	{Name: "hgetdel", Arity: -5, Since: "8.0.0", Run: runHGetDel, Summary: "Returns values of fields and removes them",
		Flags: command.Write | command.Fast, Keys: command.Key(command.RW | command.Access | command.Delete)},
	{Name: "hsetex", Arity: -6, Since: "8.0.0", Run: runHSetEx, Summary: "Sets fields together with their time to live",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Update)},
}
