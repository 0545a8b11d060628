package tracking

import (
	"encoding/binary"
	"math/bits"
)

// tree is the adaptive radix tree: the keys of the table, each with a leaf.
//
// Nothing here recurses down the tree, and no change copies more than pieceMax bytes of
// a key in the tree. So a key of 512 MB makes a long path, and causes no other trouble.
type tree struct {
	nodes
	root ref
	n    int // number of keys

	path []step // nodes on the path of the last search
	buf  []byte // for keys put together from their pieces

	compacting bool
	compacted  []byte // the next key to be compacted is the first at or after this one
}

// step is a node on the way to a key.
type step struct {
	slot *ref // the slot that refers to it
	b    byte // the byte of that slot
}

// spot is where a search ended.
type spot struct {
	step        // to the last leaf or node that was visited, or to an empty slot
	rest []byte // the rest of the key there
	same int    // number of bytes that rest and the piece there have in common
	leaf ref    // the leaf of the key, if the key is in the tree
}

// search looks for a key, and leaves the nodes on its way in t.path.
func (t *tree) search(key []byte) spot {
	if cap(t.path) > keepPath {
		t.path = nil
	}
	t.path = t.path[:0]
	at := step{slot: &t.root}
	for rest := key; ; {
		r, same := *at.slot, 0
		switch {
		case r == 0:
			return spot{at, rest, 0, 0}
		case r.leaf():
			p := t.pieces.bytes(&t.leaf(r).piece)
			if same = common(p, rest); same < len(p) || same < len(rest) {
				r = 0
			}
			return spot{at, rest, same, r}
		}
		h := t.head(r)
		if h.piece.size > 0 {
			p := t.pieces.bytes(&h.piece)
			if same = common(p, rest); same < len(p) {
				return spot{at, rest, same, 0}
			}
		}
		t.path = append(t.path, at)
		if same == len(rest) {
			return spot{at, rest, same, h.end}
		}
		child := t.child(r, rest[same])
		if child == nil {
			return spot{at, rest, same, 0}
		}
		at = step{child, rest[same]}
		rest = rest[same+1:]
	}
}

// found returns the leaf that a search has found, or nil if the key is not in the tree.
func (t *tree) found(s spot) *leaf {
	if s.leaf == 0 {
		return nil
	}
	return t.leaf(s.leaf)
}

// common returns the length of the longest common prefix of a and b.
func common(a, b []byte) int {
	n, i := min(len(a), len(b)), 0
	for ; i+8 <= n; i += 8 {
		if x := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); x != 0 {
			return i + bits.TrailingZeros64(x)/8
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

// insert adds the key of a search that did not find it, and returns the new leaf.
func (t *tree) insert(s spot) *leaf {
	t.n++
	for _, above := range t.path {
		t.head(*above.slot).keys++
	}
	r := *s.slot
	var added ref
	switch {
	case r == 0:
		*s.slot, added = t.branch(s.rest)
	case r.leaf() || s.same < int(t.head(r).piece.size):
		added = t.split(s)
	case s.same == len(s.rest):
		_, added = t.branch(nil)
		t.head(r).end = added
	default:
		var b ref
		b, added = t.branch(s.rest[s.same+1:])
		t.addChild(s.slot, s.rest[s.same], b)
	}
	return t.leaf(added)
}

// branch makes a leaf for the rest of a key. If the rest is too long for one piece, a
// chain of nodes with one child each leads to the leaf; top is the first of them.
func (t *tree) branch(rest []byte) (top, leaf ref) {
	slot := &top
	for len(rest) > pieceMax {
		r := t.newNode(rest[:pieceMax])
		t.head(r).keys = 1
		t.addChild(&r, rest[pieceMax], 0)
		*slot = r
		slot, rest = t.child(r, rest[pieceMax]), rest[pieceMax+1:]
	}
	leaf = isLeaf | ref(t.leaves.add())
	t.leaf(leaf).piece = t.pieces.put(rest)
	*slot = leaf
	return top, leaf
}

// split puts a new node where a key departs from the piece of a leaf or node. The old
// leaf or node and the new leaf become its children.
func (t *tree) split(s spot) (added ref) {
	var buf [pieceMax]byte
	old := *s.slot
	p := append(buf[:0], t.pieces.bytes(t.piece(old))...)
	r := t.newNode(p[:s.same])
	t.head(r).keys = uint32(t.keysBelow(old)) + 1
	if s.same < len(p) {
		t.setPiece(old, p[s.same+1:])
		t.addChild(&r, p[s.same], old)
	} else {
		t.setPiece(old, nil)
		t.head(r).end = old
	}
	if s.same < len(s.rest) {
		var b ref
		b, added = t.branch(s.rest[s.same+1:])
		t.addChild(&r, s.rest[s.same], b)
	} else {
		_, added = t.branch(nil)
		t.head(r).end = added
	}
	*s.slot = r
	return added
}

// remove takes out the key of a search that found it.
func (t *tree) remove(s spot) {
	t.n--
	for _, above := range t.path {
		t.head(*above.slot).keys--
	}
	t.pieces.drop(t.leaf(s.leaf).piece)
	t.leaves.drop(s.leaf.leafPlace())
	last := len(t.path) - 1
	if *s.slot != s.leaf { // the key ends in a node
		t.head(*s.slot).end = 0
	} else {
		t.cut(last, s.step)
	}
	for ; last >= 0; last-- {
		slot := t.path[last].slot
		if h := t.head(*slot); h.n > 0 || h.end != 0 {
			t.join(slot)
			break
		}
		t.dropNode4(*slot)
		t.cut(last-1, t.path[last])
	}
	clear(t.path) // it points into chunks that the collector may have now
	if cap(t.path) > keepPath {
		t.path = nil
	}
}

// cut removes a child from the node at a depth of the path. At depth -1 it removes the
// root of the tree.
func (t *tree) cut(depth int, child step) {
	if depth < 0 {
		t.root = 0
		return
	}
	t.removeChild(t.path[depth].slot, child.b)
}

// join replaces a node that has only one child, or only a key of its own, by that child
// or leaf, if the pieces of both fit into one.
func (t *tree) join(slot *ref) {
	r := *slot
	h := t.head(r)
	if h.n > 1 || h.n == 1 && h.end != 0 {
		return
	}
	var buf [2*pieceMax + 1]byte
	p := append(buf[:0], t.pieces.bytes(&h.piece)...)
	below := h.end
	if below == 0 {
		var b int
		b, below = t.next(r, 0)
		p = append(append(p, byte(b)), t.pieces.bytes(t.piece(below))...)
	}
	if len(p) > pieceMax {
		return
	}
	t.setPiece(below, p)
	*slot = below
	t.dropNode4(r)
}

// keepPath and keepKey are the most room, in steps and bytes, that is kept for the next
// path and key. Longer paths and keys give their memory back.
const (
	keepPath = 1 << 10
	keepKey  = 64 << 10
)

// at returns the key that has n others before it.
func (t *tree) at(n int) []byte {
	if cap(t.buf) > keepKey {
		t.buf = nil
	}
	key, r := t.buf[:0], t.root
	for {
		key = append(key, t.pieces.bytes(t.piece(r))...)
		if r.leaf() {
			break
		}
		if t.head(r).end != 0 {
			if n == 0 {
				break
			}
			n--
		}
		b, child := t.next(r, 0)
		for k := t.keysBelow(child); n >= k; k = t.keysBelow(child) {
			n -= k
			b, child = t.next(r, b+1)
		}
		key = append(key, byte(b))
		r = child
	}
	t.buf = key
	return key
}
