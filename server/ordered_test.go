package server

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func elements[T comparable](o *ordered[T]) []T { return slices.Collect(o.all()) }

func TestOrderedAgainstModel(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, most := range []int{3, smallSet + 2, 100} {
		var o ordered[int]
		var model []int
		for range 20_000 {
			v := r.IntN(most) + 1
			i := slices.Index(model, v)
			if r.IntN(2) == 0 {
				require.Equal(t, i < 0, o.add(v))
				if i < 0 {
					model = append(model, v)
				}
			} else {
				require.Equal(t, i >= 0, o.remove(v))
				if i >= 0 {
					model = slices.Delete(model, i, i+1)
				}
			}
			require.Equal(t, len(model), o.len())
			require.Equal(t, slices.Contains(model, v), o.find(v) >= 0)
			require.LessOrEqual(t, len(o.list), 2*len(model)+1, "holes do not add up")
		}
		require.Equal(t, model, append([]int{}, elements(&o)...))
	}
}

// What leaves while the set is gone through is not met any more, and nothing is left out.
func TestOrderedChangesWhileItIsGoneThrough(t *testing.T) {
	for _, n := range []int{5, smallSet, 1000} {
		for _, every := range []int{1, 2, 3} {
			var o ordered[int]
			for v := range n {
				o.add(v + 1)
			}
			left, met := map[int]bool{}, []int{}
			leave := func(v int) {
				left[v] = true
				o.remove(v)
			}
			for v := range o.all() {
				require.False(t, left[v], "%d has left", v)
				met = append(met, v)
				leave(v)
				if v%every == 0 && v < n {
					leave(n - v/every) // ahead or behind
				}
				o.add(n + v) // comes while others leave
			}
			for v := 1; v <= n; v++ {
				require.True(t, left[v] || slices.Contains(met, v))
			}
			require.True(t, slices.IsSorted(met))
		}
	}
}

// An empty set, and one that has become small, hold no memory of what was in them.
func TestOrderedGivesMemoryBack(t *testing.T) {
	var o ordered[*int]
	all := make([]int, 10_000)
	for i := range all {
		o.add(&all[i])
	}
	for i := range all[10:] {
		o.remove(&all[i])
	}
	require.Equal(t, 10, o.len())
	require.LessOrEqual(t, cap(o.list), 2*10)
	for i := range all {
		o.remove(&all[i])
	}
	require.Zero(t, o)
}

func TestFittedMap(t *testing.T) {
	m, room := map[int]int{}, 0
	for i := range 10 * fewEntries {
		m[i] = i
	}
	copies := 0
	for i := range 10 * fewEntries {
		if i%100 == 0 {
			continue
		}
		delete(m, i)
		before := room
		m = fitted(m, &room)
		if room < before {
			copies++
		}
	}
	require.Equal(t, 2, copies, "not one for each that leaves")
	require.Len(t, m, 103)
	require.Equal(t, 5000, m[5000])
}
