package tracking

import (
	"iter"
	"slices"
)

// holderRef is the set of ids of the clients that hold a key, as a leaf has it: the one
// id if there is only one and it is low, else where the set is. 0 is the empty set.
type holderRef uint32

const inSet holderRef = 1 << 31 // the rest is a place among the sets; else it is an id

// holders is what a holderRef refers to.
type holders struct {
	one  uint64 // the holder if there is only one
	many idSet  // else all of them
}

// idSet is a set of ids as two slices, each ascending: those below 2^32, which is
// all that most servers ever have, and the others. Each costs 4 bytes and a little to
// spare, and membership a binary search. Ids grow, so a new one is mostly appended.
type idSet struct {
	low  []uint32
	high *[]uint64
}

// sets are the sets of more than one holder.
type sets struct{ arena[idSet] }

// add adds an id and reports whether it is new.
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

// of returns the holders, which change with the table.
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
		// An eighth more, not twice as much: tables are large and sets small. The
		// allocator's next size is taken whole.
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
