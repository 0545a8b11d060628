package watch_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/internal/watch"
)

// A ring does what a slice would do that is cut at its size.
func TestRingAgainstASlice(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, size := range []int{1, 2, 15, 16, 17, 50, 1000} {
		ring := watch.NewRing[int](size)
		var model []int
		dropped := uint64(0)
		for i := range 3000 {
			if r.IntN(3) > 0 {
				ring.Put(i)
				model = append(model, i)
				if len(model) > size {
					model = model[1:]
					dropped++
				}
			} else {
				got, ok := ring.Take()
				require.Equal(t, len(model) > 0, ok)
				if ok {
					require.Equal(t, model[0], got)
					model = model[1:]
				}
			}
			require.Equal(t, dropped, ring.Dropped())
			require.Equal(t, len(model), ring.Len())
			for j, want := range model {
				require.Equal(t, want, *ring.At(j))
			}
		}
	}
}
