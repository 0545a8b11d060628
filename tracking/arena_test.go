package tracking

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestArenaAgainstModel(t *testing.T) {
	r := random(t)
	var a arena[int]
	model := map[uint32]int{}
	for i := range 20_000 {
		if r.IntN(1000) < 500-(i/2000%2)*100+50 { // more and fewer of them, by turns
			place := a.add()
			require.NotZero(t, place)
			require.NotContains(t, model, place)
			require.Zero(t, *a.at(place), "what was dropped is gone")
			*a.at(place), model[place] = i, i
		}
		for place := range model {
			if r.IntN(2) == 0 {
				a.drop(place)
				delete(model, place)
			}
			break
		}
		require.Equal(t, len(model), a.n)
	}
	for place, want := range model {
		require.Equal(t, want, *a.at(place))
	}
}

// TestArenaGivesBack: chunks that are empty are no memory, and are made anew.
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
