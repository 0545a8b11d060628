package zsets

import (
	"iter"
	"math"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// source is a set that takes part in a combination: a sorted set, a set, whose
// members all have score 1, or a missing key.
type source struct {
	zset   *keyspace.ZSet
	set    *keyspace.Set
	weight float64
}

// lookupSources finds the sets. The error is ErrWrongType.
func lookupSources(c *command.Call, keys [][]byte) ([]source, error) {
	sources := make([]source, len(keys))
	for i, key := range keys {
		sources[i].weight = 1
		e := c.DB.LookupRead(key)
		if e == nil {
			continue
		}
		switch v := e.Value().(type) {
		case *keyspace.ZSet:
			sources[i].zset = v
		case *keyspace.Set:
			sources[i].set = v
		default:
			return nil, keyspace.ErrWrongType
		}
	}
	return sources, nil
}

func (s *source) len() int {
	switch {
	case s.zset != nil:
		return s.zset.Len()
	case s.set != nil:
		return s.set.Len()
	}
	return 0
}

func (s *source) score(member []byte) (float64, bool) {
	switch {
	case s.zset != nil:
		return s.zset.Score(member)
	case s.set != nil:
		return 1, s.set.Has(member)
	}
	return 0, false
}

// all yields the members with their scores.
func (s *source) all() iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		switch {
		case s.zset != nil:
			s.zset.Range(0, s.zset.Len(), false)(yield)
		case s.set != nil:
			for member := range s.set.All() {
				if !yield(member, 1) {
					return
				}
			}
		}
	}
}

// weigh multiplies a score by the weight of its set. The conversion keeps the
// product from being fused with a sum that follows, which would round it
// differently.
func (s *source) weigh(score float64) float64 { return float64(s.weight * score) }

// aggregate is how the scores of a member in several sets become one.
type aggregate uint8

const (
	sum aggregate = iota
	lower
	higher
)

func parseAggregate(word []byte) (aggregate, error) {
	switch {
	case command.Is(word, "sum"):
		return sum, nil
	case command.Is(word, "min"):
		return lower, nil
	case command.Is(word, "max"):
		return higher, nil
	}
	return sum, resp.ErrSyntax
}

// of combines two scores. next may be NaN, which is neither lower nor higher.
func (a aggregate) of(score, next float64) float64 {
	switch {
	case a == sum:
		return zeroNaN(score + next)
	case a == lower && next < score, a == higher && next > score:
		return next
	}
	return score
}

// zeroNaN turns NaN into 0. NaN is the result of 0 times infinity, and of infinity minus
// infinity.
func zeroNaN(score float64) float64 {
	if math.IsNaN(score) {
		return 0
	}
	return score
}
