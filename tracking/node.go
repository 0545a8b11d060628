package tracking

import (
	"encoding/binary"
	"math/bits"
)

// ref refers to a leaf or a node. Its high bits are the kind, the others are the place in
// the arena of that kind. 0 means none.
type ref uint32

const (
	isLeaf ref = 1 << 31 // set: a leaf; clear: the next two bits are the kind of node

	kindShift = 29
	kindMask  = 3 << kindShift
	kind4     = 0 << kindShift
	kind16    = 1 << kindShift
	kind48    = 2 << kindShift
	kind256   = 3 << kindShift
)

func (r ref) leaf() bool { return r&isLeaf != 0 }

func (r ref) kind() ref { return r & kindMask }

func (r ref) place() uint32 { return uint32(r &^ kindMask) }

// leafPlace returns the place of a leaf, which has two bits more than that of a node.
func (r ref) leafPlace() uint32 { return uint32(r &^ isLeaf) }

// leaf is a key of the tree: its holders, and the part of the key that the path to the
// leaf does not contain.
type leaf struct {
	holders holderRef
	piece   piece
}

// head is the beginning of a node of any kind.
type head struct {
	keys  uint32 // number of keys below this node
	end   ref    // the leaf of the key that ends here, if there is one
	piece piece  // the bytes that all keys below share, after the byte that led here
	n     uint16 // number of children
}

// The kinds of nodes, named after the number of children that they have room for.
type (
	// node4 and node16 list the bytes of their children in ascending order.
	node4 struct {
		head
		bytes    [4]byte
		children [4]ref
	}
	node16 struct {
		head
		bytes    [16]byte
		children [16]ref
	}
	// node48 has, for each byte, 1 + the index of its child, or 0 for no child.
	node48 struct {
		head
		index    [256]byte
		children [48]ref
	}
	node256 struct {
		head
		children [256]ref
	}
)

// nodes are the nodes and leaves of a tree.
type nodes struct {
	n4     arena[node4]
	n16    arena[node16]
	n48    arena[node48]
	n256   arena[node256]
	leaves arena[leaf]
	pieces pieces
}

// count returns the number of nodes and leaves. No arena holds more than that, since each
// node and leaf has at most one slot for its piece.
func (t *nodes) count() int { return t.n4.n + t.n16.n + t.n48.n + t.n256.n + t.leaves.n }

func (t *nodes) leaf(r ref) *leaf { return t.leaves.at(r.leafPlace()) }

func (t *nodes) head(r ref) *head {
	switch r.kind() {
	case kind4:
		return &t.n4.at(r.place()).head
	case kind16:
		return &t.n16.at(r.place()).head
	case kind48:
		return &t.n48.at(r.place()).head
	default:
		return &t.n256.at(r.place()).head
	}
}

// piece returns the piece of a leaf or node.
func (t *nodes) piece(r ref) *piece {
	if r.leaf() {
		return &t.leaf(r).piece
	}
	return &t.head(r).piece
}

// setPiece replaces the piece of a leaf or node. b must not share memory with the old one.
func (t *nodes) setPiece(r ref, b []byte) {
	x := t.piece(r)
	t.pieces.drop(*x)
	*x = t.pieces.put(b)
}

// keysBelow counts the keys of a subtree.
func (t *nodes) keysBelow(r ref) int {
	if r.leaf() {
		return 1
	}
	return int(t.head(r).keys)
}

// child returns the slot in which a node refers to its child for byte b, or nil if there
// is no such child.
func (t *nodes) child(r ref, b byte) *ref {
	switch r.kind() {
	case kind4:
		x := t.n4.at(r.place())
		if i := indexIn(uint64(binary.LittleEndian.Uint32(x.bytes[:])), b); i < int(x.n) {
			return &x.children[i&3]
		}
	case kind16:
		x := t.n16.at(r.place())
		i := indexIn(binary.LittleEndian.Uint64(x.bytes[:8]), b)
		if i == 8 {
			i += indexIn(binary.LittleEndian.Uint64(x.bytes[8:]), b)
		}
		if i < int(x.n) {
			return &x.children[i&15]
		}
	case kind48:
		x := t.n48.at(r.place())
		if i := x.index[b]; i != 0 {
			return &x.children[i-1]
		}
	default:
		if x := t.n256.at(r.place()); x.children[b] != 0 {
			return &x.children[b]
		}
	}
	return nil
}

// indexIn returns the index of the first of the 8 bytes of word that is b, or 8 if none
// is. In the difference, such a byte is zero, and subtracting one from it borrows.
func indexIn(word uint64, b byte) int {
	const ones = 0x0101010101010101
	x := word ^ ones*uint64(b)
	return bits.TrailingZeros64((x-ones)&^x&(ones<<7)) / 8
}

// next returns the first child whose byte is from or greater, and that byte. The child is
// 0 if there is none.
func (t *nodes) next(r ref, from int) (b int, child ref) {
	switch r.kind() {
	case kind4:
		x := t.n4.at(r.place())
		return nextOf(x.bytes[:x.n], x.children[:], from)
	case kind16:
		x := t.n16.at(r.place())
		return nextOf(x.bytes[:x.n], x.children[:], from)
	case kind48:
		x := t.n48.at(r.place())
		for b = from; b < 256; b++ {
			if i := x.index[b]; i != 0 {
				return b, x.children[i-1]
			}
		}
	default:
		x := t.n256.at(r.place())
		for b = from; b < 256; b++ {
			if x.children[b] != 0 {
				return b, x.children[b]
			}
		}
	}
	return 256, 0
}

func nextOf(bytes []byte, children []ref, from int) (int, ref) {
	for i, b := range bytes {
		if int(b) >= from {
			return int(b), children[i]
		}
	}
	return 256, 0
}
