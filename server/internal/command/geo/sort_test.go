package geo

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The first n elements are those of a full sort, and none is lost. Which of several equal
// ones they are only a real server can tell.
func TestSortFirst(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 5000 {
		s := make([]int, 1+r.IntN(100))
		for i := range s {
			s[i] = r.IntN(1 + r.IntN(100))
		}
		sorted := slices.Sorted(slices.Values(s))
		n := r.IntN(len(s) + 1)
		sortFirst(s, n, cmp.Compare[int])
		require.Equal(t, sorted[:n], s[:n])
		slices.Sort(s)
		require.Equal(t, sorted, s)
	}
}
