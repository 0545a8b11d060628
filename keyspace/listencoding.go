package keyspace

import "slices"

// A list is called a listpack until it outgrows list-max-listpack-size. It is then
// a quicklist until it has shrunk to half of the limit. Redis goes back only when
// one node of the quicklist is left; a List has no nodes, so it may go back a
// little earlier.

// listpackNodeMax is the size in bytes of a listpack for list-max-listpack-size -1
// to -5.
var listpackNodeMax = [...]int64{4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10}

// listpackSafe bounds the bytes when the setting counts elements.
const listpackSafe = 8 << 10

// emptyListpack is the size in bytes of a listpack without elements.
const emptyListpack = 7

// Expect tells the list that n elements with that many bytes are about to be
// inserted. Redis decides by their length as text whether they fit into a listpack,
// even if nothing is inserted in the end. After building a list in another way
// (SORT with STORE), call Expect(limits, 0, 0).
func (l *List) Expect(limits *Limits, n, bytes int) {
	if limits.listOutgrown(l.packed+emptyListpack+int64(bytes), int64(l.n+n), 1) {
		l.quick = true
	}
}

// Settle makes a quicklist a listpack again if it has become small enough. Call it
// after removing or replacing elements.
func (l *List) Settle(limits *Limits) {
	l.quick = l.quick && limits.listOutgrown(l.packed+emptyListpack, int64(l.n), 2)
}

// Encoding returns "listpack" or "quicklist", as decided by Expect and Settle.
func (l *List) Encoding(*Limits) string {
	if l.quick {
		return "quicklist"
	}
	return "listpack"
}

// Nodes returns how many nodes the list would have in Redis, and their bytes. An element that is
// too large for a listpack has a node by itself.
func (l *List) Nodes(limits *Limits) (n int, bytes int64) {
	i, ends := 0, l.nodeEnds(limits)
	for s := range l.Range(0, l.n) {
		starts := n == 0 || i == ends[n-1]
		if starts {
			n++
		}
		switch {
		case limits.largeElement(s):
			bytes += int64(len(s))
		case starts:
			bytes += emptyListpack + packedSize(s)
		default:
			bytes += packedSize(s)
		}
		i++
	}
	return n, bytes
}

// listOutgrown reports whether that many bytes and elements exceed the limit of a
// listpack divided by part; listpackSafe is never divided.
func (l *Limits) listOutgrown(bytes, elements, part int64) bool {
	if l.ListListpackSize >= 0 {
		return elements > max(l.ListListpackSize, 1)/part || bytes > listpackSafe
	}
	level := min(-l.ListListpackSize, int64(len(listpackNodeMax)))
	return bytes > listpackNodeMax[level-1]/part
}

// largeElement reports whether an element is too large for a listpack.
func (l *Limits) largeElement(s string) bool { return l.listOutgrown(int64(len(s)), 0, 1) }

// nodeRoom is how many bytes Redis leaves free in a quicklist node, beside the text
// of the element to add, before it begins another node. The first node was a listpack, which
// leaves none.
const nodeRoom = 8

// nodeEnds returns where the nodes end that the list would have in Redis if it had been built by
// one RPUSH after the other, or by LPUSH if that added the last element. Those of another past
// end elsewhere.
func (l *List) nodeEnds(limits *Limits) (ends []int) {
	if !l.quick {
		return []int{l.n}
	}
	elements := l.Range(0, l.n)
	if l.left {
		elements = l.Backward()
	}
	i, start, bytes, room, first := 0, 0, int64(emptyListpack), int64(0), ""
	for s := range elements {
		full := limits.listOutgrown(bytes+int64(len(s))+room, int64(i-start+1), 1)
		if i > start && (full || limits.largeElement(first)) {
			ends = append(ends, i)
			start, bytes, room = i, emptyListpack, nodeRoom
		}
		if i == start {
			first = s
		}
		bytes += packedSize(s)
		i++
	}
	if l.left {
		slices.Reverse(ends)
		for i, end := range ends {
			ends[i] = l.n - end
		}
	}
	return append(ends, l.n)
}

// packedSize returns the size in bytes of an element in a listpack: its type and
// length, its bytes (an integer is stored in as few as it needs), and the size of
// all that again for reading backwards.
func packedSize(s string) int64 {
	n := int64(len(s))
	if v, ok := canonicalInt(s); ok {
		return packedInt(v)
	}
	switch {
	case n < 64:
		n++
	case n < 4096:
		n += 2
	default:
		n += 5
	}
	back := int64(1)
	for rest := n; rest > 127; rest >>= 7 {
		back++
	}
	return n + back
}

// packedInt returns the size in bytes of an integer in a listpack.
func packedInt(v int64) int64 {
	fits := func(bits uint) bool { return v >= -1<<(bits-1) && v < 1<<(bits-1) }
	switch {
	case v >= 0 && v < 128:
		return 2
	case fits(13):
		return 3
	case fits(16):
		return 4
	case fits(24):
		return 5
	case fits(32):
		return 6
	}
	return 10
}
