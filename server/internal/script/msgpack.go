package script

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

// cmsgpackLib is the library cmsgpack: values as MessagePack.
func (m *machine) cmsgpackLib() *lua.LTable {
	t := m.library(map[string]function{
		"pack":         packMessages,
		"unpack":       func(c call) int { return c.unpackMessages(0, 0) },
		"unpack_one":   func(c call) int { return c.unpackMessages(1, c.optInt(2, 0)) },
		"unpack_limit": func(c call) int { return c.unpackMessages(c.int(2), c.optInt(3, 0)) },
	})
	for name, value := range map[string]string{
		"_NAME": "cmsgpack", "_VERSION": "lua-cmsgpack 0.4.0",
		"_COPYRIGHT": "Copyright (C) 2012, Salvatore Sanfilippo", "_DESCRIPTION": "MessagePack C implementation for Lua",
	} {
		t.RawSetString(name, lua.LString(value))
	}
	return t
}

// The first bytes of values, or the bits that they begin with.
const (
	packNil, packFalse, packTrue    = 0xc0, 0xc2, 0xc3
	packFloat, packDouble           = 0xca, 0xcb
	packUint8, packUint16           = 0xcc, 0xcd
	packUint32, packUint64          = 0xce, 0xcf
	packInt8, packInt16             = 0xd0, 0xd1
	packInt32, packInt64            = 0xd2, 0xd3
	packStr8, packStr16, packStr32  = 0xd9, 0xda, 0xdb
	packArray16, packArray32        = 0xdc, 0xdd
	packMap16, packMap32            = 0xde, 0xdf
	packFixMap, packFixArray        = 0x80, 0x90
	packFixStr, packFixNegative     = 0xa0, 0xe0
	packFixStrMax, packFixTablesMax = 31, 15
)

// packDepthMax is how deep tables may be nested. Deeper ones are nil.
const packDepthMax = 16

func packMessages(c call) int {
	n := c.GetTop()
	if n == 0 {
		c.argError(0, "MessagePack pack needs input.")
	}
	p := messagePacker{text{call: c}}
	for i := 1; i <= n; i++ {
		p.value(c.Get(i), 0)
	}
	return c.push(p.text.value())
}

// messagePacker writes values as MessagePack.
type messagePacker struct{ text }

// head writes a first byte, and a number of size bytes after it.
func (p *messagePacker) head(first byte, n uint64, size int) {
	p.room(1 + size)
	p.b = append(p.b, first)
	for i := size - 1; i >= 0; i-- {
		p.b = append(p.b, byte(n>>(8*i)))
	}
}

func (p *messagePacker) value(v lua.LValue, depth int) {
	switch v := v.(type) {
	case lua.LString:
		p.string(string(v))
	case lua.LBool:
		p.head(packFalse+btoi(bool(v)), 0, 0)
	case lua.LNumber:
		p.number(float64(v))
	case *lua.LTable:
		if depth < packDepthMax {
			p.table(p.m.behind(v), depth+1)
			return
		}
		p.head(packNil, 0, 0)
	default:
		p.head(packNil, 0, 0)
	}
}

func btoi(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func (p *messagePacker) string(s string) {
	switch n := uint64(len(s)); {
	case n <= packFixStrMax:
		p.head(packFixStr|byte(n), 0, 0)
	case n <= math.MaxUint8:
		p.head(packStr8, n, 1)
	case n <= math.MaxUint16:
		p.head(packStr16, n, 2)
	default:
		p.head(packStr32, n, 4)
	}
	p.write(s)
}

// number writes a number in the shortest form that keeps it.
func (p *messagePacker) number(f float64) {
	switch n := truncate(f); {
	case float64(n) == f && f < 1<<63:
		p.int(n)
	case float64(float32(f)) == f:
		p.head(packFloat, uint64(math.Float32bits(float32(f))), 4)
	default:
		p.head(packDouble, math.Float64bits(f), 8)
	}
}

func (p *messagePacker) int(n int64) {
	switch u := uint64(n); {
	case n >= -32 && n <= math.MaxInt8:
		p.head(byte(n), 0, 0)
	case n >= 0 && n <= math.MaxUint8:
		p.head(packUint8, u, 1)
	case n >= 0 && n <= math.MaxUint16:
		p.head(packUint16, u, 2)
	case n >= 0 && n <= math.MaxUint32:
		p.head(packUint32, u, 4)
	case n >= 0:
		p.head(packUint64, u, 8)
	case n >= math.MinInt8:
		p.head(packInt8, u, 1)
	case n >= math.MinInt16:
		p.head(packInt16, u, 2)
	case n >= math.MinInt32:
		p.head(packInt32, u, 4)
	default:
		p.head(packInt64, u, 8)
	}
}

// size writes the head of an array or a map with n items.
func (p *messagePacker) size(n int, fix, head16 byte) {
	switch {
	case n <= packFixTablesMax:
		p.head(fix|byte(n), 0, 0)
	case n <= math.MaxUint16:
		p.head(head16, uint64(n), 2)
	default:
		p.head(head16+1, uint64(n), 4)
	}
}

func (p *messagePacker) table(t *lua.LTable, depth int) {
	n, array := p.measure(t)
	if array {
		p.size(n, packFixArray, packArray16)
		for i := 1; i <= n; i++ {
			p.value(at(t, i), depth)
		}
		return
	}
	p.size(n, packFixMap, packMap16)
	for k, v := next(t, lua.LNil); k != lua.LNil; k, v = next(t, k) {
		p.value(k, depth)
		p.value(v, depth)
	}
}

// measure counts the fields of a table, and reports whether they are those of an array.
func (p *messagePacker) measure(t *lua.LTable) (n int, array bool) {
	most := 0.0
	array = true
	for k, _ := next(t, lua.LNil); k != lua.LNil; k, _ = next(t, k) {
		p.work(1)
		n++
		f, ok := k.(lua.LNumber)
		array = array && ok && f > 0 && f == lua.LNumber(math.Trunc(float64(f)))
		most = max(most, float64(f))
	}
	return n, array && most == float64(n)
}

// unpackMessages returns up to limit values of the string that is the first argument, from
// offset on; before them, where the next one begins, or -1 at the end. With limit and offset
// 0 it returns all values and nothing else.
func (c call) unpackMessages(limit, offset int64) int {
	s := c.string(1)
	switch {
	case offset < 0 || limit < 0:
		c.fail("Invalid request to unpack with offset of %d and limit of %d.", int32(offset), int32(len(s)))
	case offset > int64(len(s)):
		c.fail("Start offset %d greater than input length %d.", int32(offset), int32(len(s)))
	}
	all := limit == 0 && offset == 0
	if all {
		limit = math.MaxInt32
	}
	c.SetTop(1)
	u := messageReader{call: c, s: s, left: s[offset:]}
	if !all {
		c.Push(lua.LNumber(-1))
		u.base = 1
	}
	n := 0
	for ; u.left != "" && int64(n) < limit; n++ {
		c.Push(u.value())
	}
	if all {
		return n
	}
	if u.left != "" {
		c.Replace(2, lua.LNumber(len(s)-len(u.left)))
	}
	return n + 1
}

// messageReader reads MessagePack. The tables that it fills are on Lua's stack, where the
// scale finds them, with as many values in between as in the original, since Lua bounds its
// stack.
type messageReader struct {
	call
	s, left string
	base    int // how much of the stack does not count
}

// luaStackMax is how many values fit the stack of a C function in Lua 5.1.
const luaStackMax = 8000

// need checks that a value more fits the stack.
func (u *messageReader) need(why string) {
	if u.GetTop()-u.base+1 > luaStackMax {
		u.fail("stack overflow (%s)", why)
	}
}

// take returns the next n bytes.
func (u *messageReader) take(n uint64) string {
	if n > uint64(len(u.left)) {
		u.fail("Missing bytes in input.")
	}
	part := u.left[:n]
	u.left = u.left[n:]
	return part
}

// uint reads a number of size bytes.
func (u *messageReader) uint(size int) (n uint64) {
	for _, b := range []byte(u.take(uint64(size))) {
		n = n<<8 | uint64(b)
	}
	return n
}

func (u *messageReader) value() lua.LValue {
	u.work(1)
	u.reserve(boxSize)
	u.need("too many return values at once; use unpack_one or unpack_limit instead.")
	first := u.take(1)[0]
	switch first {
	case packNil:
		return lua.LNil
	case packFalse, packTrue:
		return lua.LBool(first == packTrue)
	case packFloat:
		return lua.LNumber(math.Float32frombits(uint32(u.uint(4))))
	case packDouble:
		return lua.LNumber(math.Float64frombits(u.uint(8)))
	case packUint8, packUint16, packUint32, packUint64:
		return lua.LNumber(int64(u.uint(1 << (first - packUint8)))) // signed, as in the original
	case packInt8, packInt16, packInt32, packInt64:
		size := 1 << (first - packInt8)
		shift := 64 - 8*size
		return lua.LNumber(int64(u.uint(size)<<shift) >> shift)
	case packStr8, packStr16, packStr32:
		return u.string(u.uint(1 << (first - packStr8)))
	case packArray16, packArray32:
		return u.array(u.uint(2 << (first - packArray16)))
	case packMap16, packMap32:
		return u.mapping(u.uint(2 << (first - packMap16)))
	}
	switch {
	case first < packFixMap:
		return lua.LNumber(first)
	case first >= packFixNegative:
		return lua.LNumber(int8(first))
	case first&0xe0 == packFixStr:
		return u.string(uint64(first & packFixStrMax))
	case first&0xf0 == packFixArray:
		return u.array(uint64(first & packFixTablesMax))
	case first&0xf0 == packFixMap:
		return u.mapping(uint64(first & packFixTablesMax))
	}
	u.fail("Bad data format in input.")
	return nil
}

func (u *messageReader) string(n uint64) lua.LValue { return u.part(u.take(n), u.s) }

func (u *messageReader) array(n uint64) lua.LValue {
	t := u.table()
	u.need("in function mp_decode_to_lua_array")
	u.Push(lua.LNil) // the index
	for i := range n {
		u.reserve(valueSize)
		if v := u.value(); v != lua.LNil {
			u.m.rawSet(t, lua.LNumber(i+1), v)
		}
	}
	u.Pop(2)
	return t
}

func (u *messageReader) mapping(n uint64) lua.LValue {
	t := u.table()
	for range n {
		k := u.value()
		u.Push(k)
		v := u.value()
		u.Pop(1)
		switch f, ok := k.(lua.LNumber); {
		case k == lua.LNil:
			u.failBare("table index is nil")
		case ok && f != f:
			u.failBare("table index is NaN")
		}
		u.reserve(fieldSize + fill(t, k))
		u.m.rawSet(t, k, v)
	}
	u.Pop(1)
	return t
}

func (u *messageReader) table() *lua.LTable {
	u.reserve(tableSize)
	t := u.CreateTable(0, 1) // else the first field makes room for 32
	u.Push(t)
	return t
}
