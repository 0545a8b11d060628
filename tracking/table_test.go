package tracking

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// random returns a source of random numbers. A failed test shows its seed.
func random(t *testing.T) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// contents copies a table into a map from keys to holders.
func contents(t *table) map[string][]uint64 {
	m := map[string][]uint64{}
	t.under(nil, nil, func(key []byte, l *leaf) bool {
		m[string(key)] = t.held(key, l).Holders
		return true
	})
	return m
}

// families are kinds of keys that make different trees. Each function returns the i-th
// key.
var families = map[string]func(i int) string{
	"in order":        func(i int) string { return fmt.Sprintf("key:%012d", i) },
	"shuffled":        func(i int) string { return fmt.Sprintf("key:%012d", i*7919%10_007) },
	"numbers":         func(i int) string { return fmt.Sprintf("user:%d:profile", i) },
	"bytes":           func(i int) string { return string([]byte{byte(i * 37), byte(i >> 3), 0, byte(i)})[:i%5] },
	"long prefix":     func(i int) string { return strings.Repeat("p", 300+i%3) + fmt.Sprint(i) },
	"each others'":    func(i int) string { return strings.Repeat("a", i%600) },
	"NULs":            func(i int) string { return strings.Repeat("\x00", i%300) + "\x01"[:i%2] },
	"of many lengths": func(i int) string { return strings.Repeat("x", i*7%300) + fmt.Sprint(i) },
	"words": func(i int) string {
		return []string{"", "session:", "cart:", "cart:item:"}[i%4] + fmt.Sprintf("%x", uint32(i/4)*2654435761)
	},
}

// model is a simple map that the table is compared with.
type model map[string]map[uint64]bool

// step makes one random change to both.
func (m model) step(t *testing.T, r *rand.Rand, table *table, key string) {
	switch n := r.IntN(100); {
	case n < 60:
		id := r.Uint64N(4) + 1
		if n < 5 {
			id += 1<<31 - 3 // some of which are too large for a leaf
		}
		if m[key] == nil {
			m[key] = map[uint64]bool{}
		}
		require.Equal(t, !m[key][id], table.remember([]byte(key), id))
		m[key][id] = true
		require.True(t, table.holds([]byte(key), id))
		require.False(t, table.holds([]byte(key), 99))
	default:
		if n%4 == 0 && table.len() > 0 {
			key = string(table.random(r))
			require.NotEmpty(t, m[key], "a random key is a key of the table")
		}
		holders, ok := table.take([]byte(key))
		require.Equal(t, len(m[key]) > 0, ok)
		if ok {
			require.Equal(t, slices.Sorted(maps.Keys(m[key])), slices.Collect(holders.all()))
		}
		delete(m, key)
	}
	require.Equal(t, len(m), table.len())
}

// same compares the table with the model, and its pages with the model's sorted keys.
func (m model) same(t *testing.T, r *rand.Rand, table *table, key string) {
	t.Helper()
	want, items := map[string][]uint64{}, 0
	for key, ids := range m {
		want[key] = slices.Sorted(maps.Keys(ids))
		items += len(ids)
	}
	require.NoError(t, table.check())
	require.Equal(t, want, contents(table))
	require.Equal(t, items, table.items)
	sorted := slices.Sorted(maps.Keys(m))
	for rank, key := range sorted {
		require.Equal(t, key, string(table.at(rank)))
	}
	prefix, n := key[:r.IntN(len(key)+1)], 1+r.IntN(10)
	tracker := Tracker{table: *table}
	var paged []string
	for from, more := "", true; more; more = from != "" {
		var keys []HeldKey
		keys, from = tracker.Page(from, prefix, n)
		require.Equal(t, from != "", len(keys) == n && len(paged)+n < len(under(sorted, prefix)), "a page is full but for the last")
		for _, k := range keys {
			paged = append(paged, k.Key)
		}
	}
	require.True(t, slices.Equal(under(sorted, prefix), paged), "the pages under %q are %q", prefix, paged)
	keys, _ := tracker.Page(key, "", 1)
	if at, _ := slices.BinarySearch(sorted, key); at < len(sorted) {
		require.Equal(t, sorted[at], keys[0].Key)
	} else {
		require.Empty(t, keys)
	}
}

func under(keys []string, prefix string) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return !strings.HasPrefix(k, prefix) })
}

func TestTableAgainstModel(t *testing.T) {
	for name, family := range families {
		t.Run(name, func(t *testing.T) {
			r := random(t)
			var table table
			m := model{}
			for i := range 20_000 {
				span := []int{5, 60, 700, 10_000}[i/1000%4]
				m.step(t, r, &table, family(r.IntN(span)))
				if i%500 == 0 {
					m.same(t, r, &table, family(r.IntN(span)))
				}
				if r.IntN(1000) == 0 && !table.compacting {
					table.retire()
				}
				if r.IntN(7000) == 0 {
					table.clear()
					clear(m)
				}
			}
			m.same(t, r, &table, family(3))
			for key := range m {
				table.take([]byte(key))
			}
			require.NoError(t, table.check())
			require.Zero(t, table.root)
		})
	}
}

// FuzzTable reads a list of keys, each preceded by its length, and remembers or takes
// each of them.
func FuzzTable(f *testing.F) {
	f.Add([]byte("\x01a\x02ab\x00\x83abc\x01a\x81a"))
	f.Add([]byte("\x05key:1\x05key:2\x05key:3\x05key:4\x05key:5\x04key:\x85key:3"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var table table
		m := map[string][]uint64{}
		for len(in) > 0 {
			n, take := int(in[0]&0x7f), in[0]&0x80 != 0
			n = min(n, len(in)-1)
			key := in[1 : 1+n]
			in = in[1+n:]
			if n > 100 { // long ones, too, which begin alike
				key = append(slices.Repeat(key[:1], 4*n), key...)
			}
			if take {
				_, ok := table.take(key)
				require.Equal(t, m[string(key)] != nil, ok)
				delete(m, string(key))
			} else {
				require.Equal(t, m[string(key)] == nil, table.remember(key, 7))
				m[string(key)] = []uint64{7}
			}
		}
		require.NoError(t, table.check())
		require.Equal(t, m, contents(&table))
	})
}

// TestTableGrowsAndShrinks makes nodes of all kinds come and go.
func TestTableGrowsAndShrinks(t *testing.T) {
	r := random(t)
	var table table
	const n = 1 << 16
	key := func(i int) []byte { return []byte{byte(i), byte(i >> 8), byte(i >> 8 & 3)} }
	for i, k := range r.Perm(n) {
		require.True(t, table.remember(key(k), 1))
		if i%5000 == 0 {
			require.NoError(t, table.check())
		}
	}
	require.Equal(t, 257, table.n256.n)
	for left, k := range r.Perm(n) {
		h, ok := table.take(key(k))
		require.True(t, ok)
		require.Equal(t, []uint64{1}, slices.Collect(h.all()))
		if left%5000 == 0 || left > n-50 {
			require.NoError(t, table.check())
		}
	}
	require.Zero(t, table.len())
	require.Less(t, table.shape().Bytes, 500_000, "memory is given back")
}

// TestTableCompacts: when most keys have left, wherever they were, the others are moved
// together while keys come and go.
func TestTableCompacts(t *testing.T) {
	r := random(t)
	var table table
	const n, stay = 100_000, 2_000
	key := func(i int) []byte {
		if i%3 == 0 {
			return fmt.Appendf(nil, "key:%d", i)
		}
		return fmt.Appendf(nil, "%x:%s", uint32(i)*2654435761, strings.Repeat("x", i%40))
	}
	want := map[string][]uint64{}
	for i := range n {
		table.remember(key(i), 1)
		want[string(key(i))] = []uint64{1}
	}
	full := table.shape().Bytes
	compacted := false
	for i, k := range r.Perm(n)[stay:] {
		_, ok := table.take(key(k))
		require.True(t, ok)
		delete(want, string(key(k)))
		if table.compacting {
			compacted = true
			added := fmt.Appendf(nil, "%x", r.IntN(100))
			table.remember(added, 1)
			want[string(added)] = []uint64{1}
		}
		if i%5000 == 0 || table.compacting && i%100 == 0 {
			require.NoError(t, table.check())
		}
	}
	require.True(t, compacted)
	require.NoError(t, table.check())
	require.Equal(t, want, contents(&table))
	require.Less(t, table.shape().Bytes, full/5)
}

func TestTableAllocatesNothing(t *testing.T) {
	var table table
	r := random(t)
	for i := range compactCheck { // so that each run checks whether to compact
		table.remember(fmt.Appendf(nil, "some key: %d", i), 1)
	}
	a, b := []byte("some key: x, which is longer"), []byte("some key: 50")
	require.Zero(t, testing.AllocsPerRun(100, func() {
		table.remember(a, 1)
		table.take(a)
		table.take(b)
		table.remember(b, 1)
		table.holds(b, 1)
		table.random(r)
	}))
}

func TestHolders(t *testing.T) {
	const far = 1 << 32 // an id that takes more than 4 bytes
	var s sets
	var ref holderRef
	for i, step := range []struct {
		id   uint64
		new  bool
		list []uint64
	}{
		{7, true, []uint64{7}},
		{7, false, []uint64{7}},
		{3, true, []uint64{3, 7}},
		{3, false, []uint64{3, 7}},
		{7, false, []uint64{3, 7}},
		{9, true, []uint64{3, 7, 9}},
		{5, true, []uint64{3, 5, 7, 9}},
		{far, true, []uint64{3, 5, 7, 9, far}},
		{1, true, []uint64{1, 3, 5, 7, 9, far}},
		{far - 1, true, []uint64{1, 3, 5, 7, 9, far - 1, far}},
		{far, false, []uint64{1, 3, 5, 7, 9, far - 1, far}},
		{9, false, []uint64{1, 3, 5, 7, 9, far - 1, far}},
	} {
		require.Equal(t, step.new, s.add(&ref, step.id), "step %d", i)
		h := s.of(ref)
		require.Equal(t, step.list, slices.Collect(h.all()), "step %d", i)
		require.Equal(t, len(step.list), h.len(), "step %d", i)
		require.True(t, h.has(step.id))
		require.False(t, h.has(4))
	}
	h := s.take(ref)
	require.Equal(t, 7, h.len())
	require.Zero(t, s.n)
	for _, id := range []uint64{1<<31 - 1, 1 << 31, far} { // the last that a leaf has room for, and more
		var only holderRef
		none := s.of(only)
		require.Zero(t, none.len())
		require.True(t, s.add(&only, id))
		require.False(t, s.add(&only, id))
		h := s.of(only)
		require.Equal(t, []uint64{id}, slices.Collect(h.all()))
		require.Equal(t, 1, h.len())
		require.Equal(t, id >= 1<<31, only&inSet != 0)
	}
}

// TestHoldersAreSmall: holders take as little memory as DESIGN.md promises.
func TestHoldersAreSmall(t *testing.T) {
	var s sets
	require.Zero(t, testing.AllocsPerRun(100, func() {
		var h holderRef
		s.add(&h, 1)
	}), "a single holder stands in place")

	const n = 10_000
	var h holderRef
	for id := range uint64(n) {
		s.add(&h, id+1)
	}
	require.LessOrEqual(t, cap(s.set(h).low), n+n/4, "little is spare")
}

// TestRandomIsFair: random picks each key as often as any other, wherever in the tree it
// is and whatever has left.
func TestRandomIsFair(t *testing.T) {
	r := random(t)
	var table table
	for i := range 5000 {
		table.remember(fmt.Appendf(nil, "gone:%d", i), 1)
	}
	keys := []string{"", "a", "aa", "ab", "b", "key", "key:1", "key:2", "key:10", "key:100", strings.Repeat("l", 1000)}
	for i := range 89 {
		keys = append(keys, fmt.Sprintf("%c", i+128))
	}
	for _, key := range keys {
		table.remember([]byte(key), 1)
	}
	for i := range 5000 {
		table.take(fmt.Appendf(nil, "gone:%d", i))
	}
	const each = 2000
	seen := map[string]int{}
	for range each * len(keys) {
		seen[string(table.random(r))]++
	}
	require.Len(t, seen, len(keys))
	chi := 0.0
	for _, n := range seen {
		d := float64(n) - each
		chi += d * d / each
	}
	// Of 99 degrees of freedom: more than this is once in ten million runs.
	require.Less(t, chi, 185.0)
}

func TestShape(t *testing.T) {
	var table table
	require.Zero(t, table.shape().Bytes)
	for i := range 1000 {
		table.remember(fmt.Appendf(nil, "key:%03d", i), 1)
	}
	s := table.shape()
	require.Equal(t, [4]NodeShape{{Room: 4}, {16, 111, 1110}, {Room: 48}, {Room: 256}}, s.Nodes)
	require.Equal(t, 1000, s.Keys)
	require.Equal(t, 3, s.Depth)
	require.Equal(t, 3.0, s.MeanDepth)
	require.Less(t, s.Gaps, s.Bytes/4)
	table.remember([]byte("key:0010"), 1)
	s = table.shape()
	require.Equal(t, NodeShape{4, 1, 1}, s.Nodes[0])
	require.Equal(t, 4, s.Depth)
	table.clear()
	for _, key := range []string{"user:1", "user:10", "user:12", "video"} { // as the package comment draws it
		table.remember([]byte(key), 7)
	}
	s = table.shape()
	require.Equal(t, NodeShape{4, 2, 4}, s.Nodes[0])
	require.Equal(t, 1.75, s.MeanDepth)
	table.clear()
	require.Zero(t, table.shape().Bytes)
}

// BenchmarkTable measures what it costs to remember a new key, to remember it again, to
// pick one at random and to take it out, and the memory of a key. The keys come in order,
// or shuffled, in another order for each pass.
func BenchmarkTable(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		for _, shuffled := range []bool{false, true} {
			r := rand.New(rand.NewPCG(1, 2))
			var passes [4][][]byte
			for pass := range passes {
				for i := range n {
					passes[pass] = append(passes[pass], fmt.Appendf(nil, "key:%012d", i))
				}
				if shuffled {
					shuffle(r, passes[pass])
				}
			}
			b.Run(fmt.Sprintf("%d/shuffled=%t", n, shuffled), func(b *testing.B) { benchTable(b, passes) })
		}
	}
}

// shuffle shuffles the contents of the keys and not the slices, so that reading the keys
// one after the other still reads memory in order.
func shuffle(r *rand.Rand, keys [][]byte) {
	for i := range keys {
		j := i + r.IntN(len(keys)-i)
		for k := range keys[i] {
			keys[i][k], keys[j][k] = keys[j][k], keys[i][k]
		}
	}
}

func benchTable(b *testing.B, passes [4][][]byte) {
	names := []string{"ns/1-new", "ns/2-again", "ns/3-random", "ns/4-take"}
	var took [4]time.Duration
	bytes := 0
	for b.Loop() {
		var table table
		r := rand.New(rand.NewPCG(1, 2))
		for i, do := range []func(key []byte){
			func(key []byte) { table.remember(key, 7) },
			func(key []byte) { table.remember(key, 7) },
			func([]byte) { table.random(r) },
			func(key []byte) { table.take(key) },
		} {
			began := time.Now()
			for _, key := range passes[i] {
				do(key)
			}
			took[i] += time.Since(began)
			bytes = max(bytes, table.shape().Bytes)
		}
	}
	for i, name := range names {
		b.ReportMetric(float64(took[i])/float64(b.N*len(passes[i])), name)
	}
	b.ReportMetric(float64(bytes)/float64(len(passes[0])), "B/key")
	b.ReportMetric(0, "ns/op")
}
