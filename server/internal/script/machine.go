package script

import (
	"context"
	"sync/atomic"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/script/syntax"
)

// scriptSource is the name of every script, as Lua names the source of a chunk.
const scriptSource = "@user_script"

// Limits of the machine: those of Lua 5.1, and some that keep Go's stack, which
// nested calls through metamethods use, below half of what would end the process.
const (
	callsMax       = 16384 // nested calls
	nestedCallsMax = 1 << 10
	shallowThreads = 8   // number of nested threads from which nestedCallsMax applies
	goCallsMax     = 199 // nested calls from Lua to Go to Lua (pcall, gsub, ...)

	registersMin  = 1 << 10 // of 16 bytes each
	registersMax  = 1 << 20
	registersStep = 1 << 12

	// Most coroutines need little, and there may be many of them.
	coroutineRegistersMin  = 1 << 5
	coroutineRegistersStep = 1 << 8
	// So many coroutines of a run may nest calls as deeply as Lua allows. The others
	// have room for fewer, since a thread takes a byte for each such call.
	deepCoroutines    = 1 << 10
	coroutineCallsMax = 1 << 9

	spareMax = 4 // threads kept for later calls of pcall
)

// machine is a virtual machine of Lua. All scripts of an engine share one; all libraries of
// functions share another.
type machine struct {
	L       *lua.LState
	globals *lua.LTable // behind the frozen _G
	frozen  map[*lua.LTable]*lua.LTable
	// The metatables that scripts see of strings and of _G.
	stringMeta, globalMeta lua.LValue
	given                  [syntax.Upvalues]*lua.Upvalue // of every chunk

	null    lua.LValue // cjson.null
	next    *lua.LFunction
	guarded *lua.LFunction
	resume  lua.LGFunction
	reply   resp.Writer     // of redis.call
	random  *rand48         // the engine's
	broken  bool            // a Go panic went through it
	spare   []*lua.LState   // threads of calls that are over
	ctx     context.Context // of all threads

	libs   *libraries  // nil in the machine of scripts
	atLoad *lua.LTable // the globals while a library is loaded
	memory memory      // of the running script, or of all libraries
	steps  uint        // instructions run

	// Of the running script.
	run     *run
	first   int             // the number of the first chunk
	chunks  []*syntax.Chunk // the script, then what it gave to loadstring
	callers []*lua.LState   // threads that are inside a Go function calling Lua
	active  []*lua.LState   // coroutines that run, the innermost last
	raised  failure
}

// run is one run of a script or a function, or of the code of a library.
type run struct {
	host    Host
	name    string // the SHA-1 of a script, or the name of a function
	kind    Kind
	loading *Library  // being loaded, or nil
	ends    time.Time // when loading takes too long
	proto   int       // of redis.call's replies
	wrote   atomic.Bool
	killed  atomic.Bool
	threads int  // coroutines made
	spent   bool // killed because it held too much memory
	// panicked is a panic of the host and its stack.
	panicked any
}

// reason returns why the run is killed.
func (r *run) reason() error {
	switch {
	case r.spent:
		return errSpent
	case r.loading != nil:
		return errLoadTime
	}
	return errKilled
}

// newMachine makes a machine with all of Lua's libraries. libs are what it keeps, or nil
// for a machine that runs scripts.
func newMachine(version string, random *rand48, libs *libraries) *machine {
	m := &machine{frozen: map[*lua.LTable]*lua.LTable{}, random: random, libs: libs}
	m.L = lua.NewState(lua.Options{
		CallStackSize:       callsMax,
		MinimizeStackMemory: true,
		RegistrySize:        registersMin,
		RegistryMaxSize:     registersMax,
		RegistryGrowStep:    registersStep,
		SkipOpenLibs:        true,
	})
	m.ctx = killSwitch{m: m}
	m.L.SetContext(m.ctx)
	m.guarded = m.L.NewFunction(m.guard)
	m.openLibs(version)
	return m
}

// killSwitch is the context that gopher-lua checks before each instruction. Until
// the script is to end, Done returns nil, which is cheapest in a select.
type killSwitch struct {
	context.Context
	m *machine
}

var closed = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

func (k killSwitch) Done() <-chan struct{} {
	if k.m.run != nil && k.m.step() {
		return closed
	}
	return nil
}

// breatheEvery is after how many instructions the host may let others in: some 50 to 100
// microseconds.
const breatheEvery = 1 << 10

// step counts an instruction and reports whether the script is to end.
func (m *machine) step() (end bool) {
	if m.steps++; m.steps%breatheEvery == 0 {
		return m.breathe() || !m.affords(0)
	}
	return m.run.killed.Load()
}

// breathe lets the host let others in, and reports whether the script is to end. Nobody is
// let in while a library is loaded; it has little time instead.
func (m *machine) breathe() (end bool) {
	switch r := m.run; {
	case r.loading == nil:
		r.host.Breathe()
	case time.Now().After(r.ends):
		r.killed.Store(true)
	}
	return m.run.killed.Load()
}

func (k killSwitch) Err() error                  { return k.m.run.reason() }
func (k killSwitch) Deadline() (time.Time, bool) { return time.Time{}, false }
func (k killSwitch) Value(any) any               { return nil }

// compile turns source into a chunk with the number n, by which errors find it.
func compile(code, source string, n int) (*syntax.Chunk, error) {
	return syntax.Compile(code, source, chunkMark(n))
}

// compile makes a function of source.
func (m *machine) compile(code, source string) (*lua.LFunction, error) {
	chunk, err := compile(code, source, m.first+len(m.chunks))
	if err != nil {
		return nil, err
	}
	m.chunks = append(m.chunks, chunk)
	return m.load(chunk), nil
}

// chunk returns the chunk with the number. That of a function that outlives the call of
// loadstring's caller is forgotten, since there may be any number of them.
func (m *machine) chunk(n int) *syntax.Chunk {
	if i := n - m.first; i >= 0 && i < len(m.chunks) {
		return m.chunks[i]
	}
	if chunk := m.libs.chunk(n); chunk != nil {
		return chunk
	}
	return forgotten
}

var forgotten = &syntax.Chunk{Source: "=?"}

// load makes a function of a chunk, for this machine.
func (m *machine) load(chunk *syntax.Chunk) *lua.LFunction {
	fn := m.L.NewFunctionFromProto(chunk.Main)
	copy(fn.Upvalues, m.given[:])
	return fn
}

// start prepares the machine for a run: nothing of the previous one is left but what
// libraries hold, and how much that was.
func (m *machine) start(r *run) {
	m.run = r
	m.callers = append(m.callers[:0], m.L)
	m.active = m.active[:0]
	m.raised = failure{}
	if m.libs == nil {
		m.memory = memory{}
	}
	m.memory.making = 0
	m.L.SetTop(0)
	m.L.G.MainThread, m.L.G.CurrentThread = m.L, m.L
}

func (m *machine) stop() {
	m.run = nil
	if m.libs != nil {
		m.first += len(m.chunks)
	}
	clear(m.chunks)
	m.chunks = m.chunks[:0]
	clear(m.active[:cap(m.active)])
	m.L.SetTop(0)
	if cap(m.reply.Buf) > replyKeep {
		m.reply.Buf = nil
	}
}

// thread returns an LState for a protected call from L.
func (m *machine) thread(L *lua.LState) *lua.LState {
	if n := len(m.spare); n > 0 && m.shallow() {
		th := m.spare[n-1]
		m.spare = m.spare[:n-1]
		return th
	}
	o := &L.Options
	o.CallStackSize, o.RegistrySize, o.RegistryGrowStep = m.callsMax(), registersMin, registersStep
	L.RemoveContext() // else the thread would get one that can be cancelled
	th, _ := L.NewThread()
	L.SetContext(m.ctx)
	th.SetContext(m.ctx)
	return th
}

// release takes back a thread from [machine.thread] if its calls are over.
func (m *machine) release(th *lua.LState) {
	if m.shallow() && len(m.spare) < spareMax {
		m.spare = append(m.spare, th)
	}
}

// callsMax returns how many nested calls the next thread has room for: as many as Lua
// allows, but fewer if threads are nested deeply.
func (m *machine) callsMax() int {
	if m.shallow() {
		return callsMax
	}
	return nestedCallsMax
}

func (m *machine) shallow() bool { return len(m.callers) < shallowThreads }

// replyKeep bounds the buffer that is kept for replies to redis.call.
const replyKeep = 1 << 20

func (m *machine) stringTable(words [][]byte) *lua.LTable {
	t := m.L.CreateTable(len(words), 0)
	for i, w := range words {
		t.RawSetInt(i+1, lua.LString(w))
	}
	return t
}

// execute runs a script.
func (m *machine) execute(r *run, chunk *syntax.Chunk, keys, args [][]byte, out *resp.Writer) Outcome {
	m.start(r)
	defer m.stop()
	m.chunks = append(m.chunks, chunk)
	m.globals.RawSetString("KEYS", m.stringTable(keys))
	m.globals.RawSetString("ARGV", m.stringTable(args))
	defer func() {
		m.globals.RawSetString("KEYS", lua.LNil)
		m.globals.RawSetString("ARGV", lua.LNil)
	}()
	return m.answer(out, m.protect(m.load(chunk)))
}

// protect calls a function in a run, and leaves its first result on the stack.
func (m *machine) protect(fn *lua.LFunction, args ...lua.LValue) error {
	m.L.Push(m.guarded)
	m.L.Push(fn)
	for _, a := range args {
		m.L.Push(a)
	}
	err := m.L.PCall(1+len(args), 1, nil)
	if m.run.panicked != nil {
		panic(m.run.panicked)
	}
	return err
}

// answer writes the reply of a run that has ended with an error or a result.
func (m *machine) answer(out *resp.Writer, err error) Outcome {
	if err != nil {
		return m.writeFailure(out, err)
	}
	return m.writeResult(out, m.L.Get(-1))
}
