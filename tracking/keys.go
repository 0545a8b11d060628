package tracking

import "encoding/binary"

// piece is a run of bytes of a key: the path between two nodes of the tree, or the rest
// of a key in its leaf. A short run is stored in the piece itself, a longer one in a slot.
type piece struct {
	size uint8
	data [pieceInline]byte // the bytes, or the number of the slot
}

const (
	pieceInline = 11  // makes a leaf 16 bytes
	pieceMax    = 255 // the most that size can say; longer runs are chains of nodes
	slotStep    = 8
)

// pieces holds the runs that do not fit into a piece, in slabs of equal slots, one size
// of slot for each range of lengths. Slabs contain no pointers, and storing a run
// allocates nothing, except for a new slab now and then.
type pieces struct {
	classes [(pieceMax + slotStep) / slotStep]slots
}

// slots are the slots of one size.
type slots struct {
	places
	slabs [][]byte // nil where a slab was given back
}

// class returns the slots for runs of a length, and their size.
func (p *pieces) class(length uint8) (s *slots, size int) {
	class := int(length-1) / slotStep
	return &p.classes[class], (class + 1) * slotStep
}

func (s *slots) at(slot uint32, size int) []byte {
	i := int(slot%chunkPlaces) * size
	return s.slabs[slot/chunkPlaces][i : i+size]
}

// put makes a piece of b, which it copies. b has at most pieceMax bytes.
func (p *pieces) put(b []byte) piece {
	x := piece{size: uint8(len(b))}
	if len(b) <= pieceInline {
		copy(x.data[:], b)
		return x
	}
	s, size := p.class(x.size)
	slot := s.occupy()
	slab := int(slot / chunkPlaces)
	if slab == len(s.slabs) {
		s.slabs = append(s.slabs, nil)
	}
	if s.slabs[slab] == nil {
		s.slabs[slab] = make([]byte, chunkPlaces*size)
		s.chunkCount++
	}
	copy(s.at(slot, size), b)
	binary.LittleEndian.PutUint32(x.data[:], slot)
	return x
}

// bytes returns the bytes of a piece. They belong to the table and are valid until the
// piece is dropped or replaced.
func (p *pieces) bytes(x *piece) []byte {
	if x.size <= pieceInline {
		return x.data[:x.size]
	}
	s, size := p.class(x.size)
	return s.at(binary.LittleEndian.Uint32(x.data[:]), size)[:x.size]
}

func (p *pieces) drop(x piece) {
	if x.size <= pieceInline {
		return
	}
	s, _ := p.class(x.size)
	if slot := binary.LittleEndian.Uint32(x.data[:]); s.vacate(slot) {
		s.slabs[slot/chunkPlaces] = nil
		s.chunkCount--
	}
}

// renew moves the bytes of a piece out of a retired slab.
func (p *pieces) renew(x *piece) {
	if x.size <= pieceInline {
		return
	}
	s, size := p.class(x.size)
	if slot := binary.LittleEndian.Uint32(x.data[:]); s.isRetired(slot / chunkPlaces) {
		old := *x
		*x = p.put(s.at(slot, size)[:x.size])
		p.drop(old)
	}
}
