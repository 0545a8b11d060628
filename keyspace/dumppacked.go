package keyspace

import (
	"encoding/binary"
	"math"
)

// The compact forms: one string that holds all elements. Each function splits it
// into the elements as text, or fails.

// packTerminator ends a listpack and a ziplist.
const packTerminator = 0xff

// listpack reads: total bytes (4), number of elements (2), the elements, each
// followed by its own size for reading backwards, terminator.
func (r *dumpReader) listpack(b []byte) [][]byte {
	in := dumpReader{b: b}
	total := in.little(4)
	n := in.little(2)
	if total != uint64(len(b)) {
		in.fail()
	}
	var elements [][]byte
	for !in.failed && len(in.b) > 1 {
		before := len(in.b)
		elements = append(elements, in.listpackElement())
		in.backLen(before - len(in.b))
	}
	return r.elements(&in, elements, n)
}

// manyElements is the element count of a compact form whose real count does not
// fit.
const manyElements = math.MaxUint16

// elements ends the reading of a compact form that should have n elements: only the
// terminator may be left.
func (r *dumpReader) elements(in *dumpReader, elements [][]byte, n uint64) [][]byte {
	if n != manyElements && n != uint64(len(elements)) {
		in.fail()
	}
	if in.byte() != packTerminator || len(in.b) != 0 || in.failed {
		r.fail()
		return nil
	}
	return elements
}

// listpackElement reads an element by its first byte:
//
//	0nnnnnnn  integer of 7 bits      11110001  integer of 16 bits
//	10LLLLLL  string                 11110010  integer of 24 bits
//	110nnnnn  integer of 13 bits     11110011  integer of 32 bits
//	1110LLLL  string, 12 bits        11110100  integer of 64 bits
//	11110000  string, length in 4 bytes
func (r *dumpReader) listpackElement() []byte {
	first := r.byte()
	switch {
	case first < 0x80:
		return decimalOf(int64(first))
	case first < 0xc0:
		return r.bytes(uint64(first & 0x3f))
	case first < 0xe0:
		n := int64(first&0x1f)<<8 | int64(r.byte())
		if n >= 1<<12 {
			n -= 1 << 13
		}
		return decimalOf(n)
	case first < 0xf0:
		return r.bytes(uint64(first&0x0f)<<8 | uint64(r.byte()))
	}
	switch first {
	case 0xf0:
		return r.bytes(r.little(4))
	case 0xf1:
		return decimalOf(r.signed(2))
	case 0xf2:
		return decimalOf(r.signed(3))
	case 0xf3:
		return decimalOf(r.signed(4))
	case 0xf4:
		return decimalOf(r.signed(8))
	}
	r.fail()
	return nil
}

// backLen reads the size that follows an element: seven bits a byte, highest first,
// with the top bit set in every byte but the first.
func (r *dumpReader) backLen(size int) {
	got := 0
	for i, c := range r.bytes(uint64(backLenSize(size))) {
		if (i > 0) != (c&0x80 != 0) {
			r.fail()
			return
		}
		got = got<<7 | int(c&0x7f)
	}
	if got != size {
		r.fail()
	}
}

// appendPacked appends an element to a listpack, in the shortest form.
func appendPacked(b []byte, s string) []byte {
	start := len(b)
	if n, ok := canonicalInt(s); ok {
		b = appendPackedInt(b, n)
	} else {
		switch n := len(s); {
		case n < 1<<6:
			b = append(b, 0x80|byte(n))
		case n < 1<<12:
			b = append(b, 0xe0|byte(n>>8), byte(n))
		default:
			b = binary.LittleEndian.AppendUint32(append(b, 0xf0), uint32(n))
		}
		b = append(b, s...)
	}
	return appendBackLen(b, len(b)-start)
}

func appendPackedInt(b []byte, n int64) []byte {
	switch {
	case n >= 0 && n < 1<<7:
		return append(b, byte(n))
	case n >= -1<<12 && n < 1<<12:
		return append(b, 0xc0|byte(n>>8)&0x1f, byte(n))
	case n == int64(int16(n)):
		return binary.LittleEndian.AppendUint16(append(b, 0xf1), uint16(n))
	case n >= -1<<23 && n < 1<<23:
		return append(b, 0xf2, byte(n), byte(n>>8), byte(n>>16))
	case n == int64(int32(n)):
		return binary.LittleEndian.AppendUint32(append(b, 0xf3), uint32(n))
	}
	return binary.LittleEndian.AppendUint64(append(b, 0xf4), uint64(n))
}

// appendBackLen appends the size of an element: see backLen.
func appendBackLen(b []byte, size int) []byte {
	mark := byte(0)
	for shift := 7 * (backLenSize(size) - 1); shift >= 0; shift -= 7 {
		b = append(b, mark|byte(size>>shift)&0x7f)
		mark = 0x80
	}
	return b
}

// ziplist reads: total bytes (4), offset of the last element (4), number of
// elements (2), the elements, each preceded by the size of the previous one,
// terminator.
func (r *dumpReader) ziplist(b []byte) [][]byte {
	in := dumpReader{b: b}
	total, last, n := in.little(4), in.little(4), in.little(2)
	if total != uint64(len(b)) {
		in.fail()
	}
	var elements [][]byte
	at, size := len(b)-len(in.b), 0 // of the element before
	for !in.failed && len(in.b) > 1 {
		before := len(in.b)
		back := uint64(in.byte())
		if back == 0xfe {
			back = in.little(4)
		}
		if back != uint64(size) {
			in.fail()
		}
		elements = append(elements, in.ziplistElement())
		at, size = len(b)-before, before-len(in.b)
	}
	if last != uint64(at) {
		in.fail()
	}
	return r.elements(&in, elements, n)
}

// ziplistElement reads an element by its first byte:
//
//	00LLLLLL  string                     11000000  integer of 16 bits
//	01LLLLLL  string, 14 bits            11010000  integer of 32 bits
//	10000000  string, length in 4 bytes  11100000  integer of 64 bits
//	1111nnnn  integer n-1, n in 1..13    11110000  integer of 24 bits
//	                                     11111110  integer of 8 bits
func (r *dumpReader) ziplistElement() []byte {
	first := r.byte()
	switch first >> 6 {
	case 0:
		return r.bytes(uint64(first))
	case 1:
		return r.bytes(uint64(first&0x3f)<<8 | uint64(r.byte()))
	case 2:
		return r.bytes(r.big(4))
	}
	switch first {
	case 0xc0:
		return decimalOf(r.signed(2))
	case 0xd0:
		return decimalOf(r.signed(4))
	case 0xe0:
		return decimalOf(r.signed(8))
	case 0xf0:
		return decimalOf(r.signed(3))
	case 0xfe:
		return decimalOf(r.signed(1))
	}
	if first > 0xf0 && first < 0xfe {
		return decimalOf(int64(first&0x0f) - 1)
	}
	r.fail()
	return nil
}

// zipmap reads, as Redis up to 2.4 wrote small hashes: number of fields (1; 254 and 255 mean
// many), fields and values in turn, terminator. Before each word stands its length, in one
// byte or, behind a 254, in four. Behind the length of a value stands how many unused
// bytes follow it.
func (r *dumpReader) zipmap(b []byte) (words [][]byte) {
	const wide = 254
	in := dumpReader{b: b}
	fields := in.byte()
	for !in.failed && len(in.b) > 1 {
		n := uint64(in.byte())
		if n == wide {
			n = in.little(4)
		}
		unused := uint64(0)
		if len(words)%2 == 1 {
			unused = uint64(in.byte())
		}
		words = append(words, in.bytes(n))
		in.bytes(unused)
	}
	n := 2 * uint64(fields)
	if fields >= wide {
		n = manyElements
	}
	return r.elements(&in, words, n)
}

// intset reads: bytes of an integer (4), number of integers (4), the integers in
// ascending order.
func (r *dumpReader) intset(b []byte) [][]byte {
	in := dumpReader{b: b}
	size, n := int(in.little(4)), in.little(4)
	if n == 0 || size != 2 && size != 4 && size != 8 || n*uint64(size) != uint64(len(in.b)) {
		r.fail()
		return nil
	}
	elements := make([][]byte, n)
	var last int64
	for i := range elements {
		v := in.signed(size)
		if i > 0 && v <= last {
			r.fail()
			return nil
		}
		elements[i], last = decimalOf(v), v
	}
	return elements
}
