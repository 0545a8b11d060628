package script

import lua "github.com/yuin/gopher-lua"

// concat is the operator .. of two or more operands.
func concat(c call) int {
	n := c.GetTop()
	right := c.Get(n)
	for i := n - 1; i >= 1; i-- {
		// All strings up to the next operand that is not one are joined at once.
		first := i
		for first >= 1 {
			if _, ok := toString(c.Get(first)); !ok {
				break
			}
			first--
		}
		if s, ok := toString(right); ok && first < i {
			right = c.join(first+1, i, s)
			i = first + 1
			continue
		}
		right = c.concatPair(c.Get(i), right, i)
	}
	return c.push(right)
}

// join joins arguments, all of them strings or numbers, and a tail.
func (c call) join(first, last int, tail string) lua.LString {
	t, size := text{call: c}, len(tail)
	for i := first; i <= last; i++ {
		if s, ok := c.Get(i).(lua.LString); ok {
			size = min(size+len(s), stringMax+1)
		}
	}
	t.room(size) // numbers are short
	for i := first; i <= last; i++ {
		s, _ := toString(c.Get(i))
		t.write(s)
	}
	t.write(tail)
	return t.value()
}

// concatPair joins two values, one of which is not a string. left is argument i.
func (c call) concatPair(left, right lua.LValue, i int) lua.LValue {
	for _, v := range []lua.LValue{left, right} {
		if t, ok := v.(*lua.LTable); ok {
			if mt, ok := t.Metatable.(*lua.LTable); ok {
				if fn := mt.RawGetString("__concat"); fn != lua.LNil {
					return c.apply(fn, left, right)
				}
			}
		}
	}
	guilty, value := i, left
	if _, ok := toString(left); ok {
		guilty, value = i+1, right
	}
	at, name := c.m.where(c.LState, 1), ""
	if at.chunk != nil {
		name = at.chunk.Operand(at.site, guilty-1)
	}
	c.fail("%s", attempt("concatenate", name, value.Type().String()))
	return nil
}
