package keyspace

import "math"

// lzf packs strings in the format LZF, which dumpreader.go describes, and chooses among the
// ways to do so as Redis does: a payload is the same byte for byte.
//
// It goes through the string once. A table finds, by a hash of the next three bytes, where they
// stood last. If they are there and not too far away, as much as is equal becomes a
// reference; a byte that begins none is a literal.
// Source: the behaviour of liblzf with its settings for speed.
type lzf struct {
	in, out []byte
	last    []uint32 // by hash: a place in the input plus base; less is of an earlier string
	base    uint32
	literal int // literals since the last reference or full run
}

const (
	lzfHashBits = 16
	lzfMostBack = 1 << 13
	lzfLongest  = 1<<8 + 1<<3
	lzfLiterals = 1 << 5
	lzfGain     = 4 // the bytes that packing must save
)

// pack returns the packed form, valid until the next call, or nil if it would not be
// shorter by a few bytes.
func (z *lzf) pack(s string) []byte {
	z.begin(s)
	room := len(s) - lzfGain
	at := 0
	for at < len(z.in)-2 {
		ref := z.note(at)
		if ref > 0 && at-ref-1 < lzfMostBack && string(z.in[ref:ref+3]) == string(z.in[at:at+3]) {
			if z.full(room) {
				return nil
			}
			at = z.refer(at, ref)
			continue
		}
		if len(z.out) >= room {
			return nil
		}
		z.keep(z.in[at])
		at++
	}
	if len(z.out)+3 > room {
		return nil
	}
	for ; at < len(z.in); at++ {
		z.keep(z.in[at])
	}
	z.endRun()
	return z.out[:len(z.out)-1]
}

// begin makes ready for a string. The table is not cleared, which would take longer than to
// pack a short string.
func (z *lzf) begin(s string) {
	next := uint64(z.base) + uint64(len(z.in))
	if z.last == nil || next+uint64(len(s)) > math.MaxUint32 {
		z.last, next = make([]uint32, 1<<lzfHashBits), 0
	}
	z.in, z.out, z.literal, z.base = bytesOf(s), append(z.out[:0], 0), 0, uint32(next)
}

// note enters a place into the table and returns the last one with the same hash.
func (z *lzf) note(at int) (before int) {
	h := uint32(z.in[at])<<16 | uint32(z.in[at+1])<<8 | uint32(z.in[at+2])
	slot := &z.last[(h>>(24-lzfHashBits)-h*5)&(1<<lzfHashBits-1)]
	if *slot > z.base {
		before = int(*slot - z.base)
	}
	*slot = z.base + uint32(at)
	return before
}

// full reports whether there is no room for a reference.
func (z *lzf) full(room int) bool {
	n := len(z.out)
	if z.literal == 0 {
		n-- // the count of the run that ends here is taken back
	}
	return n+3+1 >= room
}

// keep writes a literal. The count of a run of literals stands before it.
func (z *lzf) keep(c byte) {
	z.literal++
	z.out = append(z.out, c)
	if z.literal == lzfLiterals {
		z.endRun()
	}
}

// endRun ends a run of literals and leaves room for the count of the next one.
func (z *lzf) endRun() {
	if z.literal > 0 {
		z.out[len(z.out)-z.literal-1] = byte(z.literal - 1)
		z.out = append(z.out, 0)
	}
	z.literal = 0
}

// refer writes a reference and returns the place behind what it stands for.
func (z *lzf) refer(at, ref int) int {
	z.endRun()
	n := z.equal(at, ref)
	back, length := at-ref-1, n-2
	out := z.out[:len(z.out)-1]
	if length < 7 {
		out = append(out, byte(back>>8)+byte(length<<5))
	} else {
		out = append(out, byte(back>>8)+7<<5, byte(length-7))
	}
	z.out = append(out, byte(back), 0)
	if at += n; at < len(z.in)-2 {
		z.note(at - 2)
		z.note(at - 1)
	}
	return at
}

// equal returns how many bytes at two places are equal; the first three are. That is at most
// what the end of the input leaves, less two, which a reference may pass by only if it is long:
// the first bytes are compared without a look at the limit if there are enough of them.
func (z *lzf) equal(at, ref int) int {
	const unlimited = 18
	most := min(len(z.in)-at-2, lzfLongest)
	n := 3
	for ; most >= unlimited-1 && n <= unlimited; n++ {
		if z.in[ref+n] != z.in[at+n] {
			return n
		}
	}
	for n < most && z.in[ref+n] == z.in[at+n] {
		n++
	}
	return n
}
