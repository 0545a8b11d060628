package keyspace

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDictAgainstMap(t *testing.T) {
	const seed = 5
	r := rand.New(rand.NewPCG(seed, 0))
	var d Dict[int]
	model := map[string]int{}
	var order []string // oldest first
	for step := range 20000 {
		// The number of keys goes up and down, so that the table grows and shrinks.
		span := 1 + 200*(step/1000%3)
		key := strconv.Itoa(r.IntN(span))
		switch old, there := model[key]; r.IntN(4) {
		case 0, 1:
			require.Equal(t, !there, d.Put(key, step), "seed %d", seed)
			if !there {
				order = append(order, key)
			}
			model[key] = step
		case 2:
			require.Equal(t, there, d.Delete([]byte(key)), "seed %d", seed)
			delete(model, key)
			order = slices.DeleteFunc(order, func(k string) bool { return k == key })
		default:
			got, ok := d.Get([]byte(key))
			require.Equal(t, there, ok)
			require.Equal(t, old, got)
			require.Equal(t, there, d.Has([]byte(key)))
			require.Equal(t, there, d.Ref([]byte(key)) != nil)
		}
		require.Equal(t, len(model), d.Len(), "seed %d", seed)
		if d.Len() > 0 {
			k, v := d.Random(r)
			require.Equal(t, model[k], v)
		}
		if step%500 == 0 {
			require.Equal(t, model, maps.Collect(d.All()), "seed %d", seed)
			keys := []string{}
			for k := range d.All() {
				keys = append(keys, k)
			}
			require.Equal(t, append([]string{}, order...), keys)
		}
	}
	d.Clear()
	require.Zero(t, d.Len())
	require.False(t, d.Delete([]byte("1")))
}

// A scan returns everything that is there from its beginning to its end, whatever
// comes and goes meanwhile, and it ends.
func TestDictScanGuarantee(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		var d Dict[bool]
		kept := map[string]bool{}
		for i := range 300 {
			key := "k" + strconv.Itoa(i)
			d.Put(key, true)
			if r.IntN(4) == 0 {
				kept[key] = true
			}
		}
		seen := map[string]bool{}
		next, steps := 0, 0
		for cursor := uint64(0); ; steps++ {
			require.Less(t, steps, 1000, "the scan does not end, seed %d", seed)
			cursor = d.Scan(cursor, 1+r.IntN(10), func(key string, _ bool) { seen[key] = true })
			if cursor == 0 {
				break
			}
			for range r.IntN(20) {
				d.Put("new"+strconv.Itoa(next), true)
				next++
			}
			dropSome(&d, kept, r)
		}
		for key := range kept {
			require.True(t, seen[key], "%s was passed over, seed %d", key, seed)
		}
	}
}

// dropSome deletes keys that need not be kept, now and then all of them, so that
// the table is compacted.
func dropSome(d *Dict[bool], kept map[string]bool, r *rand.Rand) {
	all := r.IntN(6) == 0
	var drop []string
	for key := range d.All() {
		if !kept[key] && (all || r.IntN(8) == 0) {
			drop = append(drop, key)
		}
	}
	for _, key := range drop {
		d.Delete([]byte(key))
	}
}

func TestDictScanCursor(t *testing.T) {
	var d Dict[int]
	require.Zero(t, d.Scan(0, 10, nil), "an empty table is walked at once")
	d.Put("a", 1)
	// A cursor that was never returned starts anew and still ends.
	n := 0
	require.Zero(t, d.Scan(1<<63, 10, func(string, int) { n++ }))
	require.Equal(t, 1, n)
}

func TestDictRandomIsFair(t *testing.T) {
	var d Dict[int]
	for i := range 40 {
		d.Put(strconv.Itoa(i), i)
	}
	for i := 10; i < 25; i++ { // leaves dead slots
		d.Delete([]byte(strconv.Itoa(i)))
	}
	const rounds = 25000
	r := rand.New(rand.NewPCG(3, 3))
	hits := map[string]int{}
	for range rounds {
		k, _ := d.Random(r)
		hits[k]++
	}
	require.Len(t, hits, 25)
	for k, n := range hits {
		require.InDelta(t, rounds/25, n, 200, k)
	}
}

// With many keys the tables of the index split and the directory doubles. Deleting in another
// order leaves no gap on the way to a key.
func TestDictManyKeys(t *testing.T) {
	const n, seed = 20_000, 9
	r := rand.New(rand.NewPCG(seed, 0))
	var d Dict[int]
	for i := range n {
		require.True(t, d.Put(strconv.Itoa(i), i))
	}
	require.Greater(t, len(d.index.directory), n/mostPlaces)
	gone := make([]bool, n)
	for left, i := range r.Perm(n) {
		require.True(t, d.Delete([]byte(strconv.Itoa(i))))
		gone[i] = true
		require.Equal(t, n-left-1, d.Len())
		for range 3 {
			i := r.IntN(n)
			require.Equal(t, !gone[i], d.Has([]byte(strconv.Itoa(i))), "%d of %d, seed %d", i, left, seed)
		}
	}
	require.Nil(t, d.index, "few slots need none")
}

func TestDictEmptyKey(t *testing.T) {
	var d Dict[int]
	require.False(t, d.Has(nil))
	for range 3 * searchMax {
		require.True(t, d.Put("", 1))
		require.Equal(t, 1, d.Len())
		require.True(t, d.Has([]byte{}))
		require.True(t, d.Delete(nil))
		require.False(t, d.Has(nil))
	}
}
