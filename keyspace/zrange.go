package keyspace

import "strings"

// ZRange is a range of a sorted set: a [ScoreRange] or a [LexRange].
type ZRange interface {
	// before reports whether n comes before the range, after whether it comes after
	// it. In an empty range both may hold for a member.
	before(n *znode) bool
	after(n *znode) bool
}

// ScoreRange is the members with scores from Min to Max, excluding the ends that
// are open.
type ScoreRange struct {
	Min, Max         float64
	MinOpen, MaxOpen bool
}

func (r *ScoreRange) before(n *znode) bool {
	return n.score < r.Min || r.MinOpen && n.score == r.Min
}

func (r *ScoreRange) after(n *znode) bool {
	return n.score > r.Max || r.MaxOpen && n.score == r.Max
}

// LexRange is the members from Min to Max by their bytes, whatever their scores. It
// makes sense when all scores are equal.
type LexRange struct{ Min, Max LexBound }

// LexBound is one end of a [LexRange]: a text, or a place before or after every
// text.
type LexBound struct {
	Infinite int // -1 below every text, 1 above, 0 for Text
	Text     string
	Open     bool // excludes Text itself
}

// compare returns -1, 0 or 1 as a member is below, at or above the bound.
func (b *LexBound) compare(member string) int {
	if b.Infinite != 0 {
		return -b.Infinite
	}
	return strings.Compare(member, b.Text)
}

func (r *LexRange) before(n *znode) bool {
	c := r.Min.compare(n.member)
	return c < 0 || c == 0 && r.Min.Open
}

func (r *LexRange) after(n *znode) bool {
	c := r.Max.compare(n.member)
	return c > 0 || c == 0 && r.Max.Open
}

// Span returns the ranks of the members in r as from..to-1, after skipping the
// first skip of them: the lowest, or the highest if reverse. from equals to if none
// are left. A negative skip counts from the other end in a big set, and leaves
// nothing of a compact one.
func (z *ZSet) Span(r ZRange, skip int64, reverse bool) (from, to int) {
	size := int64(z.Len())
	if size == 0 || r.after(z.first()) || r.before(z.order.tail) || skip >= size || skip < 0 && !z.big {
		return 0, 0
	}
	if _, lex := r.(*LexRange); lex && !z.big {
		return z.walkSpan(r, int(skip), reverse)
	}
	from = z.order.count(r.before)
	to = z.order.count(func(n *znode) bool { return !r.after(n) })
	if size = int64(to - from); skip < 0 {
		skip += size
	}
	switch {
	case skip < 0 || skip >= size:
		return 0, 0
	case reverse:
		return from, to - int(skip)
	}
	return from + int(skip), to
}

// walkSpan is Span for members that are not in order: texts with different scores.
// As Redis does in a compact set, it looks for the first member from the near end,
// skips what follows, whether it is in the range or not, and stops at the first
// member beyond the far end.
func (z *ZSet) walkSpan(r ZRange, skip int, reverse bool) (from, to int) {
	n, out, past, step := z.first(), r.before, r.after, (*znode).following
	if reverse {
		n, out, past, step = z.order.tail, r.after, r.before, (*znode).preceding
	}
	for ; n != nil && out(n); from++ {
		n = step(n)
	}
	if n == nil || past(n) {
		return 0, 0
	}
	for ; skip > 0 && n != nil; skip-- {
		n = step(n)
		from++
	}
	for to = from; n != nil && !past(n); to++ {
		n = step(n)
	}
	if reverse {
		from, to = z.Len()-to, z.Len()-from
	}
	return from, to
}

func (n *znode) following() *znode { return n.next[0].to }
func (n *znode) preceding() *znode { return n.prev }
