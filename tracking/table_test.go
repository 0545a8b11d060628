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

// random returns a source of random numbers whose seed a failed test shows.
func random(t *testing.T) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// contents copies a table into the plainest form.
func contents(t *table) map[string][]uint64 {
	m := map[string][]uint64{}
	for key, holders := range t.all() {
		m[key] = slices.Collect(holders.all())
	}
	return m
}

func TestTableAgainstModel(t *testing.T) {
	r := random(t)
	table := newTable()
	model := map[string]map[uint64]bool{}
	names := make([]string, 60)
	for i := range names { // of all lengths that are kept differently, and none
		names[i] = strings.Repeat("x", (i*7)%300) + fmt.Sprint(i)
	}
	names[0] = ""
	for range 50_000 {
		key := names[r.IntN(len(names))]
		switch n := r.IntN(1000); {
		case n < 800:
			id := r.Uint64N(40) + 1
			if model[key] == nil {
				model[key] = map[uint64]bool{}
			}
			require.Equal(t, !model[key][id], table.remember([]byte(key), id))
			model[key][id] = true
		case n < 997:
			if n%2 == 0 && table.len() > 0 {
				key = table.random(r)
				require.NotEmpty(t, model[key], "a random key is a key of the table")
			}
			holders, ok := table.take([]byte(key))
			require.Equal(t, len(model[key]) > 0, ok)
			if ok {
				require.Equal(t, slices.Sorted(maps.Keys(model[key])), slices.Collect(holders.all()))
			}
			delete(model, key)
		default:
			table.clear()
			clear(model)
		}
		items := 0
		for _, ids := range model {
			items += len(ids)
		}
		require.Equal(t, len(model), table.len())
		require.Equal(t, items, table.items)
	}
	want := map[string][]uint64{}
	for key, ids := range model {
		want[key] = slices.Sorted(maps.Keys(ids))
	}
	require.Equal(t, want, contents(&table))
	require.NoError(t, table.check())
}

// TestTableGrowsAndShrinks has the index split and be made anew.
func TestTableGrowsAndShrinks(t *testing.T) {
	r := random(t)
	table := newTable()
	const n = 30_000
	for _, i := range r.Perm(n) {
		require.True(t, table.remember(fmt.Appendf(nil, "key:%d", i), 1))
	}
	require.NoError(t, table.check())
	require.Greater(t, table.index.segments, n/segmentCells)
	require.Greater(t, len(table.chunks), n/chunkEntries)
	for left, i := range r.Perm(n) {
		h, ok := table.take(fmt.Appendf(nil, "key:%d", i))
		require.True(t, ok)
		require.Equal(t, []uint64{1}, slices.Collect(h.all()))
		if left%5000 == 0 || left > n-50 {
			require.NoError(t, table.check())
		}
	}
	require.Zero(t, table.len())
	require.LessOrEqual(t, table.index.segments, 8)
	require.LessOrEqual(t, len(table.chunks), 2)
}

// TestIndexWithOneHash: hashes may be equal, if never so many.
func TestIndexWithOneHash(t *testing.T) {
	var x index
	for place := range uint32(100) {
		x.add(segmentMask, place) // whose probing goes over the end
	}
	for place := uint32(0); place < 100; place += 2 {
		x.remove(segmentMask, place)
	}
	x.move(segmentMask, 7, 1000)
	for place := range uint32(100) {
		_, ok := x.find(segmentMask, func(p uint32) bool { return p == place })
		require.Equal(t, place%2 == 1 && place != 7, ok, "place %d", place)
	}
	_, ok := x.find(segmentMask, func(p uint32) bool { return p == 1000 })
	require.True(t, ok)
}

func TestHolders(t *testing.T) {
	const far = 1 << 32 // an id that takes more than 4 bytes
	var h holders
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
		require.Equal(t, step.new, h.add(step.id), "step %d", i)
		require.Equal(t, step.list, slices.Collect(h.all()), "step %d", i)
		require.Equal(t, len(step.list), h.len(), "step %d", i)
		require.True(t, h.has(step.id))
		require.False(t, h.has(4))
	}
	var only holders
	require.Zero(t, only.len())
	require.True(t, only.add(far))
	require.False(t, only.add(far))
	require.Equal(t, []uint64{far}, slices.Collect(only.all()))
	require.Equal(t, 1, only.len())
}

// TestHoldersAreSmall: what design promises of memory.
func TestHoldersAreSmall(t *testing.T) {
	var h holders
	require.Zero(t, testing.AllocsPerRun(100, func() {
		h = holders{}
		h.add(1)
	}), "a single holder stands in place")

	const n = 10_000
	for id := range uint64(n) {
		h.add(id + 1)
	}
	require.LessOrEqual(t, cap(h.many.low), n+n/4, "little is spare")
}

// TestRandomPicksAll: no key is spared by the table's limit.
func TestRandomPicksAll(t *testing.T) {
	r := random(t)
	table := newTable()
	for i := range 10 {
		table.remember(fmt.Appendf(nil, "k%d", i), 1)
	}
	seen := map[string]bool{}
	for range 1000 {
		seen[table.random(r)] = true
	}
	require.Len(t, seen, 10)
}
