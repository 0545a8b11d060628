package script

import (
	"fmt"
	"math"

	lua "github.com/yuin/gopher-lua"

	"github.com/tattle-server/tattle/server/internal/script/syntax"
)

// call is one call of a library function. Its methods check arguments as Lua does.
type call struct {
	*lua.LState
	m    *machine
	name string // of the function, for messages
}

type function func(call) int

// function makes a Lua function.
func (m *machine) function(name string, fn function) *lua.LFunction {
	return m.L.NewFunction(func(L *lua.LState) int { return fn(call{L, m, name}) })
}

// closure is function for one that holds values of the script, so that the machine
// can see them.
func (m *machine) closure(name string, fn function, holds ...lua.LValue) *lua.LFunction {
	return m.L.NewClosure(func(L *lua.LState) int { return fn(call{L, m, name}) }, holds...)
}

// library makes a table of functions.
func (m *machine) library(fns map[string]function) *lua.LTable {
	t := m.L.CreateTable(0, len(fns))
	m.add(t, fns)
	return t
}

func (m *machine) add(t *lua.LTable, fns map[string]function) {
	for name, fn := range fns {
		t.RawSetString(name, m.function(name, fn))
	}
}

// openLibs fills the globals.
func (m *machine) openLibs(version string) {
	g := m.library(baseFunctions)
	m.globals = g
	m.next = g.RawGetString("next").(*lua.LFunction)
	shell := m.freeze(g)
	for name, lib := range map[string]*lua.LTable{
		"string": m.stringLib(), "table": m.library(tableFunctions), "math": m.mathLib(),
		"os": m.library(osFunctions), "coroutine": m.coroutineLib(), "redis": m.redisLib(version),
		"bit": m.library(bitFunctions), "cjson": m.cjsonLib(),
		"cmsgpack": m.cmsgpackLib(), "struct": m.library(structFunctions),
	} {
		g.RawSetString(name, m.freeze(lib))
	}
	g.RawSetString("_G", shell)
	g.RawSetString("_VERSION", lua.LString("Lua 5.1"))
	g.Metatable = m.indexMeta(m.L.NewFunction(m.missingGlobal))
	if m.libs == nil {
		g.RawSetString("__redis__err__handler", m.function("__redis__err__handler", errorHandler))
	} else {
		m.atLoad = m.loadGlobals(version)
	}
	m.globalMeta = m.freeze(g.Metatable.(*lua.LTable))

	stringMeta := m.indexMeta(g.RawGetString("string").(*lua.LTable).Metatable.(*lua.LTable).RawGetString("__index"))
	m.guardTypes(stringMeta)
	m.stringMeta = m.freeze(m.indexMeta(g.RawGetString("string")))

	m.give(syntax.Globals, g)
	m.give(syntax.Frozen, shell)
	m.give(syntax.Concat, m.function("concat", concat))
	m.give(syntax.Place, m.L.NewFunction(m.place()))
	m.give(syntax.Length, m.function("length", length))
	m.give(syntax.Loop, m.function("loop", loopNumbers))
}

// give sets an upvalue of the chunks, which no script can name.
func (m *machine) give(n int, v lua.LValue) {
	m.given[n] = &lua.Upvalue{}
	m.given[n].SetValue(v)
}

func (m *machine) indexMeta(index lua.LValue) *lua.LTable {
	t := &lua.LTable{Metatable: lua.LNil}
	t.RawSetString("__index", index)
	return t
}

// push returns values to Lua.
func (c call) push(values ...lua.LValue) int {
	for _, v := range values {
		c.Push(v)
	}
	return len(values)
}

func (c call) pushString(s string) int { return c.push(lua.LString(s)) }

func (c call) pushNumber(f float64) int { return c.push(lua.LNumber(f)) }

func (c call) fail(format string, args ...any) { c.m.fail(c.LState, format, args...) }

// argError says that argument n is wrong. In a method call the object does not
// count.
func (c call) argError(n int, msg string) {
	at := c.m.where(c.LState, 1)
	name := c.name
	switch {
	case at.chunk == nil:
		name = "?"
	case at.chunk.IsMethod(at.site):
		if n--; n == 0 {
			c.fail("calling '%s' on bad self (%s)", name, msg)
		}
	}
	c.fail("bad argument #%d to '%s' (%s)", n, name, msg)
}

func (c call) typeError(n int, want string) {
	c.argError(n, fmt.Sprintf("%s expected, got %s", want, c.typeName(n)))
}

func (c call) typeName(n int) string {
	if n > c.GetTop() {
		return "no value"
	}
	return c.Get(n).Type().String()
}

func (c call) any(n int) lua.LValue {
	if n > c.GetTop() {
		c.argError(n, "value expected")
	}
	return c.Get(n)
}

func (c call) number(n int) float64 {
	f, ok := toNumber(c.Get(n))
	if !ok {
		c.typeError(n, "number")
	}
	return f
}

// int returns argument n as an integer. Lua's integers have 64 bits, even where
// Go's int has 32.
func (c call) int(n int) int64 { return truncate(c.number(n)) }

func (c call) optInt(n, otherwise int) int64 {
	if c.Get(n) == lua.LNil {
		return int64(otherwise)
	}
	return c.int(n)
}

func (c call) string(n int) string {
	s, ok := toString(c.Get(n))
	if !ok {
		c.typeError(n, "string")
	}
	return s
}

func (c call) optString(n int, otherwise string) string {
	if c.Get(n) == lua.LNil {
		return otherwise
	}
	return c.string(n)
}

func (c call) table(n int) *lua.LTable {
	t, ok := c.Get(n).(*lua.LTable)
	if !ok {
		c.typeError(n, "table")
	}
	return c.m.behind(t)
}

func (c call) tableToWrite(n int) *lua.LTable {
	c.table(n)
	return c.m.toWrite(c.LState, c.Get(n).(*lua.LTable))
}

func (c call) function(n int) *lua.LFunction {
	fn, ok := c.Get(n).(*lua.LFunction)
	if !ok {
		c.typeError(n, "function")
	}
	return fn
}

// apply calls a Lua function from Go and returns its first result.
func (c call) apply(fn lua.LValue, args ...lua.LValue) lua.LValue {
	c.m.enter(c.LState)
	defer c.m.leave()
	c.Push(fn)
	for _, a := range args {
		c.Push(a)
	}
	c.Call(len(args), 1)
	v := c.Get(-1)
	c.Pop(1)
	return v
}

// enter notes that Go is about to call Lua. Each such call takes stack of the
// goroutine, so their depth is bounded.
func (m *machine) enter(L *lua.LState) {
	if len(m.callers) >= goCallsMax {
		m.failBare(L, "C stack overflow")
	}
	m.callers = append(m.callers, L)
}

func (m *machine) leave() { m.callers = m.callers[:len(m.callers)-1] }

func toNumber(v lua.LValue) (float64, bool) {
	switch v := v.(type) {
	case lua.LNumber:
		return float64(v), true
	case lua.LString:
		return syntax.ParseNumber(string(v))
	}
	return 0, false
}

func toString(v lua.LValue) (string, bool) {
	switch v := v.(type) {
	case lua.LString:
		return string(v), true
	case lua.LNumber:
		return formatNumber(float64(v)), true
	}
	return "", false
}

// truncate is C's conversion to an integer on x86: everything that does not fit
// becomes the smallest integer.
func truncate(f float64) int64 {
	if f >= -(1<<63) && f < 1<<63 {
		return int64(f)
	}
	return math.MinInt64
}
