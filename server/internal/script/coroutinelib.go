package script

import (
	"slices"

	lua "github.com/yuin/gopher-lua"
)

// coroutineLib is gopher-lua's, plus what that lacks: errors in Lua's words, a
// limit on coroutines that run coroutines, a check against yields through Go, and
// SCRIPT KILL.
func (m *machine) coroutineLib() *lua.LTable {
	m.L.Push(m.L.NewFunction(lua.OpenCoroutine))
	m.L.Call(0, 0)
	native := func(name string) lua.LGFunction {
		return m.L.GetField(m.L.GetGlobal("coroutine"), name).(*lua.LFunction).GFunction
	}
	create := native("create")
	m.resume = native("resume")
	return m.library(map[string]function{
		"create": func(c call) int { return c.create(create) },
		"wrap":   func(c call) int { return c.wrap(create) },
		"resume": coResume,
		"yield":  coYield,
		"running": func(c call) int {
			if n := len(c.m.active); n > 0 {
				return c.push(c.m.active[n-1])
			}
			return c.push(lua.LNil)
		},
		"status": func(c call) int {
			co, ok := c.Get(1).(*lua.LState)
			if !ok {
				c.argError(1, "coroutine expected")
			}
			return c.pushString(c.status(co))
		},
	})
}

func (c call) create(native lua.LGFunction) int {
	if fn, ok := c.Get(1).(*lua.LFunction); !ok || fn.IsG {
		c.argError(1, "Lua function expected")
	}
	o := &c.Options
	o.CallStackSize, o.RegistrySize, o.RegistryGrowStep = c.m.callsMax(), coroutineRegistersMin, coroutineRegistersStep
	if c.m.run.threads++; c.m.run.threads > deepCoroutines {
		o.CallStackSize = coroutineCallsMax
	}
	c.RemoveContext() // else the coroutine would get one that can be cancelled
	native(c.LState)
	c.SetContext(c.m.ctx)
	c.Get(-1).(*lua.LState).SetContext(c.m.ctx)
	return 1
}

func (c call) wrap(native lua.LGFunction) int {
	c.create(native)
	co := c.Get(-1)
	return c.push(c.m.closure("wrap", func(c call) int {
		c.Insert(co, 1)
		n := c.resumed()
		first := c.GetTop() - n + 1
		if c.Get(first) == lua.LTrue {
			return n - 1
		}
		v := c.Get(first + 1)
		if s, ok := toString(v); ok {
			v = lua.LString(c.m.where(c.LState, 1).prefix() + s)
		}
		c.m.raise(c.LState, v)
		return 0
	}, co))
}

func coResume(c call) int {
	if _, ok := c.Get(1).(*lua.LState); !ok {
		c.argError(1, "coroutine expected")
	}
	return c.resumed()
}

// resumed runs the coroutine below its arguments on the stack and pushes true and
// its results, or false and the error.
func (c call) resumed() int {
	co := c.Get(1).(*lua.LState)
	if status := c.status(co); status != "suspended" {
		return c.push(lua.LFalse, lua.LString("cannot resume "+status+" coroutine"))
	}
	if len(c.m.callers) >= goCallsMax {
		return c.push(lua.LFalse, lua.LString("C stack overflow"))
	}
	depth := len(c.m.callers)
	running, making := len(c.m.active), c.m.memory.making
	c.m.callers, c.m.active = append(c.m.callers, nil), append(c.m.active, co)
	n := c.m.resume(c.LState)
	c.m.callers, c.m.active, c.m.memory.making = c.m.callers[:depth], c.m.active[:running], making
	if first := c.GetTop() - n + 1; c.Get(first) == lua.LFalse {
		c.Replace(first+1, c.m.seen(c.Get(first+1)))
	}
	return n
}

func (c call) status(co *lua.LState) string {
	if co.Dead {
		return "dead"
	}
	switch i := slices.Index(c.m.active, co); {
	case i < 0:
		return "suspended"
	case i == len(c.m.active)-1:
		return "running"
	}
	return "normal"
}

func coYield(c call) int {
	if c.m.callers[len(c.m.callers)-1] == c.LState {
		c.failBare("attempt to yield across metamethod/C-call boundary")
	}
	return -1
}
