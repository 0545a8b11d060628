package script

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// baseFunctions are the functions of Lua's base library that scripts may use.
var baseFunctions = map[string]function{
	"assert": baseAssert, "collectgarbage": baseCollect, "error": baseError,
	"gcinfo": baseGCInfo, "getmetatable": baseGetMetatable, "ipairs": baseIpairs,
	"load": baseLoad, "loadstring": baseLoadString, "next": baseNext, "pairs": basePairs,
	"pcall": basePcall, "rawequal": baseRawEqual, "rawget": baseRawGet, "rawset": baseRawSet,
	"select": baseSelect, "setmetatable": baseSetMetatable, "tonumber": baseToNumber,
	"tostring": baseToString, "type": baseType, "unpack": baseUnpack, "xpcall": baseXpcall,
}

func baseAssert(c call) int {
	if lua.LVIsFalse(c.any(1)) {
		c.fail("%s", c.optString(2, "assertion failed!"))
	}
	return c.GetTop()
}

// baseCollect only replies: Go manages the memory.
func baseCollect(c call) int {
	switch opt := c.optString(1, "collect"); opt {
	case "count":
		return c.pushNumber(heapKB())
	case "step":
		return c.push(lua.LFalse)
	case "collect", "stop", "restart", "setpause", "setstepmul":
		return c.pushNumber(0)
	default:
		c.argError(1, fmt.Sprintf("invalid option '%s'", opt))
		return 0
	}
}

func heapKB() float64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return float64(s.HeapAlloc) / 1024
}

func baseGCInfo(c call) int { return c.pushNumber(float64(int(heapKB()))) }

func baseError(c call) int {
	v := c.Get(1)
	level := c.optInt(2, 1)
	if s, ok := toString(v); ok && level > 0 {
		v = lua.LString(c.m.where(c.LState, int(min(level, callsMax))).prefix() + s)
	}
	c.m.raise(c.LState, v)
	return 0
}

func baseGetMetatable(c call) int {
	mt := c.m.metatable(c.any(1))
	if t, ok := mt.(*lua.LTable); ok {
		if hidden := c.m.behind(t).RawGetString("__metatable"); hidden != lua.LNil {
			return c.push(hidden)
		}
	}
	return c.push(mt)
}

func baseSetMetatable(c call) int {
	t, ok := c.Get(1).(*lua.LTable)
	if !ok {
		c.typeError(1, "table")
	}
	mt, ok := c.Get(2).(*lua.LTable)
	if !ok && c.Get(2) != lua.LNil || c.GetTop() < 2 {
		c.argError(2, "nil or table expected")
	}
	c.m.toWrite(c.LState, t)
	if old, ok := t.Metatable.(*lua.LTable); ok && old.RawGetString("__metatable") != lua.LNil {
		c.fail("cannot change a protected metatable")
	}
	if ok {
		c.m.setMetatable(t, c.m.behind(mt))
	} else {
		c.m.setMetatable(t, lua.LNil)
	}
	return c.push(t)
}

func baseIpairs(c call) int {
	t := c.table(1)
	i := 0
	return c.push(c.NewClosure(func(L *lua.LState) int {
		i++
		v := at(t, i)
		if v == lua.LNil {
			return 0
		}
		L.Push(lua.LNumber(i))
		L.Push(v)
		return 2
	}, t), c.Get(1), lua.LNumber(0))
}

func baseNext(c call) int {
	t := c.table(1)
	k, v := next(t, c.Get(2))
	if k == lua.LNil {
		return c.push(lua.LNil)
	}
	return c.push(k, v)
}

func basePairs(c call) int {
	c.table(1)
	return c.push(c.m.next, c.Get(1), lua.LNil)
}

func baseRawEqual(c call) int { return c.push(lua.LBool(c.RawEqual(c.any(1), c.any(2)))) }

func baseRawGet(c call) int { return c.push(rawGet(c.table(1), c.any(2))) }

func baseRawSet(c call) int {
	c.any(2)
	c.any(3)
	t := c.tableToWrite(1)
	if _, ok := far(t, c.Get(2)); ok {
		c.m.rawSet(t, c.Get(2), c.Get(3))
	} else {
		c.reserve(fill(t, c.Get(2)))
		c.RawSet(t, c.Get(2), c.Get(3)) // with its checks of the key
	}
	return c.push(c.Get(1))
}

func baseSelect(c call) int {
	n := int64(c.GetTop())
	if s, ok := c.Get(1).(lua.LString); ok && s == "#" {
		return c.pushNumber(float64(n - 1))
	}
	i := c.int(1)
	if i < 0 {
		i += n
	}
	if i < 1 {
		c.argError(1, "index out of range")
	}
	return int(n - min(i, n))
}

// baseToNumber reads other bases as C's strtoul does: a minus sign wraps around.
func baseToNumber(c call) int {
	base := c.optInt(2, 10)
	if base == 10 {
		if f, ok := toNumber(c.any(1)); ok {
			return c.pushNumber(f)
		}
		return c.push(lua.LNil)
	}
	s := c.string(1)
	if base < 2 || base > 36 {
		c.argError(2, "base out of range")
	}
	s = strings.TrimSpace(s)
	digits, negative := strings.CutPrefix(s, "-")
	if !negative {
		digits = strings.TrimPrefix(s, "+")
	}
	if base == 16 && len(digits) > 2 && strings.EqualFold(digits[:2], "0x") {
		digits = digits[2:]
	}
	n, err := strconv.ParseUint(digits, int(base), 64)
	if err != nil && n == 0 {
		return c.push(lua.LNil)
	}
	if negative {
		n = -n
	}
	return c.pushNumber(float64(n))
}

func baseToString(c call) int {
	v := c.any(1)
	if t, ok := v.(*lua.LTable); ok {
		if mt, ok := t.Metatable.(*lua.LTable); ok {
			if fn := mt.RawGetString("__tostring"); fn != lua.LNil {
				return c.push(c.apply(fn, v))
			}
		}
	}
	return c.pushString(c.m.display(v))
}

func baseType(c call) int { return c.pushString(c.any(1).Type().String()) }

// unpackMax is how many values fit the stack of Lua 5.1.
const unpackMax = 7999

func baseUnpack(c call) int {
	t := c.table(1)
	first := c.optInt(2, 1)
	last := c.optInt(3, t.Len())
	if first > last {
		return 0
	}
	if n := uint64(last) - uint64(first); n >= unpackMax {
		c.fail("too many results to unpack")
	}
	for i := first; i <= last; i++ {
		c.Push(rawGet(t, lua.LNumber(i)))
	}
	return int(last - first + 1)
}

func baseLoadString(c call) int {
	code := c.string(1)
	return c.load(code, c.optString(2, code))
}

func baseLoad(c call) int {
	fn := c.function(1)
	source := c.optString(2, "=(load)")
	var code strings.Builder
	for {
		v := c.apply(fn)
		if v == lua.LNil {
			break
		}
		part, ok := toString(v)
		if !ok {
			return c.push(lua.LNil, lua.LString("reader function must return a string"))
		}
		if part == "" {
			break
		}
		if code.WriteString(part); code.Len() > stringMax {
			c.failBare(errMemory)
		}
	}
	return c.load(code.String(), source)
}

// load returns code as a function, or nil and what is wrong.
func (c call) load(code, source string) int {
	fn, err := c.m.compile(code, source)
	if err != nil {
		return c.push(lua.LNil, lua.LString(err.Error()))
	}
	return c.push(fn)
}

// basePcall turns an error table into a string, as Redis does for scripts that are
// older than such tables.
func basePcall(c call) int {
	if c.GetTop() == 0 {
		return c.push(lua.LFalse)
	}
	if err := c.protected(); err != nil {
		v := c.m.caught(err)
		if t, ok := v.(*lua.LTable); ok {
			if msg, ok := toString(t.RawGetString("err")); ok {
				v = lua.LString(msg)
			}
		}
		return c.push(lua.LFalse, v)
	}
	c.Insert(lua.LTrue, 1)
	return c.GetTop()
}

// protected calls the function at the bottom of the stack with the arguments above
// it and puts the results in their place.
//
// It runs on a thread of its own because on an error gopher-lua detaches the
// captured variables of all functions on the thread from their closures, including
// those that go on after pcall.
func (c call) protected() error {
	fn := c.Get(1)
	if !callable(fn) {
		return plainError("attempt to call a " + fn.Type().String() + " value")
	}
	depth := len(c.m.callers)
	if depth >= goCallsMax {
		return plainError("C stack overflow")
	}
	th := c.m.thread(c.LState)
	c.m.callers = append(c.m.callers, th)
	making := c.m.memory.making
	defer func() { c.m.callers, c.m.memory.making = c.m.callers[:depth], making }()
	n := c.GetTop()
	th.Push(c.m.guarded)
	c.XMoveTo(th, n)
	if err := th.PCall(n, lua.MultRet, nil); err != nil {
		return err
	}
	th.XMoveTo(c.LState, th.GetTop())
	c.m.release(th)
	return nil
}

// plainError is an error that did not pass through the machine.
type plainError string

func (e plainError) Error() string { return string(e) }

func callable(v lua.LValue) bool {
	if t, ok := v.(*lua.LTable); ok {
		if mt, ok := t.Metatable.(*lua.LTable); ok {
			return mt.RawGetString("__call").Type() == lua.LTFunction
		}
	}
	return v.Type() == lua.LTFunction
}

func baseXpcall(c call) int {
	handler := c.any(2)
	c.SetTop(1)
	if err := c.protected(); err != nil {
		return c.push(lua.LFalse, c.apply(handler, c.m.caught(err)))
	}
	c.Insert(lua.LTrue, 1)
	return c.GetTop()
}

// errorHandler is the function that Redis passes errors to. Scripts can see it
// among the globals; here it only returns the error.
func errorHandler(c call) int {
	if t, ok := c.Get(1).(*lua.LTable); ok {
		return c.push(t)
	}
	return c.push(c.m.errorTable("ERR "+c.m.display(c.Get(1)), false))
}
