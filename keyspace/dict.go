package keyspace

import (
	"iter"
	"math/rand/v2"
	"unsafe"
)

// Dict maps strings to values and can be walked in steps while it changes. It is
// the table behind hashes, sets and sorted sets. Its elements lie in slots, and an
// index leads from key to slot; while there are few slots, they are searched.
//
// The zero Dict is empty and ready.
type Dict[V any] struct {
	index *index // nil up to searchMax slots
	slots slots[slot[V]]
}

// searchMax is the number of slots up to which looking at all of them is as fast as
// the index.
const searchMax = 16

// slot is an element. The key of a dead one has no pointer; that of the empty key
// has one.
type slot[V any] struct {
	value V
	key   string
}

func (s slot[V]) live() bool { return unsafe.StringData(s.key) != nil }

// is reports whether the key of a slot is this one. Keys of a small table are often as long as
// each other and differ at the end.
func (s *slot[V]) is(key []byte) bool {
	last := len(key) - 1
	if len(s.key) != len(key) || last >= 0 && s.key[last] != key[last] {
		return false
	}
	return s.key == string(key) && unsafe.StringData(s.key) != nil
}

// noBytes is an empty string that is not the zero string.
var noBytes = "-"[:0]

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
	if s := d.slot(key); s != nil {
		return &s.value
	}
	return nil
}

// slot returns the slot of key, or nil. It is valid until the next Put or Delete.
func (d *Dict[V]) slot(key []byte) *slot[V] {
	if i, ok := d.find(key, d.hash(key)); ok {
		return &d.slots.list[i]
	}
	return nil
}

// Has reports whether key is there.
func (d *Dict[V]) Has(key []byte) bool {
	_, ok := d.find(key, d.hash(key))
	return ok
}

// hash returns the hash of key if the index is in use.
func (d *Dict[V]) hash(key []byte) uint32 {
	if d.index == nil {
		return 0
	}
	return hashOf(key)
}

func (d *Dict[V]) find(key []byte, hash uint32) (slot uint32, ok bool) {
	if d.index != nil {
		return d.index.bucket(hash).find(hash, func(i uint32) bool { return d.slots.list[i].key == string(key) })
	}
	for i := range d.slots.list {
		if s := &d.slots.list[i]; s.is(key) {
			return uint32(i), true
		}
	}
	return 0, false
}

// Put sets the value of key and reports whether the key is new. The Dict keeps
// the string it is given.
func (d *Dict[V]) Put(key string, value V) bool {
	hash := d.hash(bytesOf(key))
	if i, ok := d.find(bytesOf(key), hash); ok {
		d.slots.list[i].value = value
		return false
	}
	if key == "" {
		key = noBytes
	}
	i := d.slots.add(slot[V]{value, key})
	switch {
	case d.index != nil:
		d.index.add(hash, i)
	case i == searchMax:
		d.reindex()
	}
	return true
}

// reindex makes the index anew.
func (d *Dict[V]) reindex() {
	d.index = newIndex()
	for i := range d.slots.list {
		if s := d.slots.list[i]; s.live() {
			d.index.add(hashOf(bytesOf(s.key)), uint32(i))
		}
	}
}

// Delete removes key and reports whether it was there.
func (d *Dict[V]) Delete(key []byte) bool {
	hash := d.hash(key)
	i, ok := d.find(key, hash)
	if !ok {
		return false
	}
	if d.index != nil {
		d.index.remove(hash, i)
	}
	if d.slots.remove(i) {
		d.slots.compact(func(slot[V], uint32) {})
		if d.index = nil; len(d.slots.list) > searchMax {
			d.reindex()
		}
	}
	return true
}

// What an element takes besides its slot and the bytes of its key, as an estimate: its share
// of the index, and what the allocator adds to a short string.
const indexShare, keyRounding = 16, 4

// memory estimates the bytes of the table without those of keys.
func (d *Dict[V]) memory() int64 {
	n := int64(cap(d.slots.list))*int64(unsafe.Sizeof(slot[V]{})) + int64(d.Len())*keyRounding
	if d.index != nil {
		n += int64(len(d.slots.list)) * indexShare
	}
	return n
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
