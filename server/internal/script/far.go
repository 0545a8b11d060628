package script

import lua "github.com/yuin/gopher-lua"

// gopher-lua keeps integer keys in an array, which it fills up to the largest key, so
// that t[50000000] = 1 would take 800 MB. The largest key of an array is a variable of
// the whole process (lua.MaxArrayIndex), which is not ours to change. So a large key
// that does not continue the elements of its table, a far key, goes to the table's
// hash part, with a type of its own:
//
//   - Writing: t[k] = v is compiled as place(t, k)[k] = v, also in a constructor. If k is
//     far, place returns a stand-in for the table.
//   - Reading: gopher-lua looks into the array, finds nothing and asks the metatable.
//     A table with far keys has one of ours, a veil over the one that scripts see.
//   - The libraries use rawGet, rawSet and next, below.

// farMin is the smallest key that may be far. Below it arrays are small enough.
const farMin = 1 << 22

// farKey is a far key in the hash part of a table.
type farKey lua.LNumber

// String returns the number as Lua writes it.
func (k farKey) String() string { return formatNumber(float64(k)) }

// Type returns the type of a number.
func (k farKey) Type() lua.LValueType { return lua.LTNumber }

// mayBeFar returns k as a far key if gopher-lua would put it into an array, but at
// a cost.
func mayBeFar(k lua.LValue) (farKey, bool) {
	n, ok := k.(lua.LNumber)
	if !ok || n < farMin || n >= lua.LNumber(lua.MaxArrayIndex) || n != lua.LNumber(int(n)) {
		return 0, false
	}
	return farKey(n), true
}

// far returns k as a far key unless the elements of t reach up to it.
func far(t *lua.LTable, k lua.LValue) (farKey, bool) {
	n, ok := mayBeFar(k)
	near := ok && t.RawGetH(n) == lua.LNil &&
		(t.RawGetInt(int(n)) != lua.LNil || t.RawGetInt(int(n)-1) != lua.LNil)
	return n, ok && !near
}

// rawGet returns t[k] without asking the metatable.
func rawGet(t *lua.LTable, k lua.LValue) lua.LValue {
	v := t.RawGet(k)
	if n, ok := mayBeFar(k); ok && v == lua.LNil {
		return t.RawGetH(n)
	}
	return v
}

// at returns element i of a table.
func at(t *lua.LTable, i int) lua.LValue { return rawGet(t, lua.LNumber(i)) }

// rawSet sets t[k] without asking the metatable. k is neither nil nor NaN.
func (m *machine) rawSet(t *lua.LTable, k, v lua.LValue) {
	n, ok := far(t, k)
	if !ok {
		t.RawSet(k, v)
		return
	}
	t.RawSetH(n, v)
	if _, veiled := under(t.Metatable); !veiled {
		t.Metatable = m.veil(t.Metatable)
	}
}

// next returns the key and value that follow k in t; nil begins and ends the walk.
func next(t *lua.LTable, k lua.LValue) (lua.LValue, lua.LValue) {
	if _, veiled := under(t.Metatable); veiled {
		if n, ok := far(t, k); ok {
			k = n
		}
	}
	k, v := t.Next(k)
	if n, ok := k.(farKey); ok {
		k = lua.LNumber(n)
	}
	return k, v
}

// underVeil is the field of a veil that holds what is under it.
const underVeil = "(veil)"

// veil returns a metatable for a table with far keys that otherwise does what mt
// does.
func (m *machine) veil(mt lua.LValue) lua.LValue {
	v := &lua.LTable{Metatable: lua.LNil}
	var index lua.LValue = lua.LNil
	if mt, ok := mt.(*lua.LTable); ok {
		mt.ForEach(v.RawSet)
		index = mt.RawGetString("__index")
	}
	v.RawSetString("__index", m.L.NewFunction(func(L *lua.LState) int {
		t, k := L.Get(1).(*lua.LTable), L.Get(2)
		if n, ok := mayBeFar(k); ok && t.RawGetH(n) != lua.LNil {
			L.Push(t.RawGetH(n))
			return 1
		}
		switch index.Type() {
		case lua.LTNil:
			return 0
		case lua.LTFunction:
			L.Push(call{L, m, ""}.apply(index, t, k))
		default:
			L.Push(L.GetTable(index, k))
		}
		return 1
	}))
	v.RawSetString(underVeil, &lua.LUserData{Value: mt, Metatable: lua.LNil})
	return v
}

// under returns the metatable that scripts see in place of mt, and whether mt is a
// veil over it.
func under(mt lua.LValue) (lua.LValue, bool) {
	if t, ok := mt.(*lua.LTable); ok {
		if u, ok := t.RawGetString(underVeil).(*lua.LUserData); ok {
			return u.Value.(lua.LValue), true
		}
	}
	return mt, false
}

// setMetatable gives t the metatable mt, under the veil that t may need.
func (m *machine) setMetatable(t *lua.LTable, mt lua.LValue) {
	if _, veiled := under(t.Metatable); veiled {
		mt = m.veil(mt)
	}
	t.Metatable = mt
}

// place makes the function that is called with t and k before t[k] is set, and returns
// what to set it in.
func (m *machine) place() lua.LGFunction {
	standIn := &lua.LTable{Metatable: lua.LNil}
	standIn.RawSetString("__newindex", m.function("newindex", assignFar))
	return func(L *lua.LState) int {
		k := L.Get(2)
		L.SetTop(1)
		if t, ok := L.Get(1).(*lua.LTable); ok {
			m.reserve(L, fill(t, k))
		}
		if _, ok := mayBeFar(k); ok {
			if t := writtenTable(L.Get(1), k); t != nil {
				L.Push(&lua.LUserData{Value: t, Metatable: standIn})
			}
		}
		return 1
	}
}

// writtenTable returns the table that an assignment to v[k] ends in, if k is far
// there. Like gopher-lua, it follows __newindex from table to table.
func writtenTable(v, k lua.LValue) *lua.LTable {
	for range lua.MaxTableGetLoop {
		t, ok := v.(*lua.LTable)
		if !ok {
			return nil
		}
		n, ok := far(t, k)
		if !ok {
			return nil
		}
		mt, ok := t.Metatable.(*lua.LTable)
		if !ok || t.RawGetH(n) != lua.LNil || mt.RawGetString("__newindex") == lua.LNil {
			return t
		}
		v = mt.RawGetString("__newindex")
	}
	return nil
}

// assignFar is the assignment to a stand-in.
func assignFar(c call) int {
	c.m.rawSet(c.Get(1).(*lua.LUserData).Value.(*lua.LTable), c.Get(2), c.Get(3))
	return 0
}
