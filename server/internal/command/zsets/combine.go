package zsets

import (
	"slices"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

const (
	errWeight = resp.Error("ERR weight value is not a float")
	errLimit  = resp.Error("ERR LIMIT can't be negative")
)

// combination describes a command on several sets: what it does with them, and which
// options it takes.
type combination struct {
	operate func(sources []source, a *combineArgs, each func(member string, score float64) bool)
	weighs  bool   // it takes WEIGHTS and AGGREGATE
	stores  string // the event of a command that stores; "" for one that replies
	counts  bool   // it replies how many members there are and takes LIMIT
}

// combineArgs is what follows the keys in
// ZUNION numkeys key ... [WEIGHTS w ...] [AGGREGATE SUM|MIN|MAX] [WITHSCORES]
// and in the other commands that combine sets.
type combineArgs struct {
	weights   []float64 // nil: all 1
	aggregate aggregate
	scores    bool
	limit     int64 // 0: none
}

// countKeys reads numkeys at args[at] and returns the keys and what follows.
func countKeys(c *command.Call, at int) (keys, rest [][]byte, err error) {
	n, err := command.Int(c.Args[at])
	if err != nil {
		return nil, nil, err
	}
	if n < 1 {
		return nil, nil, resp.Errorf("ERR at least 1 input key is needed for '%s' command", c.Row.FullName())
	}
	rest = c.Args[at+1:]
	if n > int64(len(rest)) {
		return nil, nil, resp.ErrSyntax
	}
	return rest[:n], rest[n:], nil
}

// parse reads the options of a combination of n keys.
func (op *combination) parse(rest [][]byte, n int) (a combineArgs, err error) {
	for len(rest) > 0 {
		used := 1
		switch word := rest[0]; {
		case op.weighs && len(rest) > n && command.Is(word, "weights"):
			a.weights, err = parseWeights(rest[1 : n+1])
			used = n + 1
		case op.weighs && len(rest) > 1 && command.Is(word, "aggregate"):
			a.aggregate, err = parseAggregate(rest[1])
			used = 2
		case op.stores == "" && !op.counts && command.Is(word, "withscores"):
			a.scores = true
		case op.counts && len(rest) > 1 && command.Is(word, "limit"):
			a.limit, err = parseLimit(rest[1])
			used = 2
		default:
			err = resp.ErrSyntax
		}
		if err != nil {
			return a, err
		}
		rest = rest[used:]
	}
	return a, nil
}

func parseWeights(words [][]byte) ([]float64, error) {
	weights := make([]float64, len(words))
	for i, word := range words {
		var ok bool
		if weights[i], ok = command.ParseFloat(word); !ok {
			return nil, errWeight
		}
	}
	return weights, nil
}

func parseLimit(word []byte) (int64, error) {
	n, ok := command.ParseInt(word)
	if !ok || n < 0 {
		return 0, errLimit
	}
	return n, nil
}

// combining makes the handler of a combination.
func combining(op combination) func(*command.Call) error {
	at := 1
	if op.stores != "" {
		at = 2
	}
	return func(c *command.Call) error {
		keys, rest, err := countKeys(c, at)
		if err != nil {
			return err
		}
		sources, err := lookupSources(c, keys)
		if err != nil {
			return err
		}
		a, err := op.parse(rest, len(keys))
		if err != nil {
			return err
		}
		for i, w := range a.weights {
			sources[i].weight = w
		}
		op.run(c, sources, &a)
		return nil
	}
}

func (op *combination) run(c *command.Call, sources []source, a *combineArgs) {
	if op.counts {
		n := int64(0)
		op.operate(sources, a, func(string, float64) bool {
			n++
			return n != a.limit
		})
		c.Out.Int(n)
		return
	}
	result := keyspace.NewResult(&c.Keyspace().Limits)
	op.operate(sources, a, func(member string, score float64) bool {
		result.Put([]byte(member), score)
		return true
	})
	if op.stores != "" {
		Store(c, c.Args[1], result, op.stores)
		return
	}
	openMembers(c.Out, result.Len(), a.scores)
	for member, score := range result.Range(0, result.Len(), false) {
		writeMember(c.Out, member, score, a.scores)
	}
}

// bySize puts small sets first, as Redis does before a union or an intersection: the
// order in which scores are added affects how the sum is rounded.
func bySize(sources []source) {
	slices.SortStableFunc(sources, func(a, b source) int { return a.len() - b.len() })
}

func union(sources []source, a *combineArgs, each func(string, float64) bool) {
	bySize(sources)
	var sums keyspace.Dict[float64]
	for i := range sources {
		for member, score := range sources[i].all() {
			score = zeroNaN(sources[i].weigh(score))
			if sum := sums.Ref([]byte(member)); sum != nil {
				*sum = a.aggregate.of(*sum, score)
			} else {
				sums.Put(member, score)
			}
		}
	}
	for member, sum := range sums.All() {
		if !each(member, sum) {
			return
		}
	}
}

func intersect(sources []source, a *combineArgs, each func(string, float64) bool) {
	bySize(sources)
	first, others := &sources[0], sources[1:]
	for member, score := range first.all() {
		sum, everywhere := zeroNaN(first.weigh(score)), true
		for i := 0; everywhere && i < len(others); i++ {
			if score, everywhere = others[i].score([]byte(member)); everywhere {
				sum = a.aggregate.of(sum, others[i].weigh(score))
			}
		}
		if everywhere && !each(member, sum) {
			return
		}
	}
}

func subtract(sources []source, _ *combineArgs, each func(string, float64) bool) {
	others := sources[1:]
	for member, score := range sources[0].all() {
		elsewhere := slices.ContainsFunc(others, func(s source) bool {
			_, there := s.score([]byte(member))
			return there
		})
		if !elsewhere && !each(member, score) {
			return
		}
	}
}

// The keys of the commands that reply and of those that store.
var (
	readKeys  = []command.KeySpec{command.Counted(1, command.RO|command.Access)}
	storeKeys = []command.KeySpec{command.At(1, command.OW|command.Update), command.Counted(2, command.RO|command.Access)}
)

var combineRows = []command.Row{
	{Name: "zunion", Arity: -3, Since: "6.2.0", Run: combining(combination{operate: union, weighs: true}), Summary: "Returns the members of any of the sets",
		Flags: command.ReadOnly, Keys: readKeys},
	{Name: "zinter", Arity: -3, Since: "6.2.0", Run: combining(combination{operate: intersect, weighs: true}), Summary: "Returns the members that all of the sets share",
		Flags: command.ReadOnly, Keys: readKeys},
	{Name: "zdiff", Arity: -3, Since: "6.2.0", Run: combining(combination{operate: subtract}), Summary: "Returns the members of the first set that no other has",
		Flags: command.ReadOnly, Keys: readKeys},
	{Name: "zunionstore", Arity: -4, Since: "2.0.0", Run: combining(combination{operate: union, weighs: true, stores: "zunionstore"}), Summary: "Stores the members of any of the sets",
		Flags: command.Write | command.DenyOOM, Keys: storeKeys},
	{Name: "zinterstore", Arity: -4, Since: "2.0.0", Run: combining(combination{operate: intersect, weighs: true, stores: "zinterstore"}), Summary: "Stores the members that all of the sets share",
		Flags: command.Write | command.DenyOOM, Keys: storeKeys},
	{Name: "zdiffstore", Arity: -4, Since: "6.2.0", Run: combining(combination{operate: subtract, stores: "zdiffstore"}), Summary: "Stores the members of the first set that no other has",
		Flags: command.Write | command.DenyOOM, Keys: storeKeys},
	{Name: "zintercard", Arity: -3, Since: "7.0.0", Run: combining(combination{operate: intersect, counts: true}), Summary: "Counts the members that all of the sets share",
		Flags: command.ReadOnly, Keys: readKeys},
}
