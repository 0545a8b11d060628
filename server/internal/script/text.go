package script

import (
	"slices"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// stringMax bounds the length of a string: as in Redis, it is 512 MB. It is a variable
// for tests.
var stringMax = 512 << 20

// text is a string that a library function makes. It stays within the script's memory
// and lets the host breathe.
type text struct {
	call
	b []byte
}

// workBytes is how many bytes are copied in the time of one step of work.
const workBytes = 64

// room makes room for n more bytes, or ends the function.
func (t *text) room(n int) {
	size := len(t.b)
	if n > stringMax-size {
		t.failBare(errMemory)
	}
	if t.work(1 + n/workBytes); size+n > cap(t.b) {
		t.reserve(size + n + size/4) // append adds a quarter
		t.m.memory.making -= cap(t.b)
		t.b = slices.Grow(t.b, n)
		t.m.memory.making += cap(t.b)
	}
}

func (t *text) write(s string) {
	t.room(len(s))
	t.b = append(t.b, s...)
}

func (t *text) writeByte(b byte) {
	t.room(1)
	t.b = append(t.b, b)
}

// value returns what was written. Nothing may be written afterwards.
func (t *text) value() lua.LString {
	t.m.memory.making -= cap(t.b)
	return lua.LString(unsafe.String(unsafe.SliceData(t.b), len(t.b)))
}

// part returns a part of a string as a value of its own. A small part must not keep a
// large string alive.
func (c call) part(s, whole string) lua.LString {
	if len(whole) >= sharedText && len(s) < len(whole)/2 {
		t := text{call: c}
		t.write(s)
		return t.value()
	}
	return lua.LString(s)
}
