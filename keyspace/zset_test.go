package keyspace

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// zmodel is a sorted set as a sorted slice.
type zmodel []zpair

type zpair struct {
	member string
	score  float64
}

func (m *zmodel) put(member string, score float64) {
	m.remove(member)
	*m = append(*m, zpair{member, score})
	slices.SortFunc(*m, func(a, b zpair) int {
		return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.member, b.member))
	})
}

func (m *zmodel) remove(member string) bool {
	i := m.rank(member)
	if i < 0 {
		return false
	}
	*m = slices.Delete(*m, i, i+1)
	return true
}

func (m *zmodel) rank(member string) int {
	return slices.IndexFunc(*m, func(p zpair) bool { return p.member == member })
}

func collect(z *ZSet, from, to int, reverse bool) []zpair {
	var got []zpair
	for member, score := range z.Range(from, to, reverse) {
		got = append(got, zpair{member, score})
	}
	return got
}

func TestZSetModel(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, seed))
	limits := DefaultLimits
	for _, entries := range []int64{0, 20, 1000} {
		limits.ZSetListpackEntries = entries
		z, m := NewZSet(&limits), zmodel{}
		for step := range 5000 {
			member := fmt.Sprint("m", r.IntN(300))
			switch r.IntN(8) {
			case 0, 1:
				require.Equal(t, m.remove(member), z.Remove([]byte(member)))
			case 2:
				rank, there := z.Rank([]byte(member))
				require.Equal(t, m.rank(member) >= 0, there)
				require.True(t, !there || rank == m.rank(member))
			case 3:
				if from := r.IntN(len(m) + 1); r.IntN(10) == 0 {
					to := min(from+r.IntN(20), len(m))
					z.RemoveRange(from, to)
					m = slices.Delete(m, from, to)
				}
			default:
				score := float64(r.IntN(40)) - 20
				require.Equal(t, m.rank(member) < 0, z.Put([]byte(member), score))
				m.put(member, score)
			}
			require.Equal(t, len(m), z.Len())
			if step%50 == 0 {
				sameAsModel(t, z, m, r)
			}
		}
	}
}

func sameAsModel(t *testing.T, z *ZSet, m zmodel, r *rand.Rand) {
	t.Helper()
	require.True(t, slices.Equal(m, collect(z, 0, z.Len(), false)))
	back := slices.Clone(m)
	slices.Reverse(back)
	require.True(t, slices.Equal(back, collect(z, 0, z.Len(), true)))
	require.True(t, slices.Equal(m, collect(z.Clone().(*ZSet), 0, z.Len(), false)))
	text := 0
	for i, p := range m {
		text += len(p.member)
		score, there := z.Score([]byte(p.member))
		require.True(t, there && score == p.score)
		member, _ := z.At(i)
		require.Equal(t, p.member, member)
	}
	require.Equal(t, zsetBase+z.scores.memory()+int64(len(m)*zsetMember+text), z.MemSize())

	q := &ScoreRange{float64(r.IntN(50) - 25), float64(r.IntN(50) - 25), r.IntN(2) == 0, r.IntN(2) == 0}
	n := 0
	for _, p := range m {
		above := p.score > q.Min || p.score == q.Min && !q.MinOpen
		below := p.score < q.Max || p.score == q.Max && !q.MaxOpen
		if above && below {
			n++
		}
	}
	from, to := z.Span(q, 0, false)
	require.Equal(t, n, to-from)
	if n > 0 {
		require.False(t, q.before(&znode{score: m[from].score}))
		require.False(t, q.after(&znode{score: m[to-1].score}))
	}
}

func TestZSetLexRange(t *testing.T) {
	for _, entries := range []int64{0, 128} {
		limits := DefaultLimits
		limits.ZSetListpackEntries = entries
		z := NewZSet(&limits)
		for _, m := range []string{"", "a", "b", "b\x00", "c", "\xff"} {
			z.Put([]byte(m), 1)
		}
		for _, c := range []struct {
			min, max LexBound
			from, to int
		}{
			{LexBound{Infinite: -1}, LexBound{Infinite: 1}, 0, 6},
			{LexBound{Infinite: 1}, LexBound{Infinite: -1}, 0, 0},
			{LexBound{Infinite: 1}, LexBound{Infinite: 1}, 0, 0},
			{LexBound{Text: "b"}, LexBound{Text: "b"}, 2, 3},
			{LexBound{Text: "b", Open: true}, LexBound{Infinite: 1}, 3, 6},
			{LexBound{Infinite: -1}, LexBound{Text: "c", Open: true}, 0, 4},
			{LexBound{Text: "c"}, LexBound{Text: "a"}, 0, 0},
			{LexBound{Text: "bb"}, LexBound{Text: "bc"}, 0, 0},
		} {
			from, to := z.Span(&LexRange{c.min, c.max}, 0, false)
			if c.from == c.to {
				require.Equal(t, from, to, c)
				continue
			}
			require.Equal(t, []int{c.from, c.to}, []int{from, to}, c)
		}
		skipped, to := z.Span(&LexRange{LexBound{Text: "a"}, LexBound{Text: "c"}}, 1, false)
		require.Equal(t, []int{2, 5}, []int{skipped, to})
		from, skipped := z.Span(&LexRange{LexBound{Text: "a"}, LexBound{Text: "c"}}, 1, true)
		require.Equal(t, []int{1, 4}, []int{from, skipped})
	}
}

func TestZSetEncoding(t *testing.T) {
	limits := DefaultLimits
	limits.ZSetListpackEntries, limits.ZSetListpackValue = 2, 4
	z := NewZSet(&limits)
	z.Put([]byte("a"), math.Copysign(0, -1))
	z.Put([]byte("b"), 1)
	require.Equal(t, "listpack", z.Encoding(&limits))
	score, _ := z.Score([]byte("a"))
	require.False(t, math.Signbit(score), "a compact set has no -0")

	z.Put([]byte("c"), math.Copysign(0, -1))
	require.Equal(t, "skiplist", z.Encoding(&limits))
	score, _ = z.Score([]byte("c"))
	require.True(t, math.Signbit(score))
	z.Remove([]byte("b"))
	require.Equal(t, "skiplist", z.Encoding(&limits), "it does not go back by itself")
	z.Shrink()
	require.Equal(t, "listpack", z.Encoding(&limits))
	score, _ = z.Score([]byte("c"))
	require.False(t, math.Signbit(score))

	z = NewZSet(&limits)
	z.Put([]byte("longer"), 1)
	require.Equal(t, "skiplist", z.Encoding(&limits))
	z = NewZSet(&limits)
	z.Expect(3)
	require.Equal(t, "skiplist", z.Encoding(&limits))
}

func TestZSetSampleAndScan(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{10, 500} {
		z := NewZSet(&DefaultLimits)
		for i := range n {
			z.Put(fmt.Append(nil, i), float64(i%7))
		}
		for k := range 11 {
			ranks := z.Sample(r, k)
			require.Len(t, ranks, k)
			require.True(t, !z.Compact() || slices.IsSorted(ranks))
			slices.Sort(ranks)
			require.Len(t, slices.Compact(ranks), k)
			require.True(t, k == 0 || ranks[0] >= 0 && ranks[k-1] < n)
		}
		seen := map[string]bool{}
		for cursor, more := uint64(0), true; more; more = cursor != 0 {
			cursor = z.Scan(cursor, 10, func(m string, score float64) {
				seen[m] = true
				real, _ := z.Score([]byte(m))
				require.Equal(t, real, score)
			})
		}
		require.Len(t, seen, n)
	}
}

func BenchmarkZSetPut(b *testing.B) {
	z := NewZSet(&DefaultLimits)
	r := rand.New(rand.NewPCG(1, 1))
	members := make([][]byte, 100_000)
	for i := range members {
		members[i] = fmt.Appendf(nil, "member:%d", i)
		z.Put(members[i], r.Float64())
	}
	b.ReportAllocs()
	for b.Loop() {
		z.Put(members[r.IntN(len(members))], r.Float64())
	}
}

func TestZSetFrom(t *testing.T) {
	z := NewZSet(&DefaultLimits)
	members := func(min float64) (found []string) {
		for member := range z.From(min) {
			found = append(found, member)
		}
		return found
	}
	require.Empty(t, members(0))
	for i, member := range []string{"a", "b", "c", "d"} {
		z.Put([]byte(member), float64(i/2))
	}
	require.Equal(t, []string{"a", "b", "c", "d"}, members(-1))
	require.Equal(t, []string{"a", "b", "c", "d"}, members(0))
	require.Equal(t, []string{"c", "d"}, members(0.5))
	require.Equal(t, []string{"c", "d"}, members(1))
	require.Empty(t, members(1.5))
	for member := range z.From(0) {
		require.Equal(t, "a", member)
		break
	}
}
