package tracking

import (
	"encoding/binary"
	"math/bits"
)

// ref refers to a leaf or a node: its kind in the first bits, its place in the arena
// of that kind in the others. 0 is none.
type ref uint32

const (
	isLeaf ref = 1 << 31 // a leaf; else the next two bits say the kind of node

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

// leafPlace has two bits more than the place of a node.
func (r ref) leafPlace() uint32 { return uint32(r &^ isLeaf) }

// leaf is a key of the tree: the end of it that the path does not say, and its holders.
type leaf struct {
	holders holderRef
	piece   piece
}

// head is what nodes of all kinds begin with.
type head struct {
	keys  uint32 // below this node
	end   ref    // the leaf of the key that ends here, if there is one
	piece piece  // what all keys below have in common, after the byte that led here
	n     uint16 // children
}

// The kinds of nodes, by the number of children that they have room for.
type (
	// node4 and node16 list the bytes of their children in order.
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
	// node48 has for each byte 1 + the place of its child, or 0.
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

// piece returns that of a leaf or node.
func (t *nodes) piece(r ref) *piece {
	if r.leaf() {
		return &t.leaf(r).piece
	}
	return &t.head(r).piece
}

// setPiece replaces it. b must not be of the piece itself.
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

// child returns where a node refers to the child of a byte, nil if it has none.
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

// indexIn returns the first of 8 bytes that is b, 8 if none is. Where a byte of the
// difference is zero, taking one from it borrows.
func indexIn(word uint64, b byte) int {
	const ones = 0x0101010101010101
	x := word ^ ones*uint64(b)
	return bits.TrailingZeros64((x-ones)&^x&(ones<<7)) / 8
}

// next returns the first child whose byte is from or more, and its byte; 0 if there is
// none.
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
