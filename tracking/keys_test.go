package tracking

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPiecesOfAllLengths(t *testing.T) {
	var k pieces
	var list []piece
	var want []string
	for i := range 10 * pieceMax {
		want = append(want, strings.Repeat(string(rune('a'+i%26)), i%(pieceMax+1)))
		list = append(list, k.put([]byte(want[i])))
	}
	same := func() {
		t.Helper()
		for i := range list {
			require.Equal(t, want[i], string(k.bytes(&list[i])))
		}
	}
	same()
	// Dropped slots are used again, and the other pieces stay as they are.
	for i := 0; i < len(list); i += 3 {
		k.drop(list[i])
	}
	for i := 0; i < len(list); i += 3 {
		want[i] = strings.Repeat("z", len(want[i]))
		list[i] = k.put([]byte(want[i]))
	}
	same()
	for _, x := range list {
		k.drop(x)
	}
	for i := range k.classes {
		require.Zero(t, k.classes[i].n)
		require.LessOrEqual(t, k.classes[i].chunkCount, 2, "the first and the one that is being filled")
	}
}

// TestLongKeys: long keys are chains of nodes, which can be split, cut and joined
// anywhere.
func TestLongKeys(t *testing.T) {
	var table table
	base := strings.Repeat("0123456789abcdef", 64<<10) // a megabyte
	keys := []string{base, base + "x", base + "y", base[:1000], base[:255], base[:256], base[:257], "", base[:500] + "?", base[:1<<19] + "!"}
	for i, key := range keys {
		require.True(t, table.remember([]byte(key), 1))
		require.NoError(t, table.check(), "key %d", i)
	}
	for i, key := range keys {
		require.True(t, table.holds([]byte(key), 1))
		_, ok := table.take([]byte(key))
		require.True(t, ok)
		require.NoError(t, table.check(), "key %d", i)
	}
	require.Zero(t, table.n4.n, "no node of a chain is left")
	table.holds(nil, 1)
	require.LessOrEqual(t, cap(table.path), keepPath, "nor what the longest path took")
}

// TestTableGivesBackRoom: room that was taken by keys of other lengths, or by many more
// keys, does not stay allocated for ever.
func TestTableGivesBackRoom(t *testing.T) {
	var table table
	key := func(i, length int) []byte {
		return fmt.Appendf(nil, "%05d%s", i, strings.Repeat("x", length))
	}
	const n = 30_000
	for i := range n {
		table.remember(key(i, 200), 1)
	}
	before := table.shape().Bytes
	require.Greater(t, before, n*200)
	for i := range n { // as many keys, but short ones
		table.remember(key(i, 3), 1)
		table.take(key(i, 200))
	}
	require.Less(t, table.shape().Bytes, before/4)
	for i := range n - 10 {
		table.take(key(i, 3))
	}
	require.Less(t, table.shape().Bytes, 100_000)
	require.NoError(t, table.check())
}
