package strings

import (
	"math"

	"github.com/tattle-server/tattle/server/internal/command"
)

// overflow is what to do with a number that does not fit its field.
type overflow uint8

const (
	overflowWrap overflow = iota
	overflowSat
	overflowFail
)

// The widest fields: an unsigned one of 64 bits would not fit a reply.
const (
	maxSigned   = 64
	maxUnsigned = 63
)

// intField is an integer in the bits of a string: width bits from offset on, the
// highest first.
type intField struct {
	signed bool
	width  int
	offset int64
}

// parseIntField reads a type (i5, u63) and an offset. The offset is in bits or, after a #,
// in fields of that type. It lies within limit bytes.
func parseIntField(kind, offset []byte, limit int64) (f intField, err error) {
	if len(kind) < 2 || kind[0] != 'i' && kind[0] != 'u' {
		return f, errBitType
	}
	f.signed = kind[0] == 'i'
	widest := int64(maxUnsigned)
	if f.signed {
		widest = maxSigned
	}
	width, ok := command.ParseInt(kind[1:])
	if !ok || width < 1 || width > widest {
		return f, errBitType
	}
	f.width = int(width)
	unit := int64(1)
	if len(offset) > 0 && offset[0] == '#' {
		offset, unit = offset[1:], width
	}
	n, ok := command.ParseInt(offset)
	if n *= unit; !ok || n < 0 || n>>3 >= limit {
		return f, errBitOffset
	}
	f.offset = n
	return f, nil
}

// read returns the integer; bits beyond the end of the string are 0.
func (f intField) read(bits []byte) int64 {
	var v uint64
	for i := range int64(f.width) {
		v = v<<1 | uint64(bitAt(bits, f.offset+i))
	}
	return f.wrap(v)
}

// write sets the integer to the low bits of value; bits must be long enough.
func (f intField) write(bits []byte, value int64) {
	for i := range int64(f.width) {
		at := f.offset + i
		mask := byte(0x80) >> (at & 7)
		bits[at>>3] &^= mask
		if value>>(int64(f.width)-1-i)&1 != 0 {
			bits[at>>3] |= mask
		}
	}
}

// wrap cuts v to the field's width and extends the sign of a signed field.
func (f intField) wrap(v uint64) int64 {
	unused := 64 - f.width
	if f.signed {
		return int64(v<<unused) >> unused
	}
	return int64(v << unused >> unused)
}

// limits returns the least and the greatest integer of the field.
func (f intField) limits() (lo, hi int64) {
	if f.signed {
		hi = math.MaxInt64 >> (maxSigned - f.width)
		return -hi - 1, hi
	}
	return 0, math.MaxInt64 >> (maxUnsigned - f.width)
}

// sum adds and makes the result fit. ok is false if the result does not fit and the mode
// is to fail.
func (f intField) sum(base, incr int64, mode overflow) (value int64, ok bool) {
	side := f.side(base, incr)
	lo, hi := f.limits()
	switch {
	case side == 0 || mode == overflowWrap:
		return f.wrap(uint64(base) + uint64(incr)), true
	case mode == overflowFail:
		return 0, false
	case side > 0:
		return hi, true
	}
	return lo, true
}

// side returns the side on which base+incr is outside of the field, if it is. As the
// operand of SET, base may be outside by itself: a negative one is above an unsigned field.
// To Redis, an operand is also above a signed field if it is so far below it that the
// distance to the upper limit does not fit 64 bits.
func (f intField) side(base, incr int64) int {
	lo, hi := f.limits()
	switch {
	case base > hi, !f.signed && base < 0, f.width < maxSigned && base < 0 && hi-base < 0:
		return 1
	case base < lo:
		return -1
	case incr > 0 && room(base, hi) < uint64(incr):
		return 1
	case incr < 0 && room(lo, base) < -uint64(incr):
		return -1
	}
	return 0
}

// room is the distance from lo to hi.
func room(lo, hi int64) uint64 { return uint64(hi) - uint64(lo) }
