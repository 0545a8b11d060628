package keyspace

import (
	"iter"
	"slices"
)

// List is a sequence of strings that grows and shrinks at both ends in constant time. The
// elements lie in nodes (listnode.go) of up to 8 KiB, as in Redis. To find one by its
// index takes a look at each node between it and the nearer end. Inserting in the
// middle moves what is in one node.
//
// It copies what it is given. What it returns lies in its nodes, and is valid until the list
// changes. What was just taken from one end may be put in again at either.
//
// The zero List is empty and ready.
type List struct {
	nodes  ring[*listNode] // none of them is empty
	n      int
	text   int64 // bytes of all elements
	packed int64 // bytes that they would take in a listpack, see packedSize
	quick  bool  // outgrew a listpack
	left   bool  // PushFront added the last element
}

// What a List costs besides the text of its elements, as an estimate: the struct, each
// node, and an element's place in it.
const listOverhead, listNodeOverhead, listElement = 80, 96, 1

// Type returns TypeList.
func (l *List) Type() Type { return TypeList }

// MemSize estimates the bytes of the list.
func (l *List) MemSize() int64 {
	return listOverhead + listNodeOverhead*int64(l.nodes.n) + listElement*int64(l.n) + l.text
}

// Empty reports whether no element is left.
func (l *List) Empty() bool { return l.n == 0 }

// Clone copies the list.
func (l *List) Clone() Value {
	c := *l
	c.nodes.room = make([]*listNode, len(l.nodes.room))
	for i := range l.nodes.n {
		*c.nodes.at(i) = (*l.nodes.at(i)).clone()
	}
	return &c
}

// Len returns the number of elements.
func (l *List) Len() int { return l.n }

// find returns the node of element i and the element's place in it. For i = Len that is
// the place behind the last one.
func (l *List) find(i int) (node, at int) {
	if i < l.n/2 {
		for node = 0; ; node++ {
			n := (*l.nodes.at(node)).len()
			if i < n {
				return node, i
			}
			i -= n
		}
	}
	i = l.n - i // counted from the end
	for node = l.nodes.n - 1; ; node-- {
		n := (*l.nodes.at(node)).len()
		if i <= n {
			return node, n - i
		}
		i -= n
	}
}

// At returns element i, 0 <= i < Len.
func (l *List) At(i int) string {
	node, at := l.find(i)
	return (*l.nodes.at(node)).at(at)
}

// Range yields the elements from..to-1, which must exist. The list must not change during
// the walk.
func (l *List) Range(from, to int) iter.Seq[string] {
	return func(yield func(string) bool) {
		if from >= to {
			return
		}
		node, at := l.find(from)
		for left := to - from; left > 0; node, at = node+1, 0 {
			n := *l.nodes.at(node)
			for end := min(n.len(), at+left); at < end; at++ {
				if !yield(n.at(at)) {
					return
				}
				left--
			}
		}
	}
}

// Backward yields all elements, the last one first. The list must not change during the
// walk.
func (l *List) Backward() iter.Seq[string] {
	return func(yield func(string) bool) {
		for node := l.nodes.n - 1; node >= 0; node-- {
			n := *l.nodes.at(node)
			for at := n.len() - 1; at >= 0; at-- {
				if !yield(n.at(at)) {
					return
				}
			}
		}
	}
}

// Set replaces element i.
func (l *List) Set(i int, b []byte) {
	s := textOf(b)
	node, at := l.find(i)
	l.count((*l.nodes.at(node)).at(at), -1)
	l.count(s, 1)
	l.splice(node, at, at+1, s)
}

// PushBack adds an element at the end.
func (l *List) PushBack(b []byte) {
	s := textOf(b)
	if last := l.nodes.n - 1; last < 0 || !(*l.nodes.at(last)).push(s, false) {
		l.nodes.insert(last+1, newListNode(s, false))
	}
	l.n++
	l.left = false
	l.count(s, 1)
}

// PushFront adds an element at the beginning.
func (l *List) PushFront(b []byte) {
	s := textOf(b)
	if l.nodes.n == 0 || !(*l.nodes.at(0)).push(s, true) {
		l.nodes.insert(0, newListNode(s, true))
	}
	l.n++
	l.left = true
	l.count(s, 1)
}

// PopBack removes and returns the last element. The list must not be empty.
func (l *List) PopBack() []byte {
	last := l.nodes.n - 1
	return l.took(last, (*l.nodes.at(last)).pop(false))
}

// PopFront removes and returns the first element. The list must not be empty.
func (l *List) PopFront() []byte { return l.took(0, (*l.nodes.at(0)).pop(true)) }

// took accounts for an element that was taken from a node.
func (l *List) took(node int, s string) []byte {
	l.n--
	l.count(s, -1)
	if (*l.nodes.at(node)).len() == 0 {
		l.nodes.remove(node)
	}
	return bytesOf(s)
}

// Insert puts an element before element i; i may be Len.
func (l *List) Insert(i int, b []byte) {
	switch i {
	case 0:
		l.PushFront(b)
		return
	case l.n:
		l.PushBack(b)
		return
	}
	s := textOf(b)
	node, at := l.find(i)
	l.splice(node, at, at, s)
	l.n++
	l.count(s, 1)
}

// splice replaces the elements from..to-1 of a node by s. If that makes the node too large,
// it is split.
func (l *List) splice(node, from, to int, s string) {
	n := *l.nodes.at(node)
	if n.splice(from, to, s) {
		return
	}
	all := make([]string, 0, n.len()+1)
	for i := range n.len() {
		all = append(all, n.at(i))
	}
	all = slices.Replace(all, from, to, s)
	l.nodes.remove(node)
	for _, half := range halves(all) {
		l.nodes.insert(node, packListNode(half))
		node++
	}
}

// RemoveEqual removes elements equal to v and returns how many: the first max of
// them, the last -max if max is negative, or all if it is 0.
func (l *List) RemoveEqual(v []byte, max int64) int {
	skip, left := l.choose(v, max)
	before := l.n
	var kept []string
	for node := 0; node < l.nodes.n && left > 0; node++ {
		n := *l.nodes.at(node)
		kept = kept[:0]
		for i := range n.len() {
			s := n.at(i)
			switch {
			case left == 0 || s != string(v):
			case skip > 0:
				skip--
			default:
				left--
				continue
			}
			kept = append(kept, s)
		}
		l.n -= n.len() - len(kept)
		switch {
		case len(kept) == 0:
			l.nodes.remove(node)
			node--
		case len(kept) < n.len():
			*l.nodes.at(node) = packListNode(kept)
		}
	}
	l.count(textOf(v), int64(l.n-before))
	return before - l.n
}

// choose turns the max of RemoveEqual into how many equal elements to skip from the
// front and how many to remove after them.
func (l *List) choose(v []byte, max int64) (skip, remove int) {
	switch {
	case max > 0:
		return 0, int(min(max, int64(l.n)))
	case max == 0:
		return 0, l.n
	}
	found := 0
	for s := range l.Range(0, l.n) {
		if s == string(v) {
			found++
		}
	}
	// For the smallest integer -max would overflow; found + max does not.
	if int64(found)+max > 0 {
		return int(int64(found) + max), int(-max)
	}
	return 0, found
}

// Trim keeps the elements from..to-1.
func (l *List) Trim(from, to int) {
	for l.n > to {
		l.PopBack()
	}
	for range min(from, l.n) {
		l.PopFront()
	}
}

// count accounts for n copies of element s.
func (l *List) count(s string, n int64) {
	l.text += n * int64(len(s))
	l.packed += n * packedSize(s)
}
