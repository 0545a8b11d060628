package script

import (
	"runtime"
	"runtime/metrics"

	lua "github.com/yuin/gopher-lua"
)

// memoryMax bounds what a script can hold at one time, in bytes: 1 GiB, or 256 MiB on
// 32 bits, where there is no room for more. It is a variable for tests.
var memoryMax = 1 << (28 + ^uint(0)>>63*2)

const errMemory = "not enough memory"

// memory is what the machine knows about the memory of the running script.
//
// gopher-lua counts no bytes, and Go does not say who made an object. So there are
// two questions. Has the heap of the process grown by as much as the script may still
// take? That costs 200 ns to ask; it is asked every breatheEvery instructions and
// before a library makes something large. Only if it has: how much can the script
// reach? The scale (scale.go) counts that in time proportional to what it finds, so a
// script is soon cleared when others filled the heap: the database, or the rest of the
// process that the server is embedded in. A script that is over by both is judged by
// the heap without garbage.
//
// What garbage there is in between is for Go's collector to decide, as everywhere in
// the process: with GOGC at 100, as much again.
type memory struct {
	first  uint64 // the smallest heap since the script began, or the machine of libraries
	low    uint64 // the smallest heap since the script was weighed
	room   int    // by how much the heap may grow from there
	asked  int    // reserved since the heap was looked at
	making int    // what library functions hold that the script cannot reach yet
	worked int    // since the host could let others in
	sample [1]metrics.Sample
}

// lookEvery is how many reserved bytes go unchecked.
const lookEvery = 1 << 20

// heapSize returns the size of all objects in the heap, garbage included.
func (b *memory) heapSize() uint64 {
	b.sample[0].Name = "/memory/classes/heap/objects:bytes"
	metrics.Read(b.sample[:])
	return b.sample[0].Value.Uint64()
}

// reserve is called before a library makes n bytes. It ends the running Go function
// if the script may not have them.
func (m *machine) reserve(L *lua.LState, n int) {
	if !m.grants(n) {
		m.failBare(L, errMemory)
	}
}

// grants is reserve for callers that can do without.
func (m *machine) grants(n int) bool {
	m.memory.asked += min(n, memoryMax+1)
	return m.memory.asked < lookEvery || m.affords(m.memory.asked)
}

// affords reports whether the script may take n more bytes. A script that holds too
// much as it is ends, as if it was killed.
func (m *machine) affords(n int) bool {
	b := &m.memory
	if b.asked = 0; b.fits(n) {
		return true
	}
	held := m.weigh()
	if held > memoryMax-n {
		runtime.GC()
		// The count is high for some tables, but they cannot hold what is not there.
		grown := int(int64(b.heapSize() - b.first))
		if held > memoryMax && grown > memoryMax {
			m.run.spent = true
			m.run.killed.Store(true)
		}
		held = max(0, min(held, grown))
	}
	b.low, b.room = b.heapSize(), max(memoryMax-held, memoryMax/8)
	if m.run.spent {
		b.room = 0 // what libraries hold too much stays too much
	}
	return held <= memoryMax-n
}

// fits reports whether the heap has room for n more bytes of the script.
func (b *memory) fits(n int) bool {
	heap := b.heapSize()
	if b.first == 0 {
		b.first, b.low, b.room = heap, heap, memoryMax
	}
	b.first, b.low = min(b.first, heap), min(b.low, heap)
	return heap-b.low+uint64(n) <= uint64(b.room)
}

// workEvery is after how much work of a library, in bytes or elements, the host may
// let others in: some 50 to 100 microseconds.
const workEvery = 1 << 14

// work counts n steps of a library function. It lets the host let others in now and
// then, and ends the function when the script is killed.
func (c call) work(n int) {
	if c.m.memory.worked += n; c.m.memory.worked < workEvery {
		return
	}
	if c.m.memory.worked = 0; c.m.breathe() {
		c.failBare(c.m.run.reason().Error())
	}
}

// reserve is [machine.reserve].
func (c call) reserve(n int) { c.m.reserve(c.LState, n) }

// What things take, for reserve.
const (
	valueSize = 16  // a value in an array
	boxSize   = 24  // what it refers to, if that is small
	tableSize = 96  // an empty table
	fieldSize = 160 // a field
)

// fillMin is the smallest key that is worth counting.
const fillMin = 1 << 14

// fill returns how many bytes an assignment to t[k] fills because the elements of t do
// not reach up to k.
func fill(t *lua.LTable, k lua.LValue) int {
	n, ok := k.(lua.LNumber)
	if !ok || n < fillMin || n >= farMin || t.RawGetInt(int(n)) != lua.LNil || t.RawGetInt(int(n)-1) != lua.LNil {
		return 0
	}
	return int(n) * valueSize
}
