package script

import (
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

var stringFunctions = map[string]function{
	"byte": stringByte, "char": stringChar, "find": stringFind, "format": stringFormat,
	"gmatch": stringGmatch, "gfind": stringGmatch, "gsub": stringGsub, "match": stringMatch,
	"rep": stringRep, "reverse": stringReverse, "sub": stringSub,
	"dump":  stringDump,
	"len":   func(c call) int { return c.pushNumber(float64(len(c.string(1)))) },
	"lower": func(c call) int { return c.mapBytes(func(b []byte) { swapCase(b, 'A', 'Z') }) },
	"upper": func(c call) int { return c.mapBytes(func(b []byte) { swapCase(b, 'a', 'z') }) },
}

func (m *machine) stringLib() *lua.LTable { return m.library(stringFunctions) }

// dumpHeader is what the code of a dumped function begins with.
const dumpHeader = "\x1bLuaQ\x00\x01\x04\x08\x04\x08\x00"

// stringDump replies with a header and no code: nothing loads what it returns.
func stringDump(c call) int {
	if c.function(1).IsG {
		c.fail("unable to dump given function")
	}
	return c.pushString(dumpHeader)
}

// mapBytes returns a copy of argument 1 after change, which gets one piece of it after
// the other.
func (c call) mapBytes(change func([]byte)) int {
	t := text{call: c}
	t.write(c.string(1))
	for piece := range slices.Chunk(t.b, workEvery) {
		change(piece)
		c.work(len(piece) / 4)
	}
	return c.push(t.value())
}

// swapCase changes the case of letters between first and last.
func swapCase(b []byte, first, last byte) {
	for i, c := range b {
		if first <= c && c <= last {
			b[i] = c ^ 0x20
		}
	}
}

// position turns an index into a string of n bytes, which counts from the end if
// negative, into one from the start, between 0 and n+1. The first byte has index 1.
func position(i int64, n int) int {
	if i < 0 {
		i = max(i, int64(-n-1)) + int64(n) + 1
	}
	return int(min(i, int64(n)+1))
}

func stringByte(c call) int {
	s := c.string(1)
	first := position(c.optInt(2, 1), len(s))
	last := min(position(c.optInt(3, first), len(s)), len(s))
	first = max(first, 1)
	if first > last {
		return 0
	}
	if last-first >= unpackMax {
		c.fail("string slice too long")
	}
	for i := first; i <= last; i++ {
		c.Push(lua.LNumber(s[i-1]))
	}
	return last - first + 1
}

func stringChar(c call) int {
	b := make([]byte, c.GetTop())
	for i := range b {
		n := c.int(i + 1)
		if n < 0 || n > 255 {
			c.argError(i+1, "invalid value")
		}
		b[i] = byte(n)
	}
	return c.pushString(string(b))
}

func stringRep(c call) int {
	s, n := c.string(1), int(min(max(c.int(2), 0), int64(stringMax)+1))
	if n > 0 && len(s) > stringMax/n {
		c.failBare(errMemory)
	}
	c.reserve(len(s) * n)
	return c.pushString(strings.Repeat(s, n))
}

func stringReverse(c call) int {
	s, t := c.string(1), text{call: c}
	t.room(len(s))
	for i := len(s) - 1; i >= 0; i-- {
		if t.b = append(t.b, s[i]); i%workEvery == 0 {
			c.work(workEvery / 4)
		}
	}
	return c.push(t.value())
}

func stringSub(c call) int {
	s := c.string(1)
	first := max(position(c.int(2), len(s)), 1)
	last := min(position(c.optInt(3, -1), len(s)), len(s))
	if first > last {
		return c.pushString("")
	}
	return c.push(c.part(s[first-1:last], s))
}

func stringFind(c call) int  { return c.find(true) }
func stringMatch(c call) int { return c.find(false) }

// patternSpecials are the bytes that distinguish a pattern from plain text.
const patternSpecials = "^$*+?.([%-"

func (c call) find(positions bool) int {
	s, p := c.string(1), c.string(2)
	start := min(max(position(c.optInt(3, 1), len(s))-1, 0), len(s))
	if positions && (lua.LVAsBool(c.Get(4)) || !strings.ContainsAny(p, patternSpecials)) {
		i := strings.Index(s[start:], p)
		if i < 0 {
			return c.push(lua.LNil)
		}
		return c.push(lua.LNumber(start+i+1), lua.LNumber(start+i+len(p)))
	}
	p, anchored := strings.CutPrefix(p, "^")
	m := &matcher{c: c, src: s, pat: p}
	for ; start <= len(s); start++ {
		m.captures = m.captures[:0]
		if end, ok := m.match(start, 0); ok {
			if !positions {
				return m.push(start, end, true)
			}
			c.push(lua.LNumber(start+1), lua.LNumber(end))
			return 2 + m.push(start, end, false)
		}
		if anchored {
			break
		}
	}
	return c.push(lua.LNil)
}

// push returns the captures to Lua; if there are none, the whole match.
func (m *matcher) push(start, end int, whole bool) int {
	if len(m.captures) == 0 && whole {
		return m.c.push(m.c.part(m.src[start:end], m.src))
	}
	for i := range m.captures {
		m.c.Push(m.value(i, start, end))
	}
	return len(m.captures)
}

// value returns capture i. If the pattern has no captures, capture 0 is the whole
// match.
func (m *matcher) value(i, start, end int) lua.LValue {
	if i >= len(m.captures) {
		if i != 0 {
			m.c.fail("invalid capture index")
		}
		return m.c.part(m.src[start:end], m.src)
	}
	c := m.captures[i]
	switch c.length {
	case captureOpen:
		m.c.fail("unfinished capture")
	case capturePosition:
		return lua.LNumber(c.start + 1)
	}
	return m.c.part(m.src[c.start:c.start+c.length], m.src)
}

func stringGmatch(c call) int {
	m := &matcher{src: c.string(1), pat: c.string(2)}
	start := 0
	return c.push(c.m.closure("gmatch", func(c call) int {
		m.c = c
		for ; start <= len(m.src); start++ {
			m.captures, m.depth = m.captures[:0], 0
			if end, ok := m.match(start, 0); ok {
				from := start
				if start = end; end == from {
					start++
				}
				return m.push(from, end, true)
			}
		}
		return 0
	}, lua.LString(m.src), lua.LString(m.pat)))
}

func stringGsub(c call) int {
	s, p := c.string(1), c.string(2)
	repl := c.replacement(3)
	most := c.optInt(4, len(s)+1)
	p, anchored := strings.CutPrefix(p, "^")
	m := &matcher{c: c, src: s, pat: p}
	t := &text{call: c}
	at, n := 0, 0
	for int64(n) < most {
		m.captures = m.captures[:0]
		end, ok := m.match(at, 0)
		if ok {
			n++
			repl(t, m, at, end)
		}
		switch {
		case ok && end > at:
			at = end
		case at < len(s):
			t.writeByte(s[at])
			at++
		default:
			at++
		}
		if at > len(s) || anchored {
			break
		}
	}
	if at < len(s) {
		t.write(s[at:])
	}
	return c.push(t.value(), lua.LNumber(n))
}

// replacement returns the function that writes the replacement for a match, from
// gsub's argument n.
func (c call) replacement(n int) func(t *text, m *matcher, start, end int) {
	switch v := c.Get(n).(type) {
	case lua.LString, lua.LNumber:
		repl := c.string(n)
		return func(t *text, m *matcher, start, end int) { m.expand(t, repl, start, end) }
	case *lua.LTable:
		return func(t *text, m *matcher, start, end int) {
			t.write(m.replaced(c.GetTable(v, m.value(0, start, end)), start, end))
		}
	case *lua.LFunction:
		return func(t *text, m *matcher, start, end int) {
			args := []lua.LValue{m.value(0, start, end)}
			for i := 1; i < len(m.captures); i++ {
				args = append(args, m.value(i, start, end))
			}
			t.write(m.replaced(c.apply(v, args...), start, end))
		}
	}
	c.argError(n, "string/function/table expected")
	return nil
}

// replaced turns a value from a table or function into text; false keeps the match.
func (m *matcher) replaced(v lua.LValue, start, end int) string {
	if lua.LVIsFalse(v) {
		return m.src[start:end]
	}
	s, ok := toString(v)
	if !ok {
		m.c.fail("invalid replacement value (a %s)", v.Type())
	}
	return s
}

// expand writes a replacement with captures in the places of %1 and the like.
func (m *matcher) expand(t *text, repl string, start, end int) {
	for i := 0; i < len(repl); i++ {
		if repl[i] != '%' || i+1 == len(repl) {
			t.writeByte(repl[i])
			continue
		}
		i++
		switch c := repl[i]; {
		case c == '0':
			t.write(m.src[start:end])
		case isDigit(c):
			s, _ := toString(m.value(int(c)-'1', start, end))
			t.write(s)
		default:
			t.writeByte(c)
		}
	}
}
