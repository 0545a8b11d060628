package script

import lua "github.com/yuin/gopher-lua"

// Scripts share their libraries and globals, so none may change them. Lua in Redis
// marks such tables read-only; gopher-lua cannot. So a script holds an empty table
// instead, whose metatable forwards reads to the real one and refuses writes:
//
//	redis ──> {} ──__index──> {call=..., log=..., ...}
//
// The libraries look behind it (machine.behind), so that a script takes it for the
// table itself.

// freeze returns the table that scripts get in place of t.
func (m *machine) freeze(t *lua.LTable) *lua.LTable {
	meta := &lua.LTable{Metatable: lua.LNil}
	meta.RawSetString("__index", t)
	meta.RawSetString("__newindex", m.L.NewFunction(m.refuseWrite))
	shell := &lua.LTable{Metatable: meta}
	m.frozen[shell] = t
	return shell
}

// readonlyText is the error of a write to a frozen table.
const readonlyText = "Attempt to modify a readonly table"

func (m *machine) refuseWrite(L *lua.LState) int {
	m.fail(L, readonlyText)
	return 0
}

// behind returns the table to read from: the one behind a frozen table, or t.
func (m *machine) behind(t *lua.LTable) *lua.LTable {
	if real, ok := m.frozen[t]; ok {
		return real
	}
	return t
}

// toWrite ends the running Go function if t is frozen.
func (m *machine) toWrite(L *lua.LState, t *lua.LTable) *lua.LTable {
	if _, ok := m.frozen[t]; ok {
		m.failBare(L, readonlyText)
	}
	return t
}

// missingGlobal is the error of reading a global that does not exist.
func (m *machine) missingGlobal(L *lua.LState) int {
	m.fail(L, "Script attempted to access nonexistent global variable '%s'", m.display(L.Get(2)))
	return 0
}

// metatable returns a value's metatable as scripts see it.
func (m *machine) metatable(v lua.LValue) lua.LValue {
	switch v := v.(type) {
	case lua.LString:
		return m.stringMeta
	case *lua.LTable:
		real, frozen := m.frozen[v]
		switch {
		case frozen && real.Metatable == m.globals.Metatable:
			return m.globalMeta
		case frozen:
			return lua.LNil
		}
		mt, _ := under(v.Metatable)
		return mt
	}
	return lua.LNil
}
