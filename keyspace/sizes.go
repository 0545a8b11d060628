package keyspace

import (
	"iter"
	"math/bits"
)

// Sizes counts the keys of a database by type and by size: the bytes of a string, the
// elements of anything else. Bin 0 is for size 0, bin i for sizes from 2^(i-1) on and below
// 2^i. Redis does not count streams.
//
// Each entry knows where it is counted, so a change costs a comparison as long as the size
// stays within the bin.
type Sizes struct {
	bins [TypeHash + 1][]int64
}

// sizePlace is where an entry is counted: its type and its bin. That of [TypeNone] is nowhere.
type sizePlace struct {
	kind Type
	bin  uint8
}

func (e *Entry) sizePlace() sizePlace {
	n := 0
	switch v := e.obj.(type) {
	case nil:
		return sizePlace{TypeString, uint8(bits.Len(uint(len(e.str))))}
	case *List:
		n = v.Len()
	case *Set:
		n = v.Len()
	case *ZSet:
		n = v.Len()
	case *Hash:
		n = v.Len()
	default:
		return sizePlace{}
	}
	return sizePlace{e.obj.Type(), uint8(bits.Len(uint(n)))}
}

// move counts an entry in another place.
func (s *Sizes) move(e *Entry, to sizePlace) {
	if e.counted == to {
		return
	}
	s.add(e.counted, -1)
	s.add(to, 1)
	e.counted = to
}

// add counts n more keys in a place.
func (s *Sizes) add(p sizePlace, n int64) {
	if p.kind == TypeNone {
		return
	}
	bins := &s.bins[p.kind]
	if missing := int(p.bin) + 1 - len(*bins); missing > 0 {
		*bins = append(*bins, make([]int64, missing)...)
	}
	(*bins)[p.bin] += n
}

// Sizes returns the number of keys of each type and size.
func (db *DB) Sizes() *Sizes { return &db.sizes }

// Count counts all keys anew. It is for tests: it visits every key.
func (db *DB) Count() *Sizes {
	var s Sizes
	for e := range db.keys.slots.all() {
		s.add(e.sizePlace(), 1)
	}
	return &s
}

// Of yields the bins of a type that have keys, as the smallest size in each, with the
// number of keys.
func (s *Sizes) Of(t Type) iter.Seq2[int64, int64] {
	return func(yield func(size, keys int64) bool) {
		for bin, keys := range s.bins[t] {
			if keys != 0 && !yield(1<<bin>>1, keys) {
				return
			}
		}
	}
}
