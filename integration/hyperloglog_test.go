package integration

import (
	"fmt"
	"testing"
)

// The bytes of every sketch are those of Redis, in both encodings, at all sizes and
// whatever merges made it; and so is every count.
func TestHyperLogLogIsRedis(t *testing.T) {
	compareRandom(t, 30, func(b *both, i int) {
		b.do("CONFIG", "SET", "hll-sparse-max-bytes", b.one("3000", "3000", "3000", "100", "0", "20000"))
		for range 100 {
			key := b.one("a", "b", "c", "d")
			switch b.random.IntN(6) {
			case 0:
				b.do("PFMERGE", key, b.one("a", "b", "none"), b.one("c", "d", key))
			case 1:
				b.do("PFCOUNT", key, b.one("a", "b", "none"), b.one("c", "d"))
			case 2:
				b.do("PFCOUNT", key)
			default:
				b.do(b.add(key, i)...)
			}
			b.do("GET", key)
			b.do("PFDEBUG", "ENCODING", key)
		}
		for _, key := range []string{"a", "b", "c", "d"} {
			b.do("PFDEBUG", "DECODE", key)
			b.do("PFDEBUG", "GETREG", key)
			b.do("PFCOUNT", key)
		}
	})
}

// add returns a PFADD of up to 500 elements; the higher round, the more different ones.
func (b *both) add(key string, round int) []any {
	line := []any{"PFADD", key}
	for range b.random.IntN(1 << b.random.IntN(10)) {
		element := fmt.Sprint(b.random.IntN(10 << (round % 20)))
		line = append(line, element[b.random.IntN(len(element)):])
	}
	return line
}

// What clients write into a sketch is taken or refused as by Redis, and never read beyond
// its end. The runs are any bytes, or add up to the right number and are odd in their kinds
// and lengths.
func TestDamagedHyperLogLogIsRedis(t *testing.T) {
	compareRandom(t, 100, func(b *both, i int) {
		for range 20 {
			b.do("SET", "k", b.damaged())
			b.do("SET", "other", b.damaged())
			for range b.random.IntN(5) {
				b.do(b.add("k", i)...)
				b.do("GET", "k")
			}
			b.do("PFCOUNT", "k")
			b.do("PFCOUNT", "k", "other")
			b.do("PFMERGE", b.one("k", "n"), "other", "k")
			b.do("GET", "k")
			b.do("PFDEBUG", b.one("GETREG", "DECODE", "TODENSE", "ENCODING"), b.one("k", "n", "other"))
			b.do("GET", "k")
			b.do("OBJECT", "ENCODING", "k")
			b.do("DEL", "n")
		}
	})
}

// damaged returns the bytes of a sketch as somebody hostile would write them. None ends with
// half a run: what Redis takes for the other half then is what happens to lie behind.
func (b *both) damaged() string {
	head := fmt.Sprintf("HYLL\x01\x00\x00%c", b.random.IntN(256))
	for range 8 {
		head += string([]byte{byte(b.random.IntN(256))})
	}
	var body []byte
	switch b.random.IntN(8) {
	case 0: // any bytes
		for range b.random.IntN(40) {
			body = append(body, byte(b.random.IntN(256)))
		}
		return head + string(body) + "\x00"
	case 1: // dense, of any registers
		for len(body) < 12288+b.random.IntN(1000)/999 {
			body = append(body, byte(b.random.IntN(256)))
		}
		return "HYLL\x00" + head[5:] + string(body)
	case 2: // no sketch
		return b.one("", "HYLL", "HYLL\x01aaabbbbbbb", "HYLL\x02aaabbbbbbbb", "HYLL\x00aaabbbbbbbb", "hyll\x01aaabbbbbbbb", "12345")
	}
	for left := 16384; left > 0; {
		n := min(left, 1+b.random.IntN(1<<b.random.IntN(13)))
		switch b.random.IntN(3) {
		case 0:
			n = min(n, 64)
			body = append(body, byte(n-1))
		case 1:
			body = append(body, byte(0x40|(n-1)>>8), byte(n-1))
		default:
			n = min(n, 4)
			body = append(body, byte(0x80|b.random.IntN(32)<<2|(n-1)))
		}
		left -= n
	}
	return head + string(body) + b.one("", "", "", "", "\x00", "\x40\x00", "\x80")
}
