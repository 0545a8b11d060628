package keyspace

import "hash/maphash"

// index leads from the hash of a key to its slot. It knows neither keys nor slots but their
// numbers: a place takes 8 bytes, and there are no pointers for the collector to follow.
//
// It consists of small tables with linear probing, and of a directory that the first bits
// of a hash lead into. A full table is split in two by the next bit, so adding a key never
// moves more than one table. The directory doubles when its bits do not tell the two apart
// (extendible hashing).
type index struct {
	directory []*bucket // neighbours may be the same
	bits      uint8     // its length is 1<<bits
}

// bucket is a table of the hashes that begin with the same bits.
type bucket struct {
	places []place // their number is a power of two
	n      int
	bits   uint8
}

// place is a hash (the upper half) and a slot, counted from 1. 0 is a free place.
type place uint64

func newPlace(hash, slot uint32) place { return place(hash)<<32 | place(slot+1) }
func (p place) hash() uint32           { return uint32(p >> 32) }
func (p place) slot() uint32           { return uint32(p) - 1 }

// The places of a table, at first and at most. Three quarters of them are used.
const leastPlaces, mostPlaces = 32, 1024

var hashSeed = maphash.MakeSeed()

func hashOf(key []byte) uint32 { return uint32(maphash.Bytes(hashSeed, key)) }

func newIndex() *index {
	return &index{directory: []*bucket{{places: make([]place, leastPlaces)}}}
}

// bucket returns the table of a hash.
func (x *index) bucket(hash uint32) *bucket {
	return x.directory[hash>>(32-x.bits)]
}

// find returns the slot of that hash for which is holds.
func (b *bucket) find(hash uint32, is func(slot uint32) bool) (slot uint32, ok bool) {
	last := uint32(len(b.places) - 1)
	for at := hash & last; b.places[at] != 0; at = (at + 1) & last {
		if p := b.places[at]; p.hash() == hash && is(p.slot()) {
			return p.slot(), true
		}
	}
	return 0, false
}

// add adds a slot.
func (x *index) add(hash, slot uint32) {
	b := x.bucket(hash)
	switch {
	case b.n < len(b.places)/4*3:
	case len(b.places) < mostPlaces:
		b.grow()
	default:
		x.split(b, hash)
		x.add(hash, slot)
		return
	}
	b.put(newPlace(hash, slot))
}

// put takes the first free place.
func (b *bucket) put(p place) {
	last := uint32(len(b.places) - 1)
	at := p.hash() & last
	for b.places[at] != 0 {
		at = (at + 1) & last
	}
	b.places[at] = p
	b.n++
}

func (b *bucket) grow() {
	old := b.places
	b.places, b.n = make([]place, 2*len(old)), 0
	for _, p := range old {
		if p != 0 {
			b.put(p)
		}
	}
}

// split replaces the table of a hash by two.
func (x *index) split(b *bucket, hash uint32) {
	if b.bits == x.bits {
		double := make([]*bucket, 2*len(x.directory))
		for i := range double {
			double[i] = x.directory[i/2]
		}
		x.directory, x.bits = double, x.bits+1
	}
	var halves [2]*bucket
	for i := range halves {
		halves[i] = &bucket{places: make([]place, mostPlaces), bits: b.bits + 1}
	}
	for _, p := range b.places {
		if p != 0 {
			halves[p.hash()>>(31-b.bits)&1].put(p)
		}
	}
	// The entries of b stand side by side: first those of one half, then those of the other.
	span := 1 << (x.bits - b.bits)
	from := int(hash>>(32-x.bits)) &^ (span - 1)
	for i := range span {
		x.directory[from+i] = halves[i*2/span]
	}
}

// remove removes a slot, which must be there. What follows moves up, so that no gap breaks
// the way to it.
func (x *index) remove(hash, slot uint32) {
	b := x.bucket(hash)
	last := uint32(len(b.places) - 1)
	gap := hash & last
	for b.places[gap] != newPlace(hash, slot) {
		gap = (gap + 1) & last
	}
	for at := (gap + 1) & last; b.places[at] != 0; at = (at + 1) & last {
		home := b.places[at].hash() & last
		if (at-home)&last >= (at-gap)&last {
			b.places[gap], gap = b.places[at], at
		}
	}
	b.places[gap] = 0
	b.n--
}
