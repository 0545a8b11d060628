package keyspace

import (
	"encoding/binary"
	"strconv"
)

// dumpReader takes a payload apart. It fails at the first error, and from then on
// reads nothing and returns zeros.
type dumpReader struct {
	b      []byte
	failed bool
	empty  bool // the value has no elements: no key can hold it
	short  bool // it failed since more bytes were expected than there are
}

func (r *dumpReader) fail() {
	r.failed = true
	r.b = nil
}

// bytes takes n bytes, or returns nil if fewer are left.
func (r *dumpReader) bytes(n uint64) []byte {
	if r.failed || n > uint64(len(r.b)) {
		r.short = r.short || !r.failed
		r.fail()
		return nil
	}
	taken := r.b[:n:n]
	r.b = r.b[n:]
	return taken
}

func (r *dumpReader) byte() byte {
	if b := r.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

// little and big take an unsigned integer of up to 8 bytes.
func (r *dumpReader) little(size int) (n uint64) {
	for i, c := range r.bytes(uint64(size)) {
		n |= uint64(c) << (8 * i)
	}
	return n
}

func (r *dumpReader) big(size int) (n uint64) {
	for _, c := range r.bytes(uint64(size)) {
		n = n<<8 | uint64(c)
	}
	return n
}

// signed takes a little-endian integer with a sign.
func (r *dumpReader) signed(size int) int64 {
	unused := 64 - 8*size
	return int64(r.little(size)<<unused) >> unused
}

// head takes a length, or the number of a special form of string.
func (r *dumpReader) head() (n uint64, special bool) {
	first := r.byte()
	switch first >> 6 {
	case len6:
		return uint64(first), false
	case len14:
		return uint64(first&0x3f)<<8 | uint64(r.byte()), false
	case lenSpecial:
		return uint64(first & 0x3f), true
	}
	switch first {
	case len32:
		return r.big(4), false
	case len64:
		return r.big(8), false
	}
	r.fail()
	return 0, false
}

// length takes a length.
func (r *dumpReader) length() uint64 {
	n, special := r.head()
	if special {
		r.fail()
		return 0
	}
	return n
}

// count takes the number of the elements that follow, each of which takes at least
// that many bytes.
func (r *dumpReader) count(each uint64) int {
	n := r.length()
	if n > uint64(len(r.b))/each {
		r.short = r.short || !r.failed
		r.fail()
		return 0
	}
	return int(n)
}

// string takes a string in any of its forms. The result may share memory with the
// payload.
func (r *dumpReader) string() []byte {
	n, special := r.head()
	if !special {
		return r.bytes(n)
	}
	switch n {
	case specialInt8:
		return decimalOf(r.signed(1))
	case specialInt16:
		return decimalOf(r.signed(2))
	case specialInt32:
		return decimalOf(r.signed(4))
	case specialLZF:
		packed, size := r.length(), r.length()
		return r.unpack(r.bytes(packed), size)
	}
	r.fail()
	return nil
}

func decimalOf(n int64) []byte { return strconv.AppendInt(nil, n, 10) }

// LZF is a sequence of literal runs and references to earlier output. The first
// byte of each part says which:
//
//	000LLLLL                        L+1 literal bytes follow
//	LLLooooo oooooooo               L+2 bytes from o+1 bytes back
//	111ooooo LLLLLLLL oooooooo      L+9 bytes from o+1 bytes back
//
// lzfMost is an upper bound of the bytes that one byte can stand for.
const lzfMost = 255 + 9

// unpack decompresses LZF; the result must have exactly size bytes.
func (r *dumpReader) unpack(packed []byte, size uint64) []byte {
	if r.failed || size > uint64(len(packed))*lzfMost {
		r.fail()
		return nil
	}
	in, out := dumpReader{b: packed}, make([]byte, 0, size)
	for len(in.b) > 0 {
		first := in.byte()
		length := int(first >> 5)
		if length == 0 {
			out = append(out, in.bytes(uint64(first)+1)...)
			continue
		}
		if length == 7 {
			length += int(in.byte())
		}
		back := int(first&0x1f)<<8 + int(in.byte()) + 1
		if in.failed || back > len(out) || uint64(len(out)+length+2) > size {
			in.fail()
			break
		}
		for range length + 2 { // the source may overlap the output
			out = append(out, out[len(out)-back])
		}
	}
	if in.failed || uint64(len(out)) != size {
		r.fail()
		return nil
	}
	return out
}

// double takes a score.
func (r *dumpReader) double() uint64 {
	if b := r.bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}
