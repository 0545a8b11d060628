package tracking

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// lengths are those at which keys begin to be kept differently.
var lengths = []int{0, 1, 7, 8, 9, 16, 17, shortKey - 1, shortKey, shortKey + 1, 10_000}

func TestKeysOfAllLengths(t *testing.T) {
	var k keyStore
	names := make([]string, 0, 1000)
	refs := make([]keyRef, 0, 1000)
	for i := range 1000 {
		name := strings.Repeat(string(rune('a'+i%26)), lengths[i%len(lengths)])
		names, refs = append(names, name), append(refs, k.put([]byte(name)))
	}
	same := func() {
		t.Helper()
		for i, r := range refs {
			require.Equal(t, names[i], string(k.at(r)))
		}
	}
	same()
	// What is dropped is used again, and leaves the others as they are.
	room, long := k.room, len(k.long)
	for i := 0; i < len(refs); i += 3 {
		k.drop(refs[i])
	}
	require.Less(t, k.used, room*3/4)
	for i := 0; i < len(refs); i += 3 {
		names[i] = strings.Repeat("z", len(names[i]))
		refs[i] = k.put([]byte(names[i]))
	}
	same()
	require.Equal(t, room, k.room)
	require.Len(t, k.long, long)
	require.Empty(t, k.free)
}

// TestTableGivesBackRoom: what keys of other lengths took, or many more keys, does not
// stay for ever.
func TestTableGivesBackRoom(t *testing.T) {
	table := newTable()
	key := func(i, length int) []byte {
		k := []byte(strings.Repeat("x", length))
		k[0], k[1], k[2] = byte(i), byte(i>>8), byte(i>>16)
		return k
	}
	const n = 30_000
	for i := range n {
		table.remember(key(i, 200), 1)
	}
	require.Greater(t, table.keys.room, n*200)
	for i := range n { // as many keys, but short ones
		table.remember(key(i, 8), 1)
		table.take(key(i, 200))
	}
	require.Equal(t, n, table.len())
	require.Less(t, table.keys.room, n*200/2)
	require.NoError(t, table.check())
	for i := range n {
		require.True(t, table.holds(key(i, 8), 1))
	}
	for i := range n - 10 {
		table.take(key(i, 8))
	}
	require.LessOrEqual(t, table.keys.room, sparseRoom)
	require.NoError(t, table.check())
}

func TestKeysAllocateNothing(t *testing.T) {
	table := newTable()
	a, b := []byte("some key of a user"), []byte("another one, longer")
	table.remember(b, 1)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		table.remember(a, 1)
		table.take(a)
	}))
}
