package zsets

import (
	"math"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

const (
	errAddXXNX = resp.Error("ERR XX and NX options at the same time are not compatible")
	errAddGTLT = resp.Error("ERR GT, LT, and/or NX options at the same time are not compatible")
	errAddIncr = resp.Error("ERR INCR option supports a single increment-element pair")
	errAddNaN  = resp.Error("ERR resulting score is not a number (NaN)")
)

// addArgs is ZADD key [NX|XX] [GT|LT] [CH] [INCR] score member ...
type addArgs struct {
	key      []byte
	only     command.Condition
	ch, incr bool
	scores   []float64
	pairs    [][]byte // as in the command: score member ...
}

func parseAdd(args [][]byte) (addArgs, error) {
	a := addArgs{key: args[1]}
	rest := args[2:]
	for len(rest) > 0 && a.option(rest[0]) {
		rest = rest[1:]
	}
	switch nx := a.only.Has(command.NX); {
	case len(rest) == 0 || len(rest)%2 != 0:
		return a, resp.ErrSyntax
	case nx && a.only.Has(command.XX):
		return a, errAddXXNX
	case nx && a.only != command.NX, a.only.Has(command.GT) && a.only.Has(command.LT):
		return a, errAddGTLT
	case a.incr && len(rest) > 2:
		return a, errAddIncr
	}
	return a, a.parsePairs(rest)
}

// option reads a word as an option and reports whether it is one.
func (a *addArgs) option(word []byte) bool {
	option := command.ConditionOf(word)
	a.only |= option
	switch {
	case option != 0:
	case command.Is(word, "ch"):
		a.ch = true
	case command.Is(word, "incr"):
		a.incr = true
	default:
		return false
	}
	return true
}

func (a *addArgs) parsePairs(pairs [][]byte) error {
	a.pairs = pairs
	a.scores = make([]float64, len(pairs)/2)
	for i := range a.scores {
		var err error
		if a.scores[i], err = command.Float(pairs[2*i]); err != nil {
			return err
		}
	}
	return nil
}

func runZadd(c *command.Call) error {
	a, err := parseAdd(c.Args)
	if err != nil {
		return err
	}
	return a.run(c)
}

// runZincrby is ZADD key INCR increment member.
func runZincrby(c *command.Call) error {
	a := addArgs{key: c.Args[1], incr: true}
	if err := a.parsePairs(c.Args[2:]); err != nil {
		return err
	}
	return a.run(c)
}

// Put is ZADD with the options NX, XX and CH for scores that are known: each is for the
// second word of a pair.
func Put(c *command.Call, key []byte, only command.Condition, ch bool, scores []float64, pairs [][]byte) error {
	a := addArgs{key: key, only: only, ch: ch, scores: scores, pairs: pairs}
	return a.run(c)
}

func (a *addArgs) run(c *command.Call) error {
	z, err := write(c, a.key)
	if err != nil {
		return err
	}
	if z == nil {
		if a.only.Has(command.XX) {
			a.reply(c.Out, addResult{})
			return nil
		}
		z = keyspace.NewZSet(&c.Keyspace().Limits)
		c.DB.Put(a.key, z, false)
	}
	z.Expect(len(a.scores))
	var r addResult
	for i, score := range a.scores {
		if err := a.put(z, a.pairs[2*i+1], score, &r); err != nil {
			return err
		}
	}
	if r.added+r.updated > 0 {
		c.Modified(a.key)
		c.CountAs(r.added + r.updated)
		c.Event(keyspace.ClassZSet, a.event(), a.key)
	}
	a.reply(c.Out, r)
	return nil
}

// addResult counts what ZADD did.
type addResult struct {
	added, updated int
	processed      bool    // the last member was not refused by an option
	score          float64 // of the last member
}

// put gives one member its score, if the options allow it. The error is errAddNaN.
func (a *addArgs) put(z *keyspace.ZSet, member []byte, score float64, r *addResult) error {
	r.processed = false
	old, there := z.Score(member)
	if there && a.only.Has(command.NX) || !there && a.only.Has(command.XX) {
		return nil
	}
	if there && a.incr {
		if score += old; math.IsNaN(score) {
			return errAddNaN
		}
	}
	if there && (a.only.Has(command.GT) && score <= old || a.only.Has(command.LT) && score >= old) {
		return nil
	}
	r.processed, r.score = true, score
	switch {
	case !there:
		r.added++
	case score != old:
		r.updated++
	default:
		return nil
	}
	z.Put(member, score)
	return nil
}

func (a *addArgs) event() string {
	if a.incr {
		return "zincr"
	}
	return "zadd"
}

func (a *addArgs) reply(w *resp.Writer, r addResult) {
	switch {
	case a.incr:
		writeScore(w, r.score, r.processed)
	case a.ch:
		w.Len(r.added + r.updated)
	default:
		w.Len(r.added)
	}
}

var addRows = []command.Row{
	{Name: "zadd", Arity: -4, Since: "1.2.0", Run: runZadd, Summary: "Adds members or changes their scores",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Update)},
	{Name: "zincrby", Arity: 4, Since: "1.2.0", Run: runZincrby, Summary: "Adds to the score of a member",
		Flags: command.Write | command.DenyOOM | command.Fast, Keys: command.Key(command.RW | command.Access | command.Update)},
}
