package tracking

import "slices"

// TreeNode is a node of the radix tree of the tracking table, or a leaf, together with what
// is right below it.
type TreeNode struct {
	Path     string      // what all keys from here on begin with; for a leaf, its key
	Room     int         // the kind: 4, 16, 48 or 256 children; 0 for a leaf
	Keys     int         // the number of keys from here on; 0 if there are none, and so no node
	Holders  []uint64    // of the key Path, ascending; nil if it is not in the table
	Children []TreeChild // by Byte, ascending
}

// TreeChild is a node or leaf as its parent sees it.
type TreeChild struct {
	Byte    byte   // with which its keys go on behind the parent's Path
	Piece   string // the bytes that they share after that one
	Room    int    // as in TreeNode
	Keys    int    // as in TreeNode
	Holders int    // of a leaf: how many it has
}

// Node returns the topmost node or leaf whose keys all begin with path: the root for the empty one. So
// a child is found by its parent's Path and its Byte. If no key begins with path, Keys is 0.
//
// It takes time in proportion to the length of path and the number of children and
// holders, and changes nothing.
func (t *Tracker) Node(path []byte) TreeNode {
	r, whole := t.table.below(path)
	if r == 0 {
		return TreeNode{Path: string(path)}
	}
	n := TreeNode{Path: string(whole), Room: t.table.room(r), Keys: t.table.keysBelow(r)}
	end := r
	if !r.leaf() {
		end = t.table.head(r).end
		n.Children = t.table.childrenOf(r)
	}
	if end != 0 {
		h := t.table.sets.of(t.table.leaf(end).holders)
		n.Holders = slices.AppendSeq(make([]uint64, 0, h.len()), h.all())
	}
	return n
}

// below returns the topmost node or leaf whose keys all begin with path, or 0, and all that
// they begin with.
func (t *tree) below(path []byte) (r ref, whole []byte) {
	r = t.root
	for rest := path; r != 0; {
		p := t.pieces.bytes(t.piece(r))
		whole = append(whole, p...)
		same := common(p, rest)
		switch {
		case same == len(rest):
			return r, whole
		case same < len(p) || r.leaf():
			return 0, nil
		}
		child := t.child(r, rest[same])
		if child == nil {
			return 0, nil
		}
		whole = append(whole, rest[same])
		r, rest = *child, rest[same+1:]
	}
	return 0, nil
}

func (t *table) childrenOf(r ref) []TreeChild {
	list := make([]TreeChild, 0, t.head(r).n)
	for b, child := t.next(r, 0); child != 0; b, child = t.next(r, b+1) {
		c := TreeChild{Byte: byte(b), Piece: string(t.pieces.bytes(t.piece(child))), Room: t.room(child), Keys: t.keysBelow(child)}
		if child.leaf() {
			h := t.sets.of(t.leaf(child).holders)
			c.Holders = h.len()
		}
		list = append(list, c)
	}
	return list
}

// room returns how many children a node of this kind has room for, 0 for a leaf.
func (t *nodes) room(r ref) int {
	if r.leaf() {
		return 0
	}
	return [...]int{4, 16, 48, 256}[r.kind()>>kindShift]
}
