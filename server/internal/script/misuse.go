package script

import lua "github.com/yuin/gopher-lua"

// guardTypes gives types without a metatable one that nobody sees. gopher-lua says
// less than Lua about a value that cannot be called, negated or measured; these
// metamethods know which value it was.
func (m *machine) guardTypes(stringMeta *lua.LTable) {
	nothing := &lua.LTable{Metatable: lua.LNil}
	for _, t := range []*lua.LTable{nothing, stringMeta} {
		t.RawSetString("__call", m.function("call", misusedCall))
		t.RawSetString("__unm", m.function("unm", negate))
	}
	nothing.RawSetString("__len", m.function("len", misusedLen))
	for _, v := range []lua.LValue{lua.LNil, lua.LTrue, lua.LNumber(0), m.next, m.L} {
		m.L.SetMetatable(v, nothing)
	}
	m.L.SetMetatable(lua.LString(""), stringMeta)
}

func misusedCall(c call) int {
	at, name := c.m.where(c.LState, 1), ""
	if at.chunk != nil {
		name = at.chunk.Callee(at.site)
	}
	c.fail("%s", attempt("call", name, c.Get(1).Type().String()))
	return 0
}

// length is #v.
func length(c call) int {
	switch v := c.Get(1).(type) {
	case lua.LString:
		return c.pushNumber(float64(len(v)))
	case *lua.LTable:
		return c.pushNumber(float64(v.Len()))
	}
	return misusedLen(c)
}

// loopNumbers returns the three values of a for loop as numbers.
func loopNumbers(c call) int {
	for i, what := range [...]string{"initial value", "limit", "step"} {
		f, ok := toNumber(c.Get(i + 1))
		if !ok {
			c.fail("'for' %s must be a number", what)
		}
		c.pushNumber(f)
	}
	return 3
}

func misusedLen(c call) int { return c.misusedOperand("get length of") }

// negate is -x for all but numbers and tables.
func negate(c call) int {
	if f, ok := toNumber(c.Get(1)); ok {
		return c.pushNumber(-f)
	}
	return c.misusedOperand("perform arithmetic on")
}

func (c call) misusedOperand(to string) int {
	at, name := c.m.where(c.LState, 1), ""
	if at.chunk != nil {
		name = at.chunk.Operand(at.site, 0)
	}
	c.fail("%s", attempt(to, name, c.Get(1).Type().String()))
	return 0
}
