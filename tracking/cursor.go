package tracking

import "bytes"

// cursor walks through the keys of a tree in byte order. The tree must not change
// meanwhile.
type cursor struct {
	t     *tree
	stack []turn
	key   []byte // of the leaf that next returned
}

// turn is a leaf, or a node with children that are still to be visited.
type turn struct {
	r    ref
	at   int // length of the key before the node's piece
	from int // the children from this byte on are left; wholeNode: all, and the node's own key
}

const wholeNode = -1

// seek moves the cursor to before the first key at or after from. It visits only the
// nodes on the way there.
func (c *cursor) seek(from []byte) {
	t := c.t
	r, rest := t.root, from
	c.stack, c.key = c.stack[:0], nil
	for r != 0 {
		at := len(c.key)
		p := t.pieces.bytes(t.piece(r))
		same := common(p, rest)
		switch {
		case same == len(rest) || same < len(p) && p[same] > rest[same]:
			c.push(r, at, wholeNode)
			return
		case same < len(p) || r.leaf():
			return // all keys below are before from
		}
		b := rest[same]
		c.key = append(append(c.key, p...), b)
		c.push(r, at, int(b)+1)
		child := t.child(r, b)
		if child == nil {
			return
		}
		r, rest = *child, rest[same+1:]
	}
}

func (c *cursor) push(r ref, at, from int) { c.stack = append(c.stack, turn{r, at, from}) }

// next moves to the next key, stores it in c.key, and returns its leaf, or nil at the end.
func (c *cursor) next() *leaf {
	for len(c.stack) > 0 {
		top := &c.stack[len(c.stack)-1]
		r, at := top.r, top.at
		if r.leaf() {
			c.stack = c.stack[:len(c.stack)-1]
			l := c.t.leaf(r)
			c.key = append(c.key[:at], c.t.pieces.bytes(&l.piece)...)
			return l
		}
		h := c.t.head(r)
		if top.from == wholeNode {
			top.from = 0
			c.key = append(c.key[:at], c.t.pieces.bytes(&h.piece)...)
			if h.end != 0 {
				return c.t.leaf(h.end)
			}
		}
		b, child := c.t.next(r, top.from)
		if child == 0 {
			c.stack = c.stack[:len(c.stack)-1]
			continue
		}
		top.from = b + 1
		c.key = append(c.key[:at+int(h.piece.size)], byte(b))
		c.push(child, len(c.key), wholeNode)
	}
	return nil
}

// under yields the keys that begin with prefix, in byte order, starting at from, until
// yield returns false.
func (t *tree) under(prefix, from []byte, yield func(key []byte, l *leaf) bool) {
	if bytes.Compare(from, prefix) < 0 {
		from = prefix
	}
	c := cursor{t: t}
	c.seek(from)
	for l := c.next(); l != nil && bytes.HasPrefix(c.key, prefix); l = c.next() {
		if !yield(c.key, l) {
			return
		}
	}
}
