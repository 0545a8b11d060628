package tracking

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestArenaAgainstModel(t *testing.T) {
	r := random(t)
	var a arena[int]
	model := map[uint32]int{} // place -> value
	retiring := []uint32{}    // places that must still be moved
	for i := range 40_000 {
		if r.IntN(1000) < 550-(i/4000%2)*100 { // growing and shrinking by turns
			place := a.add()
			require.NotZero(t, place)
			require.NotContains(t, model, place)
			require.Zero(t, *a.at(place), "a dropped value is gone")
			*a.at(place), model[place] = i, i
		}
		for place := range model {
			if r.IntN(2) == 0 {
				a.drop(place)
				delete(model, place)
			}
			break
		}
		switch {
		case len(retiring) > 0:
			place := retiring[0]
			retiring = retiring[1:]
			if value, there := model[place]; there {
				delete(model, place)
				model[a.renew(place)] = value
			}
			if len(retiring) == 0 {
				a.settle()
				for _, chunk := range a.retired {
					require.True(t, chunk == 0 || a.chunks[chunk] == nil, "retired chunks are given back")
				}
			}
		case r.IntN(2000) == 0 && len(model) > 0:
			a.retire()
			retiring = slices.Collect(maps.Keys(model))
		}
		require.Equal(t, len(model), a.n)
	}
	chunks := map[uint32]bool{0: true, a.current: true}
	for place, want := range model {
		require.Equal(t, want, *a.at(place))
		chunks[place/chunkPlaces] = true
	}
	require.LessOrEqual(t, a.chunkCount, len(chunks))
}

// TestArenaGivesBack: empty chunks take no memory, and get it back when they are filled.
func TestArenaGivesBack(t *testing.T) {
	var a arena[int]
	const n = 100 * chunkPlaces
	fill := func() (places []uint32) {
		for range n {
			places = append(places, a.add())
		}
		return places
	}
	places := fill()
	require.Equal(t, n/chunkPlaces+1, a.chunkCount)
	for _, place := range places[2:] {
		a.drop(place)
	}
	require.LessOrEqual(t, a.chunkCount, 2, "the first, which is not empty, and the one that is being filled")
	fill()
	require.Equal(t, n+2, a.n)
	require.LessOrEqual(t, len(a.chunks), n/chunkPlaces+2, "gaps are filled first")
}

// TestArenaUsesRetiredChunksAgain: an arena that is compacted again and again does not
// grow, so it never runs out of chunks.
func TestArenaUsesRetiredChunksAgain(t *testing.T) {
	var a arena[int]
	const n, chunks = 1000, 1000/chunkPlaces + 1
	place := make([]uint32, n)
	for range 600 { // more often than there are periods
		for i := range place {
			place[i] = a.add()
		}
		for _, p := range place[n/8:] {
			a.drop(p)
		}
		a.retire()
		for _, p := range place[:n/8] {
			a.drop(a.renew(p))
		}
		a.settle()
		require.NoError(t, a.check())
		require.LessOrEqual(t, len(a.chunks), 2*chunks)
	}
}
