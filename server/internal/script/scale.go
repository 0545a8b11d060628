package script

import (
	"reflect"
	"slices"
	"strings"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// scale adds up the memory of all that a script can reach. It follows the structures
// of gopher-lua field by field, as the garbage collector does, so it also sees the
// keys that a table has lost but still has room for, and the stacks of coroutines. In
// doubt it counts too much: the heap has the last word.
type scale struct {
	bytes int
	seen  map[uintptr]struct{}
	todo  []reflect.Value // structs that were seen but not looked into
	page  uintptr         // of the last number
	steps int
	stop  func() bool // called now and then; may end it
	done  bool        // because it was stopped, or there is too much
}

const (
	// Strings of this length on are counted once, however often they are held.
	sharedText = 64
	// Numbers come in pages, each of which lives as long as one of its numbers.
	numberPage = 256
	// A map is up to twice as large as its entries, and one that gopher-lua makes
	// for fields has room for this many.
	mapSlack  = 2
	mapFields = 40
	// What Go's closures hold, at a guess.
	closureSize = 64
)

// Types that are read as they are, which takes a tenth of the time.
var (
	valueType  = reflect.TypeFor[lua.LValue]()
	valuesType = reflect.TypeFor[[]lua.LValue]()
	fieldsType = reflect.TypeFor[map[string]lua.LValue]()
	othersType = reflect.TypeFor[map[lua.LValue]lua.LValue]()
)

// weigh returns how many bytes the running script can reach, or all libraries; more than
// memoryMax means only that.
func (m *machine) weigh() int {
	s := &scale{bytes: cap(m.reply.Buf) + m.memory.making, seen: map[uintptr]struct{}{}, stop: m.breathe}
	s.follow(reflect.ValueOf(&m.chunks).Elem())
	for _, lib := range m.libs.list() {
		s.follow(reflect.ValueOf(&lib.chunks).Elem())
		for _, fn := range lib.Functions {
			s.value(fn.callback)
			if fn.Description != nil {
				s.text(*fn.Description)
			}
		}
	}
	s.value(m.raised.value)
	for _, th := range slices.Concat(m.callers, m.active) {
		s.value(th)
	}
	s.run()
	return s.bytes
}

// run looks into all that was seen.
func (s *scale) run() {
	for len(s.todo) > 0 && !s.done {
		last := len(s.todo) - 1
		v := s.todo[last]
		s.todo = s.todo[:last]
		s.follow(v)
	}
}

// once reports whether something with that address is seen for the first time.
func (s *scale) once(at uintptr) bool {
	if _, known := s.seen[at]; known {
		return false
	}
	s.seen[at] = struct{}{}
	return true
}

// value counts what a Lua value refers to.
func (s *scale) value(held lua.LValue) {
	if s.steps++; s.steps%workEvery == 0 {
		s.done = s.bytes > memoryMax || s.stop()
	}
	switch v := held.(type) {
	case nil, *lua.LNilType, lua.LBool:
	case lua.LNumber:
		s.number(held)
	case lua.LString:
		s.bytes += int(unsafe.Sizeof(v))
		s.text(string(v))
	default:
		s.follow(reflect.ValueOf(v))
	}
}

// number counts the page of a number.
func (s *scale) number(v lua.LValue) {
	at := (*[2]uintptr)(unsafe.Pointer(&v))[1] // of an interface: the type, the value
	if at /= numberPage; at != s.page && s.once(at*numberPage) {
		s.bytes += numberPage
	}
	s.page = at
}

func (s *scale) text(t string) {
	if len(t) < sharedText || s.once(uintptr(unsafe.Pointer(unsafe.StringData(t)))) {
		s.bytes += len(t)
	}
}

// follow counts what v refers to; the memory of v itself is counted.
func (s *scale) follow(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		s.pointer(v)
	case reflect.Interface:
		if v.Type() == valueType && v.CanAddr() {
			s.value(*(*lua.LValue)(v.Addr().UnsafePointer()))
		} else {
			s.follow(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			s.follow(v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			s.follow(v.Index(i))
		}
	case reflect.Slice:
		s.slice(v)
	case reflect.Map:
		s.mapping(v)
	case reflect.String:
		s.text(v.String())
	case reflect.Func:
		s.bytes += closureSize
	}
}

// pointer counts what v points to, unless that belongs to something else than Lua.
func (s *scale) pointer(v reflect.Value) {
	t := v.Type().Elem()
	lua := strings.HasPrefix(t.PkgPath(), "github.com/yuin/gopher-lua") || strings.HasSuffix(t.PkgPath(), "script/syntax")
	if !v.IsNil() && lua && s.once(v.Pointer()) {
		s.bytes += int(t.Size())
		s.todo = append(s.todo, v.Elem())
	}
}

// slice counts a slice up to its capacity: elements that were removed are there.
func (s *scale) slice(v reflect.Value) {
	t := v.Type().Elem()
	s.bytes += v.Cap() * int(t.Size())
	switch {
	case v.Type() == valuesType && v.CanAddr():
		values := *(*[]lua.LValue)(v.Addr().UnsafePointer())
		for _, e := range values[:cap(values)] {
			if s.value(e); s.done {
				break
			}
		}
	case t.Kind() >= reflect.Array: // others hold no pointers
		for i := range v.Len() {
			s.follow(v.Index(i))
		}
	}
}

// mapping counts a map and its values. All its keys are in another field of a table.
func (s *scale) mapping(v reflect.Value) {
	if v.IsNil() || !v.CanAddr() {
		return
	}
	t := v.Type()
	s.bytes += max(v.Len()*mapSlack, mapFields) * int(t.Key().Size()+t.Elem().Size()+1)
	switch at := v.Addr().UnsafePointer(); t {
	case fieldsType:
		for _, e := range *(*map[string]lua.LValue)(at) {
			s.value(e)
		}
	case othersType:
		for _, e := range *(*map[lua.LValue]lua.LValue)(at) {
			s.value(e)
		}
	}
}
