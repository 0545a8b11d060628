package keyspace

import (
	"iter"
	"math/rand/v2"
)

// Dict maps strings to values, in memory that can be walked in steps while it
// changes: the table behind databases, hashes, sets and sorted sets.
//
// Elements stand in a slice of slots, beside a Go map from key to slot. A
// removed element leaves a dead slot; when half are dead the live ones move
// together, towards the front, keeping their order. That gives what a plain Go
// map has not:
//
//   - Scan goes from the last slot down to the first and its cursor is a slot
//     number. New elements are put above the cursor, and moving only goes down,
//     so an element that is there during the whole scan cannot be jumped over,
//     and a scan always ends however much is added meanwhile. An element may be
//     returned twice, as SCAN allows.
//   - Random picks in constant time, since at least half of the slots are live.
//
// The zero Dict is empty and ready.
type Dict[V any] struct {
	index map[string]uint32
	slots []slot[V]
	dead  int
}

type slot[V any] struct {
	key   string
	value V
	live  bool
}

// compactFrom is the number of slots below which dead ones are not worth
// gathering up.
const compactFrom = 16

// Len returns the number of elements.
func (d *Dict[V]) Len() int { return len(d.slots) - d.dead }

// Get returns the value of key and whether it is there.
func (d *Dict[V]) Get(key []byte) (V, bool) {
	if i, ok := d.index[string(key)]; ok {
		return d.slots[i].value, true
	}
	var none V
	return none, false
}

// Ref returns a pointer to the value of key, or nil. It is valid until the next
// Put or Delete.
func (d *Dict[V]) Ref(key []byte) *V {
	if i, ok := d.index[string(key)]; ok {
		return &d.slots[i].value
	}
	return nil
}

// Has tells whether key is there.
func (d *Dict[V]) Has(key []byte) bool {
	_, ok := d.index[string(key)]
	return ok
}

// Put sets the value of key and tells whether the key is new. The Dict keeps
// the string it is given.
func (d *Dict[V]) Put(key string, value V) bool {
	if i, ok := d.index[key]; ok {
		d.slots[i].value = value
		return false
	}
	if d.index == nil {
		d.index = make(map[string]uint32)
	}
	d.index[key] = uint32(len(d.slots))
	d.slots = append(d.slots, slot[V]{key, value, true})
	return true
}

// Delete removes key and tells whether it was there.
func (d *Dict[V]) Delete(key []byte) bool {
	i, ok := d.index[string(key)]
	if !ok {
		return false
	}
	delete(d.index, string(key))
	d.slots[i] = slot[V]{}
	d.dead++
	if d.dead*2 > len(d.slots) && len(d.slots) >= compactFrom {
		d.compact()
	}
	return true
}

func (d *Dict[V]) compact() {
	live := make([]slot[V], 0, d.Len()+d.Len()/4)
	index := make(map[string]uint32, d.Len())
	for _, s := range d.slots {
		if s.live {
			index[s.key] = uint32(len(live))
			live = append(live, s)
		}
	}
	d.slots, d.index, d.dead = live, index, 0
}

// Clear removes everything, at no cost that grows with the size.
func (d *Dict[V]) Clear() { *d = Dict[V]{} }

// All yields every element, oldest first. The Dict must not change meanwhile.
func (d *Dict[V]) All() iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for i := range d.slots {
			if s := &d.slots[i]; s.live && !yield(s.key, s.value) {
				return
			}
		}
	}
}

// Random returns an element picked with r, each as likely as the others. The
// Dict must not be empty.
func (d *Dict[V]) Random(r *rand.Rand) (string, V) {
	for {
		if s := &d.slots[r.IntN(len(d.slots))]; s.live {
			return s.key, s.value
		}
	}
}

// Scan visits about count elements and returns the cursor to go on with, 0 when
// the walk is over. A walk begins with cursor 0. visit must not change the Dict.
func (d *Dict[V]) Scan(cursor uint64, count int, visit func(key string, value V)) uint64 {
	at := uint64(len(d.slots))
	if cursor != 0 && cursor < at {
		at = cursor
	}
	for ; at > 0 && count > 0; count-- {
		at--
		if s := &d.slots[at]; s.live {
			visit(s.key, s.value)
		}
	}
	return at
}
