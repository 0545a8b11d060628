package tracking

import "math/bits"

// arena holds values of one type, which are known by their place. They lie in chunks
// that never move, so a pointer to a value stays good until the value is dropped; if
// the type has no pointers, the garbage collector has nothing to look at.
//
// Dropped values leave gaps, which are filled first. A chunk that is all gap goes to
// the garbage collector: memory comes back without any value being moved.
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

// places tells which places are occupied, in chunks of as many as a word has bits.
type places struct {
	occupied   []uint64 // a word for each chunk
	open       []uint32 // the chunks with gaps, in no order, but for current
	current    uint32   // the chunk that is being filled
	n          int      // occupied places
	chunkCount int      // chunks that there is memory for: kept by who has the memory
}

const (
	chunkPlaces = 64
	fullChunk   = 1<<chunkPlaces - 1
)

// occupy returns a place that was free. Place 0 stays free for ever, so that 0 can
// stand for none.
func (p *places) occupy() uint32 {
	switch {
	case len(p.occupied) == 0:
		p.occupied = append(p.occupied, 1)
	case p.occupied[p.current] == fullChunk:
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
	p.occupied = append(p.occupied, 0)
	return uint32(len(p.occupied) - 1)
}

// vacate frees a place and reports whether its chunk is empty now and not the next to
// be filled.
func (p *places) vacate(place uint32) (empty bool) {
	chunk := place / chunkPlaces
	word := &p.occupied[chunk]
	if *word == fullChunk && chunk != p.current {
		p.open = append(p.open, chunk)
	}
	*word &^= 1 << (place % chunkPlaces)
	p.n--
	return *word == 0 && chunk != p.current
}
