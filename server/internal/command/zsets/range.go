package zsets

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

const (
	errRangeLimit  = resp.Error("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
	errRangeScores = resp.Error("ERR syntax error, WITHSCORES not supported in combination with BYLEX")
)

// order is what a range is ordered by; with anyOrder the options BYSCORE and BYLEX
// decide.
type order uint8

const (
	anyOrder order = iota
	byRank
	byScore
	byLex
)

// direction is the end at which a range begins; with anyDirection the option REV
// decides.
type direction uint8

const (
	anyDirection direction = iota
	forward
	backward
)

// rangeArgs is what follows the keys in
// ZRANGE key start stop [BYSCORE|BYLEX] [REV] [LIMIT offset count] [WITHSCORES]
// and of the older commands that it replaces, whose names fix order and direction.
type rangeArgs struct {
	order         order
	direction     direction
	scores        bool
	offset, limit int64 // limit < 0: no limit
	start, stop   int64 // by rank
	bounds        keyspace.ZRange
}

// parseRange reads args from start on. order and direction are what the command
// fixes; WITHSCORES is allowed unless it stores.
func parseRange(args [][]byte, o order, d direction, stores bool) (rangeArgs, error) {
	a := rangeArgs{order: o, direction: d, limit: -1}
	for rest := args[2:]; len(rest) > 0; {
		used, err := a.option(rest, stores)
		if err != nil {
			return a, err
		}
		rest = rest[used:]
	}
	if a.order == anyOrder {
		a.order = byRank
	}
	switch {
	case a.limit != -1 && a.order == byRank:
		return a, errRangeLimit
	case a.scores && a.order == byLex:
		return a, errRangeScores
	}
	return a, a.parseBounds(args[0], args[1])
}

// option reads the option that rest begins with and returns the number of its
// words.
func (a *rangeArgs) option(rest [][]byte, stores bool) (used int, err error) {
	switch word := rest[0]; {
	case !stores && command.Is(word, "withscores"):
		a.scores = true
	case command.Is(word, "limit") && len(rest) > 2:
		if a.offset, err = command.Int(rest[1]); err == nil {
			a.limit, err = command.Int(rest[2])
		}
		return 3, err
	case a.direction == anyDirection && command.Is(word, "rev"):
		a.direction = backward
	case a.order == anyOrder && command.Is(word, "bylex"):
		a.order = byLex
	case a.order == anyOrder && command.Is(word, "byscore"):
		a.order = byScore
	default:
		return 0, resp.ErrSyntax
	}
	return 1, nil
}

// parseBounds reads the ends of the range. By score or bytes the higher end comes
// first if the range goes backward.
func (a *rangeArgs) parseBounds(first, second []byte) (err error) {
	if a.order == byRank {
		if a.start, err = command.Int(first); err == nil {
			a.stop, err = command.Int(second)
		}
		return err
	}
	if a.direction == backward {
		first, second = second, first
	}
	parse := parseScores
	if a.order == byLex {
		parse = parseLex
	}
	a.bounds, err = parse(first, second)
	return err
}

// span returns the ranks that the range selects, from..to-1.
func (a *rangeArgs) span(z *keyspace.ZSet) (from, to int) {
	if a.order == byRank {
		from, to = command.Clip(a.start, a.stop, z.Len())
		if a.direction == backward {
			from, to = z.Len()-to, z.Len()-from
		}
		return from, to
	}
	from, to = z.Span(a.bounds, a.offset, a.direction == backward)
	if n := int64(to - from); a.limit < 0 || n <= a.limit {
		return from, to
	}
	if a.direction == backward {
		return to - int(a.limit), to
	}
	return from, from + int(a.limit)
}

// ranging makes the handler of ZRANGE and of the older commands that it replaces.
func ranging(o order, d direction) func(*command.Call) error {
	return func(c *command.Call) error {
		a, err := parseRange(c.Args[2:], o, d, false)
		if err != nil {
			return err
		}
		z, err := read(c, c.Args[1])
		if err != nil {
			return err
		}
		if z == nil {
			c.Out.Array(0)
			return nil
		}
		from, to := a.span(z)
		openMembers(c.Out, to-from, a.scores)
		for member, score := range z.Range(from, to, a.direction == backward) {
			writeMember(c.Out, member, score, a.scores)
		}
		return nil
	}
}

// runZrangestore is ZRANGESTORE dst src start stop ...
func runZrangestore(c *command.Call) error {
	a, err := parseRange(c.Args[3:], anyOrder, anyDirection, true)
	if err != nil {
		return err
	}
	z, err := read(c, c.Args[2])
	if err != nil {
		return err
	}
	from, to := 0, 0
	if z != nil {
		from, to = a.span(z)
	}
	result := keyspace.NewZSet(&c.Keyspace().Limits)
	if a.order == byRank {
		result.Expect(to - from)
	}
	for member, score := range z.Range(from, to, a.direction == backward) {
		result.Put([]byte(member), score)
	}
	Store(c, c.Args[1], result, "zrangestore")
	return nil
}

var rangeRows = []command.Row{
	{Name: "zrange", Arity: -4, Since: "1.2.0", Run: ranging(anyOrder, anyDirection), Summary: "Returns the members in a range of ranks, scores or texts",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
	{Name: "zrangestore", Arity: -5, Since: "6.2.0", Run: runZrangestore, Summary: "Stores the members in a range of another sorted set",
		Flags: command.Write | command.DenyOOM, Keys: []command.KeySpec{command.At(1, command.OW|command.Update), command.At(2, command.RO|command.Access)}},
	{Name: "zrangebyscore", Arity: -4, Since: "1.0.5", Run: ranging(byScore, forward), Summary: "Returns the members in a range of scores, lowest first",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
	{Name: "zrevrangebyscore", Arity: -4, Since: "2.2.0", Run: ranging(byScore, backward), Summary: "Returns the members in a range of scores, highest first",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
	{Name: "zrangebylex", Arity: -4, Since: "2.8.9", Run: ranging(byLex, forward), Summary: "Returns the members in a range of texts, lowest first",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
	{Name: "zrevrangebylex", Arity: -4, Since: "2.8.9", Run: ranging(byLex, backward), Summary: "Returns the members in a range of texts, highest first",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
	{Name: "zrevrange", Arity: -4, Since: "1.2.0", Run: ranging(byRank, backward), Summary: "Returns the members in a range of ranks that count from the highest",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
}
