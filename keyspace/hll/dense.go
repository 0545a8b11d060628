package hll

import "encoding/binary"

// dense is the registers of the dense encoding, 6 bits each. Four of them fill three bytes.
type dense []byte

const (
	registerMask = 1<<6 - 1
	quad         = 3 // bytes of four registers
)

// get returns a register.
func (d dense) get(index int) uint8 {
	at, shift := index*6/8, index*6%8
	v := uint(d[at])
	if shift > 2 { // it goes on in the next byte
		v |= uint(d[at+1]) << 8
	}
	return uint8(v >> shift & registerMask)
}

// set sets a register.
func (d dense) set(index int, rank uint8) {
	at, shift := index*6/8, index*6%8
	clear, v := ^(uint(registerMask) << shift), uint(rank)<<shift
	d[at] = d[at]&byte(clear) | byte(v)
	if shift > 2 {
		d[at+1] = d[at+1]&byte(clear>>8) | byte(v>>8)
	}
}

// raise sets a register if it is lower than rank, and reports whether it was.
func (d dense) raise(index int, rank uint8) bool {
	if d.get(index) >= rank {
		return false
	}
	d.set(index, rank)
	return true
}

// quad returns four registers, the first in the lowest 6 bits.
func (d dense) quad(at int) uint32 {
	return uint32(d[at]) | uint32(d[at+1])<<8 | uint32(d[at+2])<<16
}

// count adds the registers to a histogram.
func (d dense) count(h *histogram) {
	for at := 0; at+quad <= len(d); at += quad {
		v := d.quad(at)
		h[v&registerMask]++
		h[v>>6&registerMask]++
		h[v>>12&registerMask]++
		h[v>>18]++
	}
}

// Registers are those of a sketch, or of a union of sketches, a byte each.
type Registers [registers]uint8

// Merge raises the registers to those of s, at least. The error is ErrCorrupt; some
// registers may have been raised then.
func (r *Registers) Merge(s Sketch) error {
	if !s.Dense() {
		return s.eachRun(func(first int, from run) {
			for i := first; from.rank > 0 && i < first+from.length; i++ {
				r[i] = max(r[i], uint8(from.rank))
			}
		})
	}
	d := s.dense()
	for at, i := 0, 0; i < registers; at, i = at+2*quad, i+8 {
		eight := r[i : i+8 : i+8]
		ranks := unpack(d.quad(at), d.quad(at+quad))
		binary.LittleEndian.PutUint64(eight, highest(binary.LittleEndian.Uint64(eight), ranks))
	}
	return nil
}

// unpack gives each of eight registers a byte of its own.
func unpack(low, high uint32) uint64 {
	v := uint64(low) | uint64(high)<<32
	v = v&0x00000fff_00000fff | v&0x00fff000_00fff000<<4
	return v&0x003f003f_003f003f | v&0x0fc00fc0_0fc00fc0<<2
}

// fill sets the registers from a multiple of eight on.
func (d dense) fill(r *Registers, from int) {
	for i := from; i < registers; i += 8 {
		low, high := pack(binary.LittleEndian.Uint64(r[i : i+8]))
		six := d[i*6/8 : i*6/8+2*quad]
		binary.LittleEndian.PutUint32(six, low|high<<24)
		binary.LittleEndian.PutUint16(six[4:], uint16(high>>8))
	}
}

// pack is the inverse of unpack.
func pack(v uint64) (low, high uint32) {
	v = v&0x003f003f_003f003f | v>>2&0x0fc00fc0_0fc00fc0
	v = v&0x00000fff_00000fff | v>>4&0x00fff000_00fff000
	return uint32(v), uint32(v >> 32)
}

// highest returns the higher of each pair of bytes, none of which is above 127.
func highest(a, b uint64) uint64 {
	const high = 0x80808080_80808080
	notLess := ((a | high) - b) & high // set in each byte of a that is not less
	mask := notLess | (notLess - notLess>>7)
	return a&mask | b&^mask
}

// Count estimates how many elements were added to the sketches.
func (r *Registers) Count() uint64 {
	// Counted in turns, since an increment waits for the one before it at the same place.
	var h [2]histogram
	for i := 0; i < registers; i += 8 {
		eight := r[i : i+8 : i+8]
		if binary.LittleEndian.Uint64(eight) == 0 {
			h[0][0] += 8
			continue
		}
		for j, rank := range eight {
			h[j%2][rank&registerMask]++
		}
	}
	for rank, n := range h[1] {
		h[0][rank] += n
	}
	return h[0].estimate()
}

// Registers returns all registers. The error is ErrCorrupt.
func (s Sketch) Registers() (*Registers, error) {
	r := new(Registers)
	err := r.Merge(s)
	return r, err
}
