package hll

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// The errors of bytes that are no sketch, and of runs that do not add up. Their texts are
// what Redis replies.
var (
	ErrInvalid = errors.New("WRONGTYPE Key is not a valid HyperLogLog string value.")
	ErrCorrupt = errors.New("INVALIDOBJ Corrupted HLL object detected")
)

const (
	indexBits = 14
	registers = 1 << indexBits
	rankBits  = 64 - indexBits // the part of a hash that the rank is taken from
	maxRank   = rankBits + 1

	encodingAt = 4
	countAt    = 8
	headerSize = 16
	denseSize  = headerSize + registers*6/8

	denseEncoding  = 0
	sparseEncoding = 1
)

var magic = []byte("HYLL")

// Sketch is the bytes of a HyperLogLog. Methods that change it do so in place if there is
// room.
type Sketch []byte

// New returns a sketch of no elements.
func New() Sketch {
	s := make(Sketch, headerSize, headerSize+32)
	copy(s, magic)
	s[encodingAt] = sparseEncoding
	return appendRun(s, 0, registers)
}

// Of returns the sketch that b is. The error is ErrInvalid. The runs of a sparse sketch
// are not looked at.
func Of(b []byte) (Sketch, error) {
	s := Sketch(b)
	switch {
	case len(b) < headerSize, !bytes.HasPrefix(b, magic), b[encodingAt] > sparseEncoding,
		s.Dense() && len(b) != denseSize:
		return nil, ErrInvalid
	}
	return s, nil
}

// Dense reports whether the sketch has the dense encoding.
func (s Sketch) Dense() bool { return s[encodingAt] == denseEncoding }

// dense returns the registers of a dense sketch.
func (s Sketch) dense() dense { return dense(s[headerSize:]) }

// outdated is the bit of the last byte of the cached count that says not to use it.
const outdated = 0x80

// Cached returns the count that was cached last, and whether it still holds.
func (s Sketch) Cached() (n uint64, ok bool) {
	return binary.LittleEndian.Uint64(s[countAt:]), s[headerSize-1]&outdated == 0
}

// Cache keeps a count in the sketch.
func (s Sketch) Cache(n uint64) { binary.LittleEndian.PutUint64(s[countAt:], n) }

// Outdate says that the cached count no longer holds.
func (s Sketch) Outdate() { s[headerSize-1] |= outdated }

// Count estimates how many elements were added. The error is ErrCorrupt.
func (s Sketch) Count() (uint64, error) {
	var h histogram
	if s.Dense() {
		s.dense().count(&h)
		return h.estimate(), nil
	}
	err := s.eachRun(func(_ int, r run) { h[r.rank] += r.length })
	return h.estimate(), err
}

// Add adds an element and reports whether that changed a register. A sparse sketch becomes
// dense if it would be longer than limit bytes. The error is ErrCorrupt. After a change the
// cached count may still pass for up to date: see Outdate.
func (s *Sketch) Add(element []byte, limit int64) (changed bool, err error) {
	index, rank := place(element)
	return s.raise(index, rank, limit)
}

// Fill sets the registers of the sketch to those of r, none of which is lower. The sketch is
// valid and becomes dense beyond limit bytes.
func (s *Sketch) Fill(r *Registers, limit int64) {
	for at := 0; at < registers; at += 8 {
		if s.Dense() {
			s.dense().fill(r, at)
			return
		}
		eight := r[at : at+8 : at+8]
		if binary.LittleEndian.Uint64(eight) == 0 {
			continue
		}
		for i, rank := range eight {
			if rank > 0 {
				s.raise(at+i, rank, limit)
			}
		}
	}
}

// raise sets a register if it is lower than rank.
func (s *Sketch) raise(index int, rank uint8, limit int64) (changed bool, err error) {
	if s.Dense() {
		return s.dense().raise(index, rank), nil
	}
	return s.raiseSparse(index, rank, limit)
}

// ToDense gives a sketch the dense encoding. The error is ErrCorrupt, and the sketch is as
// it was.
func (s *Sketch) ToDense() error {
	if s.Dense() {
		return nil
	}
	to := make(Sketch, denseSize)
	copy(to, (*s)[:headerSize])
	to[encodingAt] = denseEncoding
	err := s.eachRun(func(first int, r run) {
		for i := first; r.rank > 0 && i < first+r.length; i++ {
			to.dense().set(i, uint8(r.rank))
		}
	})
	if err == nil {
		*s = to
	}
	return err
}
