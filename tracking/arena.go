package tracking

import "math/bits"

// arena holds values of one type, which are known by their place. They lie in chunks
// that never move, so a pointer to a value stays good until the value is dropped; if
// the type has no pointers, the garbage collector has nothing to look at.
//
// Dropped values leave gaps, which are filled first. A chunk that is all gap goes to
// the garbage collector.
type arena[T any] struct {
	places
	chunks []*[chunkPlaces]T // nil where a chunk was given back
}

func (a *arena[T]) at(place uint32) *T { return &a.chunks[place/chunkPlaces][place%chunkPlaces] }

// add returns the place of a new zero value. It is never 0.
func (a *arena[T]) add() uint32 {
	place := a.occupy()
	chunk := int(place / chunkPlaces)
	if chunk == len(a.chunks) {
		a.chunks = append(a.chunks, nil)
	}
	if a.chunks[chunk] == nil {
		a.chunks[chunk] = new([chunkPlaces]T)
		a.chunkCount++
	}
	return place
}

func (a *arena[T]) drop(place uint32) {
	var zero T
	*a.at(place) = zero
	if a.vacate(place) {
		a.chunks[place/chunkPlaces] = nil
		a.chunkCount--
	}
}

// renew moves a value out of a retired chunk, and returns where it is now.
func (a *arena[T]) renew(place uint32) uint32 {
	if place/chunkPlaces >= a.retired {
		return place
	}
	to := a.add()
	*a.at(to) = *a.at(place)
	a.drop(place)
	return to
}

// places tells which places are occupied, in chunks of as many as a word has bits.
type places struct {
	occupied   []uint64  // a word for each chunk
	current    uint32    // the chunk that is being filled
	open       []uint32  // other chunks with gaps, in no order
	spare      [2]uint32 // from one up to the other, chunks that are all empty
	retired    uint32    // chunks before it are never filled: they are to become empty
	n          int       // occupied places
	chunkCount int       // chunks that there is memory for: kept by who has the memory
}

const (
	chunkPlaces = 64
	fullChunk   = 1<<chunkPlaces - 1
	maxChunks   = 1 << kindShift / chunkPlaces // as far as a ref reaches: half a billion keys, in 15 GB
)

// occupy returns a place that was free. Place 0 stays free for ever, so that 0 can
// stand for none.
func (p *places) occupy() uint32 {
	switch {
	case len(p.occupied) == 0:
		p.occupied = append(p.occupied, 1)
	case p.occupied[p.current] == fullChunk || p.current < p.retired:
		p.current = p.nextChunk()
	}
	word := &p.occupied[p.current]
	bit := bits.TrailingZeros64(^*word)
	*word |= 1 << bit
	p.n++
	return p.current*chunkPlaces + uint32(bit)
}

func (p *places) nextChunk() uint32 {
	if n := len(p.open); n > 0 {
		chunk := p.open[n-1]
		p.open = p.open[:n-1]
		return chunk
	}
	if p.spare[0] < p.spare[1] {
		p.spare[0]++
		return p.spare[0] - 1
	}
	if len(p.occupied) == maxChunks {
		panic("tracking: the table is full")
	}
	p.occupied = append(p.occupied, 0)
	return uint32(len(p.occupied) - 1)
}

// vacate frees a place and reports whether its chunk is empty now and not the next to
// be filled.
func (p *places) vacate(place uint32) (empty bool) {
	chunk := place / chunkPlaces
	word := &p.occupied[chunk]
	if *word == fullChunk && chunk != p.current && chunk >= p.retired {
		p.open = append(p.open, chunk)
	}
	*word &^= 1 << (place % chunkPlaces)
	p.n--
	return *word == 0 && (chunk != p.current || chunk < p.retired)
}

// retire begins to empty all chunks that there are. Who does must move all that is in
// them and then call settle.
func (p *places) retire() {
	p.retired = uint32(len(p.occupied))
	p.open, p.spare = nil, [2]uint32{}
}

// settle ends that: the chunks can be filled again.
func (p *places) settle() {
	p.spare = [2]uint32{0, p.retired}
	if p.current < p.retired { // nothing was left to be moved
		p.current = p.nextChunk()
	}
	p.retired = 0
}
