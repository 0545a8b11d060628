package keyspace

import (
	"encoding/binary"
	"math"
	"strconv"
)

// A listpack is a row of strings and integers in one piece of memory: the number of its
// bytes (4), the number of its elements (2), the elements, a terminator. Each element is
// followed by its own size, so that it can be read from behind. dumppacked.go has the forms
// of elements, and what reads a listpack that somebody else has made; these functions are
// for those that are known to be sound.
// Source: https://github.com/antirez/listpack/blob/master/listpack.md.

// packHeader is the size in bytes of what stands before the elements.
const packHeader = 4 + 2

// newPack returns a listpack that is open: elements can be appended to it. It has room
// for that many bytes.
func newPack(room int) []byte { return make([]byte, packHeader, room) }

// openPack takes the terminator off a listpack, and closePack puts it on again. n is the
// number of elements added meanwhile.
func openPack(p []byte) []byte { return p[:len(p)-1] }

func closePack(p []byte, n int) []byte {
	p = append(p, packTerminator)
	binary.LittleEndian.PutUint32(p, uint32(len(p)))
	n += int(binary.LittleEndian.Uint16(p[4:]))
	binary.LittleEndian.PutUint16(p[4:], uint16(min(n, math.MaxUint16)))
	return p
}

// packing is a listpack that is being made. The zero packing is empty and ready.
type packing struct {
	b []byte
	n int
}

// add adds an element in the shortest form.
func (p *packing) add(s string) {
	if p.b == nil {
		p.b = newPack(packHeader)
	}
	p.b = appendPacked(p.b, s)
	p.n++
}

// close returns the listpack.
func (p *packing) close() []byte { return closePack(p.b, p.n) }

// packedSpan returns the size of the element at i: its head, and then its bytes, if it is
// a string.
func packedSpan(p []byte, i int) (head, text int) {
	switch c := p[i]; {
	case c < 0x80:
		return 1, 0
	case c < 0xc0:
		return 1, int(c & 0x3f)
	case c < 0xe0:
		return 2, 0
	case c < 0xf0:
		return 2, int(c&0x0f)<<8 | int(p[i+1])
	case c == 0xf0:
		return 5, int(binary.LittleEndian.Uint32(p[i+1:]))
	case c == 0xf4:
		return 9, 0
	default: // 0xf1 to 0xf3
		return int(c-0xf1) + 3, 0
	}
}

// packedNext returns the place of the element behind that at i, or of the terminator.
func packedNext(p []byte, i int) int {
	head, text := packedSpan(p, i)
	return i + head + text + backLenSize(head+text)
}

// packedPrev returns the place of the element before that at i, which may be the
// terminator.
func packedPrev(p []byte, i int) int {
	size := 0
	for shift := 0; ; shift += 7 {
		i--
		size |= int(p[i]&0x7f) << shift
		if p[i]&0x80 == 0 {
			return i - size
		}
	}
}

// packedInt64 returns the integer at i, and the place of the next element.
func packedInt64(p []byte, i int) (n int64, next int) {
	c := p[i]
	switch {
	case c < 0x80:
		return int64(c), i + 2
	case c < 0xe0:
		n = int64(c&0x1f)<<8 | int64(p[i+1])
		return n << 51 >> 51, i + 3
	case c == 0xf1:
		return int64(int16(binary.LittleEndian.Uint16(p[i+1:]))), i + 4
	case c == 0xf2:
		return int64(int32(uint32(p[i+1])<<8|uint32(p[i+2])<<16|uint32(p[i+3])<<24) >> 8), i + 5
	case c == 0xf3:
		return int64(int32(binary.LittleEndian.Uint32(p[i+1:]))), i + 6
	}
	return int64(binary.LittleEndian.Uint64(p[i+1:])), i + 10
}

// packedText returns the element at i as text, and the place of the next one. The text
// lies in the listpack or, if it is an integer, in buf.
func packedText(p []byte, i int, buf []byte) (text []byte, next int) {
	if c := p[i]; c < 0x80 || c >= 0xc0 && c < 0xe0 || c > 0xf0 {
		n, next := packedInt64(p, i)
		return strconv.AppendInt(buf[:0], n, 10), next
	}
	head, size := packedSpan(p, i)
	end := i + head + size
	return p[i+head : end], end + backLenSize(head+size)
}

// packedEquals reports whether the element at i is this word.
func packedEquals(p []byte, i int, word []byte) bool {
	var buf [24]byte
	text, _ := packedText(p, i, buf[:])
	return string(text) == string(word)
}

// packInt appends an integer to an open listpack.
func packInt(p []byte, n int64) []byte {
	start := len(p)
	p = appendPackedInt(p, n)
	return appendBackLen(p, len(p)-start)
}

// replaceInt replaces the integer at i of a closed listpack, in the shortest form.
func replaceInt(p []byte, i int, n int64) []byte {
	var buf [16]byte
	element := packInt(buf[:0], n)
	next := packedNext(p, i)
	if len(element) == next-i {
		copy(p[i:], element)
		return p
	}
	tail := append([]byte(nil), p[next:]...)
	p = append(append(p[:i], element...), tail...)
	binary.LittleEndian.PutUint32(p, uint32(len(p)))
	return p
}

// backLenSize returns how many bytes the size of an element takes behind it. Redis
// begins another byte one early, except for the first.
func backLenSize(size int) int {
	switch {
	case size < 1<<7:
		return 1
	case size < 1<<14-1:
		return 2
	case size < 1<<21-1:
		return 3
	case size < 1<<28-1:
		return 4
	}
	return 5
}
