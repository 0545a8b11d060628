package keyspace

import "slices"

// listNode is a run of elements of a list: their texts, one behind the other. It grows at the
// end of its text only. So a node is made at one end of the list or at the other, and one
// made at the front has its elements from last to first.
type listNode struct {
	text     []byte
	ends     []uint16 // where each element ends; nil while all have the same length
	width    int32    // that length
	n        uint16   // elements in the text
	gone     uint16   // how many of them were taken from its beginning
	backward bool
}

// The most bytes and elements of a node. An element with more bytes has a node of its own.
const listNodeText, listNodeElements = 8 << 10, 2048

func newListNode(s string, backward bool) *listNode {
	n := &listNode{backward: backward}
	n.add(s)
	return n
}

// packListNode makes a node of elements.
func packListNode(elements []string) *listNode {
	n := &listNode{}
	for _, s := range elements {
		n.add(s)
	}
	n.seal()
	return n
}

// halves returns what nodes can hold: all elements, or half of them at a time.
func halves(elements []string) [][]string {
	size := 0
	for _, s := range elements {
		size += len(s)
	}
	if len(elements) <= 1 || size <= listNodeText && len(elements) <= listNodeElements {
		return [][]string{elements}
	}
	half := len(elements) / 2
	return append(halves(elements[:half]), halves(elements[half:])...)
}

func (n *listNode) len() int { return int(n.n - n.gone) }

// at returns element i.
func (n *listNode) at(i int) string {
	if n.backward {
		return n.stored(int(n.n) - 1 - i)
	}
	return n.stored(int(n.gone) + i)
}

// stored returns the element at place i of the text.
func (n *listNode) stored(i int) string { return textOf(n.text[n.start(i):n.start(i+1)]) }

// start returns where the element at place i of the text begins.
func (n *listNode) start(i int) int {
	switch {
	case n.ends == nil:
		return i * int(n.width)
	case i == 0:
		return 0
	}
	return int(n.ends[i-1])
}

// push adds an element at the front or the back, if the node grows there and has room.
func (n *listNode) push(s string, front bool) bool {
	if n.backward != front {
		return false
	}
	if len(n.text)+len(s) > listNodeText || n.n >= listNodeElements {
		n.seal()
		return false
	}
	n.add(s)
	return true
}

// seal gives back the room behind the text. The node will hardly grow any more.
func (n *listNode) seal() {
	if cap(n.text)-len(n.text) > len(n.text)/8 {
		n.text = slices.Clone(n.text)
	}
	if cap(n.ends)-len(n.ends) > len(n.ends)/8 {
		n.ends = slices.Clone(n.ends)
	}
}

func (n *listNode) add(s string) {
	n.measure(s)
	n.text = append(n.text, s...)
	n.n++
	if n.ends != nil {
		n.ends = append(n.ends, uint16(len(n.text)))
	}
}

// measure makes the ends if an element that is about to come has another length than all
// others.
func (n *listNode) measure(s string) {
	switch {
	case n.n == 0:
		n.width, n.ends = int32(len(s)), nil
	case n.ends == nil && len(s) != int(n.width):
		n.ends = make([]uint16, n.n)
		for i := range n.ends {
			n.ends[i] = uint16((i + 1) * int(n.width))
		}
	}
}

// pop takes the first or the last element.
func (n *listNode) pop(front bool) string {
	if n.backward != front {
		n.gone++
		return n.stored(int(n.gone) - 1)
	}
	s := n.stored(int(n.n) - 1)
	n.n--
	n.text = n.text[:len(n.text)-len(s)]
	if n.ends != nil {
		n.ends = n.ends[:n.n]
	}
	return s
}

// splice replaces the elements from..to-1, of which there is one at most, by s, if the node
// has room and none of its elements is longer than that.
func (n *listNode) splice(from, to int, s string) bool {
	at := int(n.gone) + from
	if n.backward {
		at = int(n.n) - to
	}
	begin, end := n.start(at), n.start(at+to-from)
	more := len(s) - (end - begin)
	if max(len(n.text), len(n.text)+more) > listNodeText || n.n >= listNodeElements {
		return false
	}
	n.measure(s)
	n.text = slices.Replace(n.text, begin, end, bytesOf(s)...)
	if from == to {
		n.n++
	}
	if n.ends == nil {
		return true
	}
	if from == to {
		n.ends = slices.Insert(n.ends, at, uint16(begin))
	}
	for i := at; i < len(n.ends); i++ {
		n.ends[i] = uint16(int(n.ends[i]) + more)
	}
	return true
}

func (n *listNode) clone() *listNode {
	c := *n
	c.text, c.ends = slices.Clone(n.text), slices.Clone(n.ends)
	return &c
}
