package hll

import (
	"slices"
	"strconv"
)

// The kinds of runs, in the high bits of their first byte.
const (
	longZeros = 0x40
	value     = 0x80
)

// The longest runs, and the highest rank that the sparse encoding has.
const (
	maxZeros      = 1 << 6
	maxValues     = 1 << 2
	maxSparseRank = 1 << 5
)

// run is one instruction of the sparse encoding: length registers of the same rank, in size
// bytes.
type run struct{ rank, length, size int }

// isValue reports whether a first byte begins a run of registers that are not 0.
func isValue(first byte) bool { return first&value != 0 }

// readRun reads the run at the start of b. A second byte that is missing counts as 0: in
// Redis a zero byte follows each string.
func readRun(b []byte) run {
	first := int(b[0])
	switch {
	case first&value != 0:
		return run{first>>2&(maxSparseRank-1) + 1, first&(maxValues-1) + 1, 1}
	case first&longZeros == 0:
		return run{0, first + 1, 1}
	}
	low := 0
	if len(b) > 1 {
		low = int(b[1])
	}
	return run{0, first&(maxZeros-1)<<8 + low + 1, 2}
}

// appendRun appends a run of length registers, or nothing if there are none.
func appendRun(b []byte, rank, length int) []byte {
	n := length - 1
	switch {
	case n < 0:
		return b
	case rank > 0:
		return append(b, byte(value|(rank-1)<<2|n))
	case n < maxZeros:
		return append(b, byte(n))
	}
	return append(b, byte(longZeros|n>>8), byte(n))
}

// eachRun calls each with every run and the index of its first register. The error is
// ErrCorrupt if they are not 16,384 registers together; no register beyond that is shown.
func (s Sketch) eachRun(each func(first int, r run)) error {
	first := 0
	for at := headerSize; at < len(s); {
		r := readRun(s[at:])
		if first+r.length > registers {
			return ErrCorrupt
		}
		each(first, r)
		first, at = first+r.length, at+r.size
	}
	if first != registers {
		return ErrCorrupt
	}
	return nil
}

// raiseSparse sets a register of a sparse sketch if it is lower than rank.
func (s *Sketch) raiseSparse(index int, rank uint8, limit int64) (changed bool, err error) {
	if rank > maxSparseRank {
		return s.promote(index, rank)
	}
	at, previous, first := s.find(index)
	if at >= len(*s) {
		return false, ErrCorrupt
	}
	r := readRun((*s)[at:])
	if r.rank >= int(rank) {
		return false, nil
	}
	var room [5]byte
	split := appendRun(room[:0], r.rank, index-first)
	split = appendRun(split, int(rank), 1)
	split = appendRun(split, r.rank, first+r.length-1-index)
	if more := len(split) - r.size; more > 0 && int64(len(*s)+more) > limit {
		return s.promote(index, rank)
	}
	s.replace(at, r.size, split)
	s.join(previous)
	s.Outdate()
	return true, nil
}

// find returns where the run with a register stands, where the run before it does (or the
// first one), and the first register of the run. If no run has it, at is not in the sketch.
func (s Sketch) find(index int) (at, previous, first int) {
	at, previous = headerSize, headerSize
	for at < len(s) {
		length, size := int(shortRuns[s[at]]), 1
		if length == 0 {
			r := readRun(s[at:])
			length, size = r.length, r.size
		}
		if index < first+length {
			break
		}
		previous, at, first = at, at+size, first+length
	}
	return at, previous, first
}

// shortRuns has the length of each run of one byte, and 0 for the first byte of one of two.
// Most of the time of an addition is spent on finding its run, and this halves it.
var shortRuns = func() (lengths [256]uint8) {
	for b := range lengths {
		if r := readRun([]byte{byte(b), 0}); r.size == 1 {
			lengths[b] = uint8(r.length)
		}
	}
	return lengths
}()

// replace puts other runs in the place of one. If the second byte of that one is missing,
// the last byte of the others is, too.
func (s *Sketch) replace(at, size int, with []byte) {
	end := min(at+size, len(*s))
	missing := at + size - end
	*s = slices.Replace(*s, at, end, with[:len(with)-missing]...)
}

// joinedRuns is how many runs are looked at after a change. Redis looks at as many, so
// that more would lead to other bytes.
const joinedRuns = 5

// join makes one run of neighbours of the same rank, as far as they fit, among the runs
// from at on.
func (s *Sketch) join(at int) {
	for range joinedRuns {
		if at >= len(*s) {
			return
		}
		b := (*s)[at:]
		r := readRun(b)
		if isValue(b[0]) && len(b) > 1 && isValue(b[1]) {
			if next := readRun(b[1:]); next.rank == r.rank && r.length+next.length <= maxValues {
				appendRun(b[:0], r.rank, r.length+next.length)
				*s = slices.Delete(*s, at+1, at+2)
				continue // perhaps the one after fits as well
			}
		}
		at += r.size
	}
}

// promote gives a sparse sketch the dense encoding to set a register that the sparse one
// has no room for.
func (s *Sketch) promote(index int, rank uint8) (changed bool, err error) {
	if err := s.ToDense(); err != nil {
		return false, err
	}
	return s.dense().raise(index, rank), nil
}

// AppendRuns appends the runs of a sparse sketch as PFDEBUG DECODE shows them: z:length and
// Z:length for zeros, v:rank,length for other registers. They need not add up.
func (s Sketch) AppendRuns(text []byte) []byte {
	for at := headerSize; at < len(s); {
		if at > headerSize {
			text = append(text, ' ')
		}
		r := readRun(s[at:])
		switch {
		case r.rank > 0:
			text = strconv.AppendInt(append(text, "v:"...), int64(r.rank), 10)
			text = append(text, ',')
		case r.size > 1:
			text = append(text, "Z:"...)
		default:
			text = append(text, "z:"...)
		}
		text = strconv.AppendInt(text, int64(r.length), 10)
		at += r.size
	}
	return text
}
