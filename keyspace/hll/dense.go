package hll

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
	for at, i := 0, 0; at+quad <= len(d); at, i = at+quad, i+4 {
		four, v := r[i:i+4:i+4], d.quad(at)
		four[0] = max(four[0], uint8(v&registerMask))
		four[1] = max(four[1], uint8(v>>6&registerMask))
		four[2] = max(four[2], uint8(v>>12&registerMask))
		four[3] = max(four[3], uint8(v>>18))
	}
	return nil
}

// Count estimates how many elements were added to the sketches.
func (r *Registers) Count() uint64 {
	var h histogram
	for _, rank := range r {
		h[rank]++
	}
	return h.estimate()
}

// Registers returns all registers. The error is ErrCorrupt.
func (s Sketch) Registers() (*Registers, error) {
	r := new(Registers)
	err := r.Merge(s)
	return r, err
}
