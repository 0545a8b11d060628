package tracking

// index finds by hash where a key stands in the table. It is what a Go map from key
// to place would be, but for two things: it keeps hashes and places only, 8 bytes
// each, so that it grows without a look at the keys, which are in no cache; and it
// grows by one segment at a time, so that no command waits while a large table is
// copied.
//
// It is extendible hashing: the first bits of a hash select a segment from a
// directory, the last ones a cell in it. A segment that is full is split by the next
// bit; only the directory, a pointer for a few hundred keys, is ever doubled.
type index struct {
	directory []*segment // 2^depth of them; a segment stands there as often as it has bits less
	depth     int
	segments  int
}

// segment is a small hash table with linear probing.
type segment struct {
	depth int // the bits that its hashes have in common
	used  int
	cells [segmentCells]cell
}

// cell is a hash with a place in the table, plus 1; the zero cell is free.
type cell struct{ hash, place uint32 }

const (
	segmentCells = 512
	segmentMask  = segmentCells - 1
	segmentFull  = segmentCells * 7 / 8
)

func (x *index) segment(hash uint32) *segment {
	return x.directory[uint64(hash)>>(32-x.depth)]
}

// find returns the place of a hash for which is says yes.
func (x *index) find(hash uint32, is func(place uint32) bool) (place uint32, ok bool) {
	if x.segments == 0 {
		return 0, false
	}
	s := x.segment(hash)
	for i := hash & segmentMask; s.cells[i].place != 0; i = (i + 1) & segmentMask {
		if c := s.cells[i]; c.hash == hash && is(c.place-1) {
			return c.place - 1, true
		}
	}
	return 0, false
}

// add notes the place of a hash.
func (x *index) add(hash, place uint32) {
	if x.segments == 0 {
		x.directory, x.segments = []*segment{{}}, 1
	}
	s := x.segment(hash)
	for s.used == segmentFull {
		x.split(s, hash)
		s = x.segment(hash)
	}
	s.add(cell{hash, place + 1})
}

func (s *segment) add(c cell) {
	i := c.hash & segmentMask
	for s.cells[i].place != 0 {
		i = (i + 1) & segmentMask
	}
	s.cells[i] = c
	s.used++
}

// split parts the segment that a hash belongs to by the next bit.
func (x *index) split(s *segment, hash uint32) {
	if s.depth == x.depth {
		doubled := make([]*segment, 0, 2*len(x.directory))
		for _, s := range x.directory {
			doubled = append(doubled, s, s)
		}
		x.directory = doubled
		x.depth++
	}
	n := 1 << (x.depth - s.depth) // how often s stands in the directory
	first := int(uint64(hash)>>(32-x.depth)) &^ (n - 1)
	cells := s.cells
	*s = segment{depth: s.depth + 1}
	upper := &segment{depth: s.depth}
	for _, c := range cells {
		switch {
		case c.place == 0:
		case c.hash>>(32-s.depth)&1 == 0:
			s.add(c)
		default:
			upper.add(c)
		}
	}
	for i := first + n/2; i < first+n; i++ {
		x.directory[i] = upper
	}
	x.segments++
}

// cell finds the cell of a hash with a place, which must be there.
func (s *segment) cell(hash, place uint32) uint32 {
	i := hash & segmentMask
	for s.cells[i] != (cell{hash, place + 1}) {
		i = (i + 1) & segmentMask
	}
	return i
}

// move notes another place.
func (x *index) move(hash, from, to uint32) {
	s := x.segment(hash)
	s.cells[s.cell(hash, from)].place = to + 1
}

// remove forgets a place. The cells behind it move up, so that probing needs no
// tombstones.
func (x *index) remove(hash, place uint32) {
	s := x.segment(hash)
	hole := s.cell(hash, place)
	for i := (hole + 1) & segmentMask; s.cells[i].place != 0; i = (i + 1) & segmentMask {
		// A cell may move into the hole unless it stands between its own first choice
		// and where it is.
		if home := s.cells[i].hash & segmentMask; (i-home)&segmentMask >= (i-hole)&segmentMask {
			s.cells[hole] = s.cells[i]
			hole = i
		}
	}
	s.cells[hole] = cell{}
	s.used--
}

// sparse reports whether most of the index is empty: a large table became small.
func (x *index) sparse(n int) bool { return x.segments > 8 && n < x.segments*segmentCells/16 }
