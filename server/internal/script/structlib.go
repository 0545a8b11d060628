package script

import (
	"math"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// structFunctions are the library struct: values as the fields of C's structs, by a format.
var structFunctions = map[string]function{"pack": structPack, "unpack": structUnpack, "size": structSize}

// Sizes of C's types, on every platform those of Linux on amd64.
const (
	cShort, cInt, cLong, cAlign = 2, 4, 8, 8

	intSizeMax = 32 // of "i" with a size
)

// layout reads a format.
type layout struct {
	call
	format string // what is left of it
	big    bool   // the highest byte comes first
	align  uint64
}

func (c call) layout() *layout {
	format, _, _ := strings.Cut(c.string(1), "\x00") // C ends here
	return &layout{call: c, format: format, align: 1}
}

// next returns the next option, the size of its field, and how much is to be left free
// before it, at pos. An option without a field has the size 0.
func (l *layout) next(pos uint64) (option byte, size, gap uint64) {
	l.work(1)
	option = l.format[0]
	l.format = l.format[1:]
	switch option {
	case 'b', 'B', 'x':
		size = 1
	case 'h', 'H':
		size = cShort
	case 'l', 'L', 'T', 'd':
		size = cLong
	case 'f':
		size = cInt
	case 'c':
		return option, l.number(1), 0
	case 'i', 'I':
		if size = l.number(cInt); size > intSizeMax {
			l.fail("integral size %d is larger than limit of %d", size, intSizeMax)
		}
	}
	if size == 0 {
		return option, 0, 0
	}
	to := min(size, l.align)
	return option, size, (to - pos&(to-1)) & (to - 1)
}

// number reads the digits after an option.
func (l *layout) number(otherwise uint64) (n uint64) {
	if l.format == "" || !isDigit(l.format[0]) {
		return otherwise
	}
	for l.format != "" && isDigit(l.format[0]) {
		if n = n*10 + uint64(l.format[0]-'0'); n > math.MaxInt32 {
			l.fail("integral size overflow")
		}
		l.format = l.format[1:]
	}
	return n
}

// control obeys an option that is no field.
func (l *layout) control(option byte) {
	switch option {
	case ' ':
	case '>':
		l.big = true
	case '<':
		l.big = false
	case '!':
		a := l.number(cAlign)
		if a == 0 || a&(a-1) != 0 {
			l.fail("alignment %d is not a power of 2", a)
		}
		l.align = a
	default:
		l.argError(1, "invalid format option '"+string([]byte{option})+"'")
	}
}

func structPack(c call) int {
	l := c.layout()
	c.Push(lua.LNil) // what errors find in place of the first missing argument
	out := text{call: c}
	arg, pos := 2, uint64(0)
	for l.format != "" {
		option, size, gap := l.next(pos)
		out.zeros(int(gap))
		before := len(out.b)
		switch option {
		case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I':
			out.field(l.big, wholeBits(c.number(arg)), int(size))
			arg++
		case 'x':
			out.zeros(1)
		case 'f':
			out.field(l.big, uint64(math.Float32bits(float32(c.number(arg)))), int(size))
			arg++
		case 'd':
			out.field(l.big, math.Float64bits(c.number(arg)), int(size))
			arg++
		case 'c', 's':
			out.string(c.string(arg), option, size, arg+1)
			arg++
		default:
			l.control(option)
		}
		pos += gap + uint64(len(out.b)-before)
	}
	return c.push(out.value())
}

// string writes a string of size bytes, or a whole one if size is 0.
func (t *text) string(s string, option byte, size uint64, arg int) {
	if size == 0 {
		size = uint64(len(s))
	}
	if uint64(len(s)) < size {
		t.argError(arg, "string too short")
	}
	t.write(s[:size])
	if option == 's' {
		t.zeros(1)
	}
}

func (t *text) zeros(n int) {
	for range n {
		t.writeByte(0)
	}
}

// field writes an integer of size bytes. Those beyond the eighth are zeros.
func (t *text) field(big bool, n uint64, size int) {
	var b [intSizeMax]byte
	for i := range min(size, cLong) {
		b[i] = byte(n >> (8 * i))
	}
	if big {
		slices.Reverse(b[:size])
	}
	t.write(string(b[:size]))
}

// wholeBits is C's conversion to an integer on amd64: unsigned unless f is negative.
func wholeBits(f float64) uint64 {
	switch {
	case f < 1<<63 || math.IsNaN(f):
		return uint64(truncate(f))
	case f < 1<<64:
		return uint64(truncate(f-1<<63)) ^ 1<<63
	}
	return 0
}

func structUnpack(c call) int {
	l, data := c.layout(), c.string(2)
	pos := uint64(c.optInt(3, 1))
	if pos == 0 {
		c.argError(3, "offset must be 1 or greater")
	}
	pos--
	top := c.GetTop()
	fits := func(size uint64) {
		if n := uint64(len(data)); size > n || pos > n-size {
			c.argError(2, "data string too short")
		}
	}
	for l.format != "" {
		option, size, gap := l.next(pos)
		pos += gap
		fits(size)
		if c.GetTop()+2 > luaStackMax {
			c.fail("stack overflow (too many results)")
		}
		c.reserve(boxSize)
		switch option {
		case 'b', 'h', 'l', 'i':
			n := l.integer(data[pos : pos+size])
			if sign := ^uint64(0) << ((8*size - 1) & 63); n&sign != 0 {
				n |= sign
			}
			c.pushNumber(float64(int64(n)))
		case 'B', 'H', 'L', 'T', 'I':
			c.pushNumber(float64(l.integer(data[pos : pos+size])))
		case 'x':
		case 'f':
			c.pushNumber(float64(math.Float32frombits(uint32(l.integer(data[pos : pos+size])))))
		case 'd':
			c.pushNumber(math.Float64frombits(l.integer(data[pos : pos+size])))
		case 'c':
			if size == 0 {
				size = c.previousSize(top)
				fits(size)
			}
			c.push(c.part(data[pos:pos+size], data))
		case 's':
			size = uint64(strings.IndexByte(data[pos:], 0)) + 1
			if size == 0 {
				c.fail("unfinished string in data")
			}
			c.push(c.part(data[pos:pos+size-1], data))
		default:
			l.control(option)
		}
		pos += size
	}
	c.pushNumber(float64(int64(pos + 1)))
	return c.GetTop() - top
}

// previousSize takes back the last value that was read, which is the size of a string.
func (c call) previousSize(top int) uint64 {
	f, ok := toNumber(c.Get(-1))
	if c.GetTop() == top || !ok {
		c.fail("format 'c0' needs a previous size")
	}
	c.Pop(1)
	return wholeBits(f)
}

// integer reads an integer. If it is longer than eight bytes only the lowest count.
func (l *layout) integer(b string) (n uint64) {
	for i := range len(b) {
		if l.big {
			n = n<<8 | uint64(b[i])
		} else {
			n = n<<8 | uint64(b[len(b)-1-i])
		}
	}
	return n
}

func structSize(c call) int {
	l, pos := c.layout(), uint64(0)
	for l.format != "" {
		option, size, gap := l.next(pos)
		switch {
		case option == 's':
			c.argError(1, "option 's' has no fixed size")
		case option == 'c' && size == 0:
			c.argError(1, "option 'c0' has no fixed size")
		case !inClass(option, 'w'):
			l.control(option)
		}
		pos += gap + size
	}
	return c.pushNumber(float64(int64(pos)))
}
