package script

import lua "github.com/yuin/gopher-lua"

var tableFunctions = map[string]function{
	"concat": tableConcat, "foreach": tableForeach, "foreachi": tableForeachi,
	"getn":   func(c call) int { return c.pushNumber(float64(c.table(1).Len())) },
	"insert": tableInsert, "maxn": tableMaxn, "remove": tableRemove,
	"setn": func(c call) int {
		c.table(1)
		c.fail("'setn' is obsolete")
		return 0
	},
	"sort": tableSort,
}

func tableConcat(c call) int {
	t := c.table(1)
	sep := c.optString(2, "")
	first := c.optInt(3, 1)
	last := c.optInt(4, t.Len())
	b := text{call: c}
	for i := first; i <= last; i++ {
		v := rawGet(t, lua.LNumber(i))
		s, ok := toString(v)
		if !ok {
			c.fail("invalid value (%s) at index %d in table for 'concat'", v.Type(), i)
		}
		if b.write(s); i < last {
			b.write(sep)
		}
	}
	return c.push(b.value())
}

func tableForeach(c call) int {
	t, fn := c.table(1), c.function(2)
	for k, v := next(t, lua.LNil); k != lua.LNil; k, v = next(t, k) {
		if r := c.apply(fn, k, v); r != lua.LNil {
			return c.push(r)
		}
	}
	return 0
}

func tableForeachi(c call) int {
	t, fn := c.table(1), c.function(2)
	for i, n := 1, t.Len(); i <= n; i++ {
		if r := c.apply(fn, lua.LNumber(i), t.RawGetInt(i)); r != lua.LNil {
			return c.push(r)
		}
	}
	return 0
}

func tableInsert(c call) int {
	t := c.table(1)
	n := t.Len()
	switch c.GetTop() {
	case 2:
		c.tableToWrite(1).RawSetInt(n+1, c.Get(2))
	case 3:
		at := c.int(2)
		c.tableToWrite(1)
		if at >= 1 && at <= int64(n) {
			t.Insert(int(at), c.Get(3))
		} else {
			c.reserve(fill(t, lua.LNumber(at)))
			c.m.rawSet(t, lua.LNumber(at), c.Get(3))
		}
	default:
		c.fail("wrong number of arguments to 'insert'")
	}
	return 0
}

func tableMaxn(c call) int {
	most := 0.0
	t := c.table(1)
	for k, _ := next(t, lua.LNil); k != lua.LNil; k, _ = next(t, k) {
		if n, ok := k.(lua.LNumber); ok {
			c.work(1)
			most = max(most, float64(n))
		}
	}
	return c.pushNumber(most)
}

func tableRemove(c call) int {
	t := c.table(1)
	n := t.Len()
	at := c.optInt(2, n)
	if at < 1 || at > int64(n) {
		return 0
	}
	c.tableToWrite(1)
	return c.push(t.Remove(int(at)))
}

// tableSort sorts a copy, so that a comparison function that changes the table does
// no harm.
func tableSort(c call) int {
	t := c.table(1)
	s := sorter{call: c}
	if c.Get(2) != lua.LNil {
		s.fn = c.function(2)
	}
	n := t.Len()
	if n < 2 {
		return 0
	}
	c.tableToWrite(1)
	c.reserve(n * valueSize)
	c.m.memory.making += n * valueSize
	s.values = make([]lua.LValue, n)
	for i := range n {
		s.values[i] = at(t, i+1)
	}
	s.sort(0, n-1)
	c.m.memory.making -= n * valueSize
	for i, v := range s.values {
		t.RawSetInt(i+1, v)
	}
	return 0
}

// sorter is the quicksort of Lua 5.1. It is not stable, so the order of equal
// elements shows which algorithm sorted them.
type sorter struct {
	call
	values []lua.LValue
	fn     *lua.LFunction
}

func (s *sorter) swap(i, j int) { s.values[i], s.values[j] = s.values[j], s.values[i] }

func (s *sorter) sort(low, high int) {
	for low < high {
		if s.less(high, low) {
			s.swap(low, high)
		}
		mid := (low + high) / 2
		if high-low > 1 {
			if s.less(mid, low) {
				s.swap(mid, low)
			} else if s.less(high, mid) {
				s.swap(mid, high)
			}
		}
		if high-low <= 2 {
			return
		}
		mid = s.partition(low, high, mid)
		if mid-low < high-mid {
			s.sort(low, mid-1)
			low = mid + 1
		} else {
			s.sort(mid+1, high)
			high = mid - 1
		}
	}
}

// partition moves the elements smaller than the one at mid before it and returns
// its new place. The elements at low and high are already in order with it.
func (s *sorter) partition(low, high, mid int) int {
	pivot := s.values[mid]
	s.swap(mid, high-1)
	i, j := low, high-1
	for {
		for i++; s.lessThan(s.get(i), pivot); i++ {
			s.checkOrder(i <= high)
		}
		for j--; s.lessThan(pivot, s.get(j)); j-- {
			s.checkOrder(j >= low)
		}
		if j < i {
			s.swap(high-1, i)
			return i
		}
		s.swap(i, j)
	}
}

// get returns nil outside the elements, where an inconsistent comparison function
// can lead.
func (s *sorter) get(i int) lua.LValue {
	if i < 0 || i >= len(s.values) {
		return lua.LNil
	}
	return s.values[i]
}

func (s *sorter) checkOrder(inside bool) {
	if !inside {
		s.fail("invalid order function for sorting")
	}
}

func (s *sorter) less(i, j int) bool { return s.lessThan(s.values[i], s.values[j]) }

func (s *sorter) lessThan(a, b lua.LValue) bool {
	if s.work(1); s.fn != nil {
		return lua.LVAsBool(s.apply(s.fn, a, b))
	}
	if a.Type() != b.Type() || !ordered(a) {
		s.failBare(compareText(a.Type().String(), b.Type().String()))
	}
	return s.LessThan(a, b)
}

// ordered reports whether values of this type can be compared.
func ordered(v lua.LValue) bool {
	switch v := v.(type) {
	case lua.LNumber, lua.LString:
		return true
	case *lua.LTable:
		mt, ok := v.Metatable.(*lua.LTable)
		return ok && mt.RawGetString("__lt") != lua.LNil
	}
	return false
}

func (c call) failBare(msg string) { c.m.failBare(c.LState, "%s", msg) }
