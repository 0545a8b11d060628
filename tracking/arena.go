package tracking

import "math/bits"

// arena holds values of one type, which are known by their place. They lie in chunks
// that never move, so a pointer to a value stays good until the value is dropped. If
// the type contains no pointers, the garbage collector does not scan the chunks.
//
// Dropped values leave gaps, which are filled first. The garbage collector gets the
// chunks that have become empty.
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

// renew moves a value out of a retired chunk, and returns its new place.
func (a *arena[T]) renew(place uint32) uint32 {
	if !a.isRetired(place / chunkPlaces) {
		return place
	}
	to := a.add()
	*a.at(to) = *a.at(place)
	a.drop(place)
	return to
}

// places records which places of an arena are occupied, in chunks of as many places as
// a word has bits.
//
// To compact an arena is to retire all its chunks, to move what they contain to other
// ones, and to settle. Retired chunks are not filled until then.
type places struct {
	occupied   []uint64 // one word for each chunk
	periods    []uint8  // for each chunk, the period in which it was last filled
	period     uint8    // begins when chunks are retired
	retiring   bool     // until settle
	current    uint32   // the chunk that is being filled
	open       []uint32 // other chunks with gaps, in no order
	retired    []uint32 // the retired ones with gaps: all of them, and empty, in the end
	n          int      // number of occupied places
	chunkCount int      // number of chunks that have memory; maintained by the owner of the memory
}

const (
	chunkPlaces = 64
	fullChunk   = 1<<chunkPlaces - 1
	maxChunks   = 1 << kindShift / chunkPlaces // as many as a ref can tell apart
)

// capacity is the most nodes and leaves that a tree may have, and so the most places
// that are occupied in any arena. Compacting may need as many again.
const capacity = maxChunks * chunkPlaces / 2

// occupy returns a place that was free. Place 0 is never used, so that 0 can mean none.
func (p *places) occupy() uint32 {
	switch {
	case len(p.occupied) == 0:
		p.occupied, p.periods = append(p.occupied, 1), append(p.periods, p.period)
	case p.occupied[p.current] == fullChunk:
		p.current = p.nextChunk()
	}
	word := &p.occupied[p.current]
	bit := bits.TrailingZeros64(^*word)
	*word |= 1 << bit
	p.n++
	return p.current*chunkPlaces + uint32(bit)
}

// nextChunk returns a chunk that has gaps and is not retired.
func (p *places) nextChunk() (chunk uint32) {
	switch {
	case len(p.open) > 0:
		chunk, p.open = pop(p.open)
	case len(p.retired) > 0 && !p.retiring:
		chunk, p.retired = pop(p.retired)
	case len(p.occupied) == maxChunks:
		panic("tracking: the table is beyond its capacity")
	default:
		chunk = uint32(len(p.occupied))
		p.occupied, p.periods = append(p.occupied, 0), append(p.periods, 0)
	}
	p.periods[chunk] = p.period
	return chunk
}

func pop(list []uint32) (uint32, []uint32) {
	last := len(list) - 1
	return list[last], list[:last]
}

// vacate frees a place. It reports whether its chunk is empty now and is not the one
// being filled.
func (p *places) vacate(place uint32) (empty bool) {
	chunk := place / chunkPlaces
	word := &p.occupied[chunk]
	if *word == fullChunk && chunk != p.current {
		if p.isRetired(chunk) {
			p.retired = append(p.retired, chunk)
		} else {
			p.open = append(p.open, chunk)
		}
	}
	*word &^= 1 << (place % chunkPlaces)
	p.n--
	return *word == 0 && chunk != p.current
}

// retire begins to empty all chunks that exist. The caller must move everything out of
// them and then call settle.
func (p *places) retire() {
	if len(p.occupied) == 0 {
		return
	}
	// What was retired last time and is still empty is where things move now.
	p.open, p.retired = p.retired, p.open
	if p.occupied[p.current] != fullChunk {
		p.retired = append(p.retired, p.current)
	}
	p.retiring = true
	p.period++
	p.current = p.nextChunk()
}

// isRetired reports whether a chunk with occupied places is being emptied.
func (p *places) isRetired(chunk uint32) bool { return p.periods[chunk] != p.period }

// settle ends that: the chunks can be filled again.
func (p *places) settle() { p.retiring = false }
