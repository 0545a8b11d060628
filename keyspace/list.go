package keyspace

// List is a sequence of strings that grows and shrinks at both ends in constant
// time and is indexed in constant time. Inserting and removing in the middle
// moves the elements on the shorter side.
//
// The elements lie in a ring: element i is ring[(head+i) mod len(ring)], and
// len(ring) is a power of two. The ring doubles when it is full and halves when
// three quarters of it are free. The elements are never written to, so lists may
// share them.
//
// The zero List is empty and ready.
type List struct {
	ring   []string
	head   int
	n      int
	text   int64 // bytes of all elements
	packed int64 // bytes that they would take in a listpack, see packedSize
	quick  bool  // outgrew a listpack
	left   bool  // PushFront added the last element
}

const (
	// listOverhead and listSlot estimate what a List costs besides the text of its
	// elements: the struct, and the header of each place in the ring.
	listOverhead, listSlot = 88, 16
	// smallestRing is the size at which the ring is not halved any more.
	smallestRing = 4
)

// Type returns TypeList.
func (l *List) Type() Type { return TypeList }

// MemSize estimates the bytes of the list.
func (l *List) MemSize() int64 { return listOverhead + listSlot*int64(len(l.ring)) + l.text }

// Empty reports whether no element is left.
func (l *List) Empty() bool { return l.n == 0 }

// Clone copies the list.
func (l *List) Clone() Value {
	c := *l
	c.ring = append([]string(nil), l.ring...)
	return &c
}

// Len returns the number of elements.
func (l *List) Len() int { return l.n }

// At returns element i, 0 <= i < Len.
func (l *List) At(i int) string { return *l.at(i) }

func (l *List) at(i int) *string { return &l.ring[(l.head+i)&(len(l.ring)-1)] }

// Set replaces element i.
func (l *List) Set(i int, s string) {
	p := l.at(i)
	l.count(*p, -1)
	l.count(s, 1)
	*p = s
}

// PushBack adds an element at the end.
func (l *List) PushBack(s string) {
	l.grow()
	l.n++
	l.left = false
	*l.at(l.n - 1) = s
	l.count(s, 1)
}

// PushFront adds an element at the beginning.
func (l *List) PushFront(s string) {
	l.grow()
	l.n++
	l.left = true
	l.head = (l.head - 1) & (len(l.ring) - 1)
	l.ring[l.head] = s
	l.count(s, 1)
}

// PopBack removes and returns the last element. The list must not be empty.
func (l *List) PopBack() string {
	p := l.at(l.n - 1)
	s := *p
	*p = ""
	l.n--
	l.count(s, -1)
	l.shrink()
	return s
}

// PopFront removes and returns the first element. The list must not be empty.
func (l *List) PopFront() string {
	s := l.ring[l.head]
	l.ring[l.head] = ""
	l.head = (l.head + 1) & (len(l.ring) - 1)
	l.n--
	l.count(s, -1)
	l.shrink()
	return s
}

// Insert puts s before element i; i may be Len.
func (l *List) Insert(i int, s string) {
	if i < l.n/2 {
		l.PushFront(s)
		for j := range i {
			*l.at(j) = *l.at(j + 1)
		}
	} else {
		l.PushBack(s)
		for j := l.n - 1; j > i; j-- {
			*l.at(j) = *l.at(j - 1)
		}
	}
	*l.at(i) = s
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

// RemoveEqual removes elements equal to v and returns how many: the first max of
// them, the last -max if max is negative, or all if it is 0.
func (l *List) RemoveEqual(v []byte, max int64) int {
	skip, left := l.choose(v, max)
	kept := 0
	for i := range l.n {
		s := *l.at(i)
		if left > 0 && s == string(v) {
			if skip == 0 {
				left--
				continue
			}
			skip--
		}
		*l.at(kept) = s
		kept++
	}
	removed := l.n - kept
	l.dropBack(kept)
	l.count(string(v), -int64(removed))
	return removed
}

// choose turns the max of RemoveEqual into how many equal elements to skip from the
// front and how many to remove after them.
func (l *List) choose(v []byte, max int64) (skip, remove int) {
	if max > 0 {
		return 0, int(min(max, int64(l.n)))
	}
	found := 0
	for i := range l.n {
		if l.At(i) == string(v) {
			found++
		}
	}
	// For the smallest integer -max would overflow; found + max does not.
	if max < 0 && int64(found)+max > 0 {
		return int(int64(found) + max), int(-max)
	}
	return 0, found
}

// dropBack cuts the list to its first n places. The elements it drops have been
// counted already.
func (l *List) dropBack(n int) {
	for l.n > n {
		l.n--
		*l.at(l.n) = ""
		l.shrink()
	}
}

// count accounts for n copies of element s.
func (l *List) count(s string, n int64) {
	l.text += n * int64(len(s))
	l.packed += n * packedSize(s)
}

func (l *List) grow() {
	if l.n == len(l.ring) {
		l.resize(max(smallestRing, 2*l.n))
	}
}

func (l *List) shrink() {
	if size := len(l.ring); l.n <= size/4 && size > smallestRing {
		l.resize(size / 2)
	}
}

func (l *List) resize(size int) {
	ring := make([]string, size)
	tail := min(l.head+l.n, len(l.ring))
	k := copy(ring, l.ring[l.head:tail])
	copy(ring[k:], l.ring[:l.n-k])
	l.ring, l.head = ring, 0
}
