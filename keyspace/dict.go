package keyspace

import (
	"iter"
	"math/rand/v2"
)

// Dict maps strings to values and can be walked in steps while it changes. It is
// the table behind hashes, sets and sorted sets. Its elements lie in slots, and a
// Go map leads from key to slot.
//
// The zero Dict is empty and ready.
type Dict[V any] struct {
	index map[string]uint32
	slots slots[slot[V]]
}

type slot[V any] struct {
	key   string
	value V
	used  bool
}

func (s slot[V]) live() bool { return s.used }

// Len returns the number of elements.
func (d *Dict[V]) Len() int { return d.slots.len() }

// Get returns the value of key and whether it is there.
func (d *Dict[V]) Get(key []byte) (V, bool) {
	if v := d.Ref(key); v != nil {
		return *v, true
	}
	var none V
	return none, false
}

// Ref returns a pointer to the value of key, or nil. It is valid until the next
// Put or Delete.
func (d *Dict[V]) Ref(key []byte) *V {
	if i, ok := d.index[string(key)]; ok {
		return &d.slots.list[i].value
	}
	return nil
}

// Has reports whether key is there.
func (d *Dict[V]) Has(key []byte) bool {
	_, ok := d.index[string(key)]
	return ok
}

// Put sets the value of key and reports whether the key is new. The Dict keeps
// the string it is given.
func (d *Dict[V]) Put(key string, value V) bool {
	if i, ok := d.index[key]; ok {
		d.slots.list[i].value = value
		return false
	}
	if d.index == nil {
		d.index = make(map[string]uint32)
	}
	d.index[key] = d.slots.add(slot[V]{key, value, true})
	return true
}

// Delete removes key and reports whether it was there.
func (d *Dict[V]) Delete(key []byte) bool {
	i, ok := d.index[string(key)]
	if !ok {
		return false
	}
	delete(d.index, string(key))
	if d.slots.remove(i) {
		d.index = make(map[string]uint32, d.Len())
		d.slots.compact(func(s slot[V], to uint32) { d.index[s.key] = to })
	}
	return true
}

// Clear removes everything, in constant time.
func (d *Dict[V]) Clear() { *d = Dict[V]{} }

// All yields every element, oldest first. The Dict must not change during the walk.
func (d *Dict[V]) All() iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for s := range d.slots.all() {
			if !yield(s.key, s.value) {
				return
			}
		}
	}
}

// Random returns an element picked with r, all being equally likely. The Dict must
// not be empty.
func (d *Dict[V]) Random(r *rand.Rand) (string, V) {
	s := d.slots.random(r)
	return s.key, s.value
}

// Scan visits about count elements and returns the cursor at which to continue, or
// 0 at the end of the walk. A walk begins at cursor 0. visit must not change the
// Dict.
func (d *Dict[V]) Scan(cursor uint64, count int, visit func(key string, value V)) uint64 {
	return d.slots.scan(cursor, count, func(s slot[V]) { visit(s.key, s.value) })
}
