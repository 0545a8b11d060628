package tracking

import (
	"iter"
	"math"
	"slices"
)

// holders is a set of client ids. Most keys have one holder, which stands in place;
// more stand in a slice, ascending, where each costs 4 bytes and a little to spare,
// and membership a binary search. Ids grow, so a new holder is mostly appended.
type holders struct {
	one  uint32 // the holder if there is only one, and it has a low id
	many *idSet // else all of them
}

// idSet is a set of ids as two slices, each ascending: those below 2^32, which is
// all that most servers ever have, and the others.
type idSet struct {
	low  []uint32
	high *[]uint64
}

// add adds an id and reports whether it is new.
func (h *holders) add(id uint64) bool {
	switch {
	case h.many == nil && h.one == 0 && id <= math.MaxUint32:
		h.one = uint32(id)
		return true
	case h.many == nil && uint64(h.one) == id:
		return false
	case h.many == nil:
		h.many = &idSet{}
		if h.one != 0 {
			h.many.low = []uint32{h.one}
			h.one = 0
		}
	}
	return h.many.add(id)
}

func (s *idSet) add(id uint64) (added bool) {
	if id <= math.MaxUint32 {
		s.low, added = insert(s.low, uint32(id))
		return added
	}
	if s.high == nil {
		s.high = new([]uint64)
	}
	*s.high, added = insert(*s.high, id)
	return added
}

func insert[T uint32 | uint64](ids []T, id T) ([]T, bool) {
	i, there := slices.BinarySearch(ids, id)
	if there {
		return ids, false
	}
	if n := len(ids); n == cap(ids) {
		// An eighth more, not twice as much: tables are large and sets small. The
		// allocator's next size is taken whole.
		ids = append(slices.Grow([]T(nil), n+max(n/8, 1)), ids...)
	}
	return slices.Insert(ids, i, id), true
}

// all yields the ids, ascending.
func (h *holders) all() iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		if h.many == nil {
			if h.one != 0 {
				yield(uint64(h.one))
			}
			return
		}
		for _, id := range h.many.low {
			if !yield(uint64(id)) {
				return
			}
		}
		if h.many.high == nil {
			return
		}
		for _, id := range *h.many.high {
			if !yield(id) {
				return
			}
		}
	}
}

// has reports whether an id is in the set.
func (h *holders) has(id uint64) bool {
	for x := range h.all() {
		if x == id {
			return true
		}
	}
	return false
}

func (h *holders) len() int {
	switch {
	case h.many != nil && h.many.high != nil:
		return len(h.many.low) + len(*h.many.high)
	case h.many != nil:
		return len(h.many.low)
	case h.one != 0:
		return 1
	}
	return 0
}
