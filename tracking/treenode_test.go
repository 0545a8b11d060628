package tracking

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNode: the tree of the package comment, unfolded.
func TestNode(t *testing.T) {
	h := newFake()
	c := h.connect(2)
	for _, key := range []string{"user:1", "user:10", "user:12", "video"} {
		h.Remember(c[0], []byte(key))
	}
	h.Remember(c[1], []byte("user:1"))
	require.Equal(t, TreeNode{Room: 4, Keys: 4, Children: []TreeChild{
		{Byte: 'u', Piece: "ser:1", Room: 4, Keys: 3}, {Byte: 'v', Piece: "ideo", Keys: 1, Holders: 1},
	}}, h.Node(nil))
	user := TreeNode{Path: "user:1", Room: 4, Keys: 3, Holders: []uint64{1, 2}, Children: []TreeChild{
		{Byte: '0', Keys: 1, Holders: 1}, {Byte: '2', Keys: 1, Holders: 1},
	}}
	for _, path := range []string{"u", "user", "user:1"} {
		require.Equal(t, user, h.Node([]byte(path)))
	}
	require.Equal(t, TreeNode{Path: "video", Keys: 1, Holders: []uint64{1}}, h.Node([]byte("vid")))
	for _, path := range []string{"x", "user:2", "user:13", "user:100", "videos"} {
		require.Equal(t, TreeNode{Path: path}, h.Node([]byte(path)))
	}
	require.Equal(t, TreeNode{}, newFake().Node(nil))
}

// TestUnfoldedTreeIsTheTable: unfolding all nodes gives all keys in byte order, each with its
// holders, and every kind of node.
func TestUnfoldedTreeIsTheTable(t *testing.T) {
	h := newFake()
	c := h.connect(3)
	r := rand.New(rand.NewPCG(1, 1))
	for range 5000 {
		key := fmt.Appendf(nil, "%s%x", strings.Repeat("long", r.IntN(80)*r.IntN(2)), r.Uint32N(3000))
		if r.IntN(3) == 0 {
			key = append([]byte{byte(r.Uint32())}, key...)
		}
		h.Remember(c[r.IntN(3)], key)
	}
	rooms, keys := map[int]int{}, []HeldKey{}
	var unfold func(n TreeNode) int
	unfold = func(n TreeNode) (below int) {
		rooms[n.Room]++
		if n.Holders != nil {
			keys, below = append(keys, HeldKey{n.Path, n.Holders}), 1
		}
		for _, child := range n.Children {
			node := h.Node(append([]byte(n.Path), child.Byte))
			require.Equal(t, n.Path+string([]byte{child.Byte})+child.Piece, node.Path[:len(n.Path)+1+len(child.Piece)])
			require.Equal(t, [2]int{child.Room, child.Keys}, [2]int{node.Room, node.Keys})
			below += unfold(node)
		}
		require.True(t, slices.IsSortedFunc(n.Children, func(a, b TreeChild) int { return int(a.Byte) - int(b.Byte) }))
		require.Equal(t, n.Keys, below)
		return below
	}
	before := h.Snapshot()
	unfold(h.Node(nil))
	require.Equal(t, before.Keys, keys)
	require.Equal(t, before, h.Snapshot())
	for _, room := range []int{0, 4, 16, 48, 256} {
		require.Positive(t, rooms[room], "no node of kind %d", room)
	}
}
