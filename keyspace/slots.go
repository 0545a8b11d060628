package keyspace

import (
	"iter"
	"math/rand/v2"
)

// slots keeps elements in the order of their arrival, so that they can be walked in
// steps while they change. It is the basis of SCAN and of every random pick.
//
// A removed element leaves a dead slot. When half of the slots are dead, the live
// elements move together towards the front and keep their order. This gives two
// things that a Go map does not:
//
//   - scan goes from the last slot down to the first and its cursor is a slot
//     number. New elements are put above the cursor, and moving only goes down,
//     so an element that is there during the whole scan cannot be jumped over,
//     and a scan always ends however much is added meanwhile. An element may be
//     returned twice, as SCAN allows.
//   - random picks in constant time, since at least half of the slots are live.
//
// slots does not know which slot an element is in. Its owner does, and finds it by
// other means.
type slots[E interface{ live() bool }] struct {
	list []E // a dead slot holds the zero E
	dead uint32
}

// compactFrom is the number of slots below which dead ones are not worth
// compacting.
const compactFrom = 16

func (s *slots[E]) len() int { return len(s.list) - int(s.dead) }

// add puts an element into a new slot and returns its number.
func (s *slots[E]) add(e E) uint32 {
	if n := len(s.list); n == cap(s.list) {
		s.list = append(make([]E, 0, n+n/4+1), s.list...)
	}
	s.list = append(s.list, e)
	return uint32(len(s.list) - 1)
}

// remove makes a slot dead and reports whether it is time to compact.
func (s *slots[E]) remove(i uint32) bool {
	var none E
	s.list[i] = none
	s.dead++
	return int(s.dead)*2 > len(s.list) && len(s.list) >= compactFrom
}

// compact moves the live elements together and reports the new slot of each.
func (s *slots[E]) compact(moved func(e E, to uint32)) {
	live := make([]E, 0, s.len()+s.len()/4)
	for e := range s.all() {
		moved(e, uint32(len(live)))
		live = append(live, e)
	}
	s.list, s.dead = live, 0
}

// all yields every element, oldest first. None may be added or removed during the
// walk.
func (s *slots[E]) all() iter.Seq[E] {
	return func(yield func(E) bool) {
		for _, e := range s.list {
			if e.live() && !yield(e) {
				return
			}
		}
	}
}

// random returns an element picked with r, all being equally likely. There must be
// one.
func (s *slots[E]) random(r *rand.Rand) E {
	for {
		if e := s.list[r.IntN(len(s.list))]; e.live() {
			return e
		}
	}
}

// scan visits about count elements and returns the cursor at which to continue, or
// 0 at the end of the walk. A walk begins at cursor 0. visit must not add or remove
// elements.
func (s *slots[E]) scan(cursor uint64, count int, visit func(E)) uint64 {
	at := uint64(len(s.list))
	if cursor != 0 && cursor < at {
		at = cursor
	}
	for ; at > 0 && count > 0; count-- {
		at--
		if e := s.list[at]; e.live() {
			visit(e)
		}
	}
	return at
}
