package tracking

import (
	"bytes"
	"encoding/binary"
)

// keyStore holds the keys of the tracking table. They lie in slabs of equal slots, which
// have no pointers in them: to remember a key allocates nothing but now and then a slab,
// and the garbage collector, which would have to look at each of ten million strings,
// has nothing to look at. Slots of keys that were dropped are used again for keys of
// about the same length.
//
// Long keys have memory of their own.
type keyStore struct {
	classes [shortKey / slotStep]slots // by length, in steps
	long    [][]byte
	free    []uint32 // places in long

	room, used int // bytes of the slots that there are, and of those with a key
}

// keyRef is where a key lies.
type keyRef struct {
	slot uint32 // in the slots for its length, or in long
	size uint32 // its length
}

// slots is what keys of one length, up to a step, lie in.
type slots struct {
	slabs [][]byte
	n     uint32 // slots that were ever used: all before
	free  uint32 // the first one that is free again, plus 1; it holds the next
}

const (
	slotStep  = 8
	shortKey  = 256 // the longest key that lies in a slot
	slabSlots = 64
)

// slotsFor returns the slots for keys of a length, and the size of one.
func (k *keyStore) slotsFor(length int) (s *slots, size int) {
	class := max(length-1, 0) / slotStep
	return &k.classes[class], (class + 1) * slotStep
}

func (s *slots) at(slot uint32, size int) []byte {
	i := int(slot%slabSlots) * size
	return s.slabs[slot/slabSlots][i : i+size]
}

// put copies a key.
func (k *keyStore) put(key []byte) keyRef {
	if len(key) > shortKey {
		return k.putLong(bytes.Clone(key))
	}
	s, size := k.slotsFor(len(key))
	k.used += size
	slot := s.free - 1
	if s.free != 0 {
		s.free = binary.LittleEndian.Uint32(s.at(slot, size))
	} else {
		slot = s.n
		s.n++
		if int(slot) == len(s.slabs)*slabSlots {
			s.slabs = append(s.slabs, make([]byte, slabSlots*size))
			k.room += slabSlots * size
		}
	}
	copy(s.at(slot, size), key)
	return keyRef{slot, uint32(len(key))}
}

func (k *keyStore) putLong(key []byte) keyRef {
	size := uint32(len(key))
	if n := len(k.free); n > 0 {
		slot := k.free[n-1]
		k.free = k.free[:n-1]
		k.long[slot] = key
		return keyRef{slot, size}
	}
	k.long = append(k.long, key)
	return keyRef{uint32(len(k.long) - 1), size}
}

// at returns the key that lies there. It is the store's own memory, valid until the key
// is dropped.
func (k *keyStore) at(r keyRef) []byte {
	if r.size > shortKey {
		return k.long[r.slot]
	}
	s, size := k.slotsFor(int(r.size))
	return s.at(r.slot, size)[:r.size]
}

// drop forgets a key.
func (k *keyStore) drop(r keyRef) {
	if r.size > shortKey {
		k.long[r.slot] = nil
		k.free = append(k.free, r.slot)
		return
	}
	s, size := k.slotsFor(int(r.size))
	k.used -= size
	binary.LittleEndian.PutUint32(s.at(r.slot, size), s.free)
	s.free = r.slot + 1
}

// sparse reports whether most of the room is empty: there were many keys of other
// lengths, or many more.
func (k *keyStore) sparse() bool { return k.room > sparseRoom && k.used < k.room/16 }

// sparseRoom is the room that may always be empty.
const sparseRoom = 1 << 20
