package keyspace

import (
	"iter"
	"math/rand/v2"
)

// slots keeps elements in the order in which they came, so that they can be walked
// in steps while they change: what stands under SCAN and under every random pick.
//
// A removed element leaves a dead slot; when half are dead the live ones move
// together, towards the front, keeping their order. That gives what a Go map has
// not:
//
//   - scan goes from the last slot down to the first and its cursor is a slot
//     number. New elements are put above the cursor, and moving only goes down,
//     so an element that is there during the whole scan cannot be jumped over,
//     and a scan always ends however much is added meanwhile. An element may be
//     returned twice, as SCAN allows.
//   - random picks in constant time, since at least half of the slots are live.
//
// Where an element stands its owner knows, who finds it by another way.
type slots[E interface{ live() bool }] struct {
	list []E // those that are not live are the zero E
	dead int
}

// compactFrom is the number of slots below which dead ones are not worth
// gathering up.
const compactFrom = 16

func (s *slots[E]) len() int { return len(s.list) - s.dead }

// add puts an element into a new slot and returns its number.
func (s *slots[E]) add(e E) uint32 {
	s.list = append(s.list, e)
	return uint32(len(s.list) - 1)
}

// remove makes a slot dead and reports whether it is time to compact.
func (s *slots[E]) remove(i uint32) bool {
	var none E
	s.list[i] = none
	s.dead++
	return s.dead*2 > len(s.list) && len(s.list) >= compactFrom
}

// compact moves the live elements together and tells for each where it is now.
func (s *slots[E]) compact(moved func(e E, to uint32)) {
	live := make([]E, 0, s.len()+s.len()/4)
	for e := range s.all() {
		moved(e, uint32(len(live)))
		live = append(live, e)
	}
	s.list, s.dead = live, 0
}

// all yields every element, oldest first. None must be added or removed meanwhile.
func (s *slots[E]) all() iter.Seq[E] {
	return func(yield func(E) bool) {
		for _, e := range s.list {
			if e.live() && !yield(e) {
				return
			}
		}
	}
}

// random returns an element picked with r, each as likely as the others. There
// must be one.
func (s *slots[E]) random(r *rand.Rand) E {
	for {
		if e := s.list[r.IntN(len(s.list))]; e.live() {
			return e
		}
	}
}

// scan visits about count elements and returns the cursor to go on with, 0 when
// the walk is over. A walk begins with cursor 0. visit must not add or remove any.
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
