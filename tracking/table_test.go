package tracking

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
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
	for _, e := range t.entries {
		var buf [1]uint64
		m[e.key] = slices.Clone(e.holders.list(&buf))
	}
	return m
}

func TestTableAgainstModel(t *testing.T) {
	r := random(t)
	var table table
	model := map[string]map[uint64]bool{}
	for range 50_000 {
		key := fmt.Sprintf("k%d", r.IntN(60))
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
				var buf [1]uint64
				require.Equal(t, slices.Sorted(maps.Keys(model[key])), holders.list(&buf))
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
}

func TestHolders(t *testing.T) {
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
		{1, true, []uint64{1, 3, 5, 7, 9}},
		{9, false, []uint64{1, 3, 5, 7, 9}},
	} {
		var buf [1]uint64
		require.Equal(t, step.new, h.add(step.id), "step %d", i)
		require.Equal(t, step.list, h.list(&buf), "step %d", i)
		require.Equal(t, len(step.list), h.len(), "step %d", i)
	}
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
	require.LessOrEqual(t, cap(*h.many), n+n/8+2, "no more than an eighth is spare")
}

// TestRandomPicksAll: no key is spared by the table's limit.
func TestRandomPicksAll(t *testing.T) {
	r := random(t)
	var table table
	for i := range 10 {
		table.remember(fmt.Appendf(nil, "k%d", i), 1)
	}
	seen := map[string]bool{}
	for range 1000 {
		seen[table.random(r)] = true
	}
	require.Len(t, seen, 10)
}
