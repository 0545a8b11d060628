package tracking

import (
	"iter"
	"slices"
)

// holderRef is how a leaf stores the ids of the clients that hold its key: the id itself
// if there is only one and it is low enough, otherwise the place of a set. 0 means no ids.
type holderRef uint32

const inSet holderRef = 1 << 31 // set: the other bits are the place of a set; clear: they are an id

// holders are the ids that a holderRef stands for.
type holders struct {
	one  uint64 // the id if the holderRef contains it, otherwise 0
	many idSet  // otherwise all ids
}

// idSet is a set of ids in two ascending slices: one for the ids below 2^32, which are
// the only ones that most servers ever see, and one for the rest. A low id costs 4 bytes
// plus some spare room, a look-up is a binary search. Ids grow, so a new one usually goes
// to the end.
type idSet struct {
	low  []uint32
	high *[]uint64
}

// sets are the sets of all keys with more than one holder, or with a high id.
type sets struct{ arena[idSet] }

// add adds an id and reports whether it is new to the key.
func (s *sets) add(h *holderRef, id uint64) bool {
	switch {
	case *h == 0 && id < uint64(inSet):
		*h = holderRef(id)
		return true
	case *h&inSet == 0 && uint64(*h) == id:
		return false
	case *h&inSet == 0:
		one := *h
		*h = inSet | holderRef(s.arena.add())
		if one != 0 {
			s.set(*h).low = []uint32{uint32(one)}
		}
	}
	return s.set(*h).add(id)
}

func (s *sets) set(h holderRef) *idSet { return s.at(uint32(h &^ inSet)) }

// of returns the holders. They are valid until the table changes.
func (s *sets) of(h holderRef) holders {
	if h&inSet == 0 {
		return holders{one: uint64(h)}
	}
	return holders{many: *s.set(h)}
}

// take returns the holders and forgets them.
func (s *sets) take(h holderRef) holders {
	taken := s.of(h)
	if h&inSet != 0 {
		s.drop(uint32(h &^ inSet))
	}
	return taken
}

func (s *idSet) add(id uint64) (added bool) {
	if id < 1<<32 {
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
		// Grow by an eighth, not to twice the size: there are many sets, and most are
		// small. The slice uses the whole of what the allocator rounds up to.
		ids = append(slices.Grow([]T(nil), n+max(n/8, 1)), ids...)
	}
	return slices.Insert(ids, i, id), true
}

// all yields the ids, ascending.
func (h *holders) all() iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		if h.one != 0 {
			yield(h.one)
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
	case h.one != 0:
		return 1
	case h.many.high != nil:
		return len(h.many.low) + len(*h.many.high)
	}
	return len(h.many.low)
}
