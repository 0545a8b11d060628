package keyspace

import (
	"iter"
	"math/rand/v2"
	"slices"
	"unsafe"
)

// ZSet is the value of a sorted set: members with scores, ordered by score, and
// members with equal scores by their bytes. Scores are never NaN.
//
// A Dict finds the score of a member and a skiplist keeps the order. Where Redis
// would use its compact encoding, ZSet also reproduces two of its peculiarities
// that clients can see: a score of -0 reads back as 0, and a range by bytes (see
// [LexRange]) over different scores is searched from the ends.
type ZSet struct {
	scores  Dict[float64]
	order   skiplist
	limits  *Limits
	text    int64 // bytes of all members
	longest int   // bytes of the longest member ever
	big     bool  // has outgrown the compact encoding
}

// NewZSet makes an empty sorted set.
func NewZSet(l *Limits) *ZSet { return &ZSet{limits: l} }

// Expect says that a command names n members to add. If that is too many, the set
// takes the encoding for big sets at once, even if fewer are added.
func (z *ZSet) Expect(n int) { z.big = z.big || !z.fits(n, 0) }

// Grow switches to the encoding for big sets, whatever the size.
func (z *ZSet) Grow() { z.big = true }

// NewResult makes an empty sorted set for the result of a command. It has the
// encoding for big sets, which keeps every score as it is. If the result is to be
// stored, call Shrink at the end.
func NewResult(l *Limits) *ZSet { return &ZSet{limits: l, big: true} }

// What a member takes in the skiplist, as an estimate: a node with its lanes; and what an
// empty sorted set takes.
const (
	zsetMember = 90
	zsetBase   = int64(unsafe.Sizeof(ZSet{}))
)

// Type returns TypeZSet.
func (z *ZSet) Type() Type { return TypeZSet }

// Encoding returns "listpack" or "skiplist".
func (z *ZSet) Encoding(*Limits) string {
	if z.big {
		return "skiplist"
	}
	return "listpack"
}

// Compact reports whether the encoding is the one for small sets.
func (z *ZSet) Compact() bool { return !z.big }

// MemSize estimates the bytes of the members.
func (z *ZSet) MemSize() int64 {
	return zsetBase + z.scores.memory() + int64(z.Len())*zsetMember + z.text
}

// Empty reports whether there are no members.
func (z *ZSet) Empty() bool { return z.Len() == 0 }

// Clone copies the set.
func (z *ZSet) Clone() Value {
	c := &ZSet{limits: z.limits, longest: z.longest, big: true}
	for member, score := range z.Range(0, z.Len(), false) {
		c.add(member, score)
	}
	c.big = z.big
	return c
}

// Len returns the number of members.
func (z *ZSet) Len() int { return z.scores.Len() }

// Score returns the score of a member and whether it is there.
func (z *ZSet) Score(member []byte) (float64, bool) { return z.scores.Get(member) }

// Put gives a member a score, adding the member if needed, and reports whether it
// is new. The member is copied.
func (z *ZSet) Put(member []byte, score float64) bool {
	old, there := z.scores.Get(member)
	if !there {
		z.add(string(member), score)
		return true
	}
	if old == score {
		return false
	}
	*z.scores.Ref(member) = z.stored(score)
	z.order.move(old, string(member), z.stored(score))
	return false
}

func (z *ZSet) add(member string, score float64) {
	z.longest = max(z.longest, len(member))
	if !z.big {
		z.big = !z.fits(z.Len()+1, len(member))
	}
	score = z.stored(score)
	z.scores.Put(member, score)
	z.order.insert(score, member)
	z.text += int64(len(member))
}

// fits reports whether the compact encoding can hold n members of up to size bytes.
func (z *ZSet) fits(n, size int) bool {
	return int64(n) <= z.limits.ZSetListpackEntries && int64(size) <= z.limits.ZSetListpackValue
}

// stored returns a score as the set's encoding keeps it: the compact one stores
// whole numbers as integers, so it has no -0.
func (z *ZSet) stored(score float64) float64 {
	if score == 0 && !z.big {
		return 0
	}
	return score
}

// Shrink switches to the compact encoding if the set is small enough; see
// [NewResult].
func (z *ZSet) Shrink() {
	if z.big = !z.fits(z.Len(), z.longest); z.big {
		return
	}
	for n := z.first(); n != nil; n = n.following() {
		if n.score == 0 {
			n.score = 0
			*z.scores.Ref(bytesOf(n.member)) = 0
		}
	}
}

// Remove removes a member and reports whether it was there.
func (z *ZSet) Remove(member []byte) bool {
	score, ok := z.scores.Get(member)
	if !ok {
		return false
	}
	z.order.delete(score, string(member))
	z.forget(member)
	return true
}

func (z *ZSet) forget(member []byte) {
	z.scores.Delete(member)
	z.text -= int64(len(member))
}

// RemoveRange removes the ranks from..to-1, which must exist.
func (z *ZSet) RemoveRange(from, to int) {
	if from < to {
		z.order.deleteRanks(from, to, func(n *znode) { z.forget(bytesOf(n.member)) })
	}
}

// Rank returns how many members come before this one, and whether it is there.
func (z *ZSet) Rank(member []byte) (int, bool) {
	score, ok := z.scores.Get(member)
	if !ok {
		return 0, false
	}
	return z.order.rank(score, string(member)), true
}

// At returns the member with that rank, which must exist.
func (z *ZSet) At(rank int) (member string, score float64) {
	n := z.order.at(rank)
	return n.member, n.score
}

// Range yields the members of ranks from..to-1, which must exist, with their
// scores: lowest first, or highest first if reverse. The set must not change during
// the walk.
func (z *ZSet) Range(from, to int, reverse bool) iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		if from >= to {
			return
		}
		start := from
		if reverse {
			start = to - 1
		}
		n := z.order.at(start)
		for range to - from {
			if !yield(n.member, n.score) {
				return
			}
			if reverse {
				n = n.preceding()
			} else {
				n = n.following()
			}
		}
	}
}

// From yields the members with scores from min on, lowest first. The set must not change
// during the walk.
func (z *ZSet) From(min float64) iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		if z.Len() == 0 {
			return
		}
		var p zpath
		z.order.descend(&p, func(n *znode, _ int) bool { return n.score < min })
		n := p.node[0].next[0].to
		for n != nil && yield(n.member, n.score) {
			n = n.following()
		}
	}
}

func (z *ZSet) first() *znode {
	if z.Len() == 0 {
		return nil
	}
	return z.order.head.next[0].to
}

// Random returns a member picked with r. The set must not be empty.
func (z *ZSet) Random(r *rand.Rand) (member string, score float64) { return z.scores.Random(r) }

// Sample returns k different ranks picked with r, where k is at most Len: in
// ascending order if the set is compact, else in random order.
func (z *ZSet) Sample(r *rand.Rand, k int) []int {
	picked := make(map[int]bool, k)
	ranks := make([]int, 0, k)
	for n := z.Len() - k; n < z.Len(); n++ {
		rank := r.IntN(n + 1)
		if picked[rank] {
			rank = n
		}
		picked[rank] = true
		ranks = append(ranks, rank)
	}
	if z.Compact() {
		slices.Sort(ranks)
		return ranks
	}
	r.Shuffle(len(ranks), func(i, j int) { ranks[i], ranks[j] = ranks[j], ranks[i] })
	return ranks
}

// Scan visits about count members with their scores, see [Dict.Scan]. A compact
// set is visited as a whole and in order.
func (z *ZSet) Scan(cursor uint64, count int, visit func(member string, score float64)) uint64 {
	if z.big {
		return z.scores.Scan(cursor, count, visit)
	}
	for member, score := range z.Range(0, z.Len(), false) {
		visit(member, score)
	}
	return 0
}
