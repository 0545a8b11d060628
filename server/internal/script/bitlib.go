package script

import (
	"fmt"
	"math"
	"math/bits"

	lua "github.com/yuin/gopher-lua"
)

// bits returns argument n modulo 2^32, rounded to the nearest integer (halves to
// even). For numbers too large for a double to hold halves, the result is what
// adding 2^52 + 2^51 leaves in the low word, as in the original.
func (c call) bits(n int) uint32 {
	const magic = 1<<52 + 1<<51
	return uint32(math.Float64bits(c.number(n) + magic))
}

func (c call) pushBits(u uint32) int { return c.push(lua.LNumber(int32(u))) }

// fold applies an operator to all arguments.
func fold(op func(a, b uint32) uint32) function {
	return func(c call) int {
		u := c.bits(1)
		for i := 2; i <= c.GetTop(); i++ {
			u = op(u, c.bits(i))
		}
		return c.pushBits(u)
	}
}

// shift applies an operator with a count modulo 32.
func shift(op func(u uint32, n int) uint32) function {
	return func(c call) int { return c.pushBits(op(c.bits(1), int(c.bits(2)&31))) }
}

func mapBits(op func(u uint32) uint32) function {
	return func(c call) int { return c.pushBits(op(c.bits(1))) }
}

var bitFunctions = map[string]function{
	"tobit":   mapBits(func(u uint32) uint32 { return u }),
	"bnot":    mapBits(func(u uint32) uint32 { return ^u }),
	"bswap":   mapBits(bits.ReverseBytes32),
	"band":    fold(func(a, b uint32) uint32 { return a & b }),
	"bor":     fold(func(a, b uint32) uint32 { return a | b }),
	"bxor":    fold(func(a, b uint32) uint32 { return a ^ b }),
	"lshift":  shift(func(u uint32, n int) uint32 { return u << n }),
	"rshift":  shift(func(u uint32, n int) uint32 { return u >> n }),
	"arshift": shift(func(u uint32, n int) uint32 { return uint32(int32(u) >> n) }),
	"rol":     shift(bits.RotateLeft32),
	"ror":     shift(func(u uint32, n int) uint32 { return bits.RotateLeft32(u, -n) }),
	"tohex":   bitToHex,
}

// hexDigits is how many digits tohex can write.
const hexDigits = 8

// bitToHex writes the low digits; a negative count asks for capital letters.
func bitToHex(c call) int {
	u, n := c.bits(1), int32(hexDigits)
	if c.GetTop() > 1 {
		n = int32(c.bits(2))
	}
	verb := "%0*x"
	if n < 0 {
		verb, n = "%0*X", -n
	}
	if n < 0 || n > hexDigits {
		n = hexDigits
	}
	if n == 0 {
		return c.pushString("")
	}
	return c.pushString(fmt.Sprintf(verb, n, u&uint32(1<<(4*n)-1)))
}
