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

// machine is the virtual machine that all scripts of an engine share.
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

	// Of the running script.
	run     *run
	chunks  []*syntax.Chunk // the script, then what it gave to loadstring
	callers []*lua.LState   // threads that are inside a Go function calling Lua
	active  []*lua.LState   // coroutines that run, the innermost last
	memory  memory
	raised  failure
}

// run is one run of a script.
type run struct {
	host    Host
	script  *Script
	started time.Time
	proto   int // of redis.call's replies
	wrote   atomic.Bool
	killed  atomic.Bool
	steps   uint // instructions run
	threads int  // coroutines made
	spent   bool // killed because it held too much memory
	// panicked is a panic of the host and its stack.
	panicked any
}

// reason returns why the run is killed.
func (r *run) reason() error {
	if r.spent {
		return errSpent
	}
	return errKilled
}

// newMachine makes a machine with all libraries.
func newMachine(version string, random *rand48) *machine {
	m := &machine{frozen: map[*lua.LTable]*lua.LTable{}, random: random}
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
	r := m.run
	if r.steps++; r.steps%breatheEvery == 0 {
		return m.breathe() || !m.affords(0)
	}
	return r.killed.Load()
}

// breathe lets the host let others in, and reports whether the script is to end.
func (m *machine) breathe() (end bool) {
	m.run.host.Breathe()
	return m.run.killed.Load()
}

func (k killSwitch) Err() error                  { return k.m.run.reason() }
func (k killSwitch) Deadline() (time.Time, bool) { return time.Time{}, false }
func (k killSwitch) Value(any) any               { return nil }

// compile turns source into a chunk. n is its place in machine.chunks, by which
// errors find it.
func compile(code, source string, n int) (*syntax.Chunk, error) {
	return syntax.Compile(code, source, chunkMark(n))
}

// load makes a function of a chunk, for this machine.
func (m *machine) load(chunk *syntax.Chunk) *lua.LFunction {
	fn := m.L.NewFunctionFromProto(chunk.Main)
	copy(fn.Upvalues, m.given[:])
	return fn
}

// start prepares the machine for a run: nothing of the previous one is left.
func (m *machine) start(r *run, keys, args [][]byte) {
	m.run = r
	m.chunks = append(m.chunks[:0], r.script.chunk)
	m.callers = append(m.callers[:0], m.L)
	m.active = m.active[:0]
	m.raised = failure{}
	m.memory = memory{}
	m.globals.RawSetString("KEYS", m.stringTable(keys))
	m.globals.RawSetString("ARGV", m.stringTable(args))
	m.L.SetTop(0)
	m.L.G.MainThread, m.L.G.CurrentThread = m.L, m.L
}

func (m *machine) stop() {
	m.run = nil
	clear(m.chunks)
	clear(m.active[:cap(m.active)])
	m.globals.RawSetString("KEYS", lua.LNil)
	m.globals.RawSetString("ARGV", lua.LNil)
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

func (m *machine) execute(r *run, keys, args [][]byte, out *resp.Writer) Outcome {
	m.start(r, keys, args)
	defer m.stop()
	m.L.Push(m.guarded)
	m.L.Push(m.load(r.script.chunk))
	err := m.L.PCall(1, 1, nil)
	if r.panicked != nil {
		panic(r.panicked)
	}
	if err != nil {
		return m.writeFailure(out, err)
	}
	return m.writeResult(out, m.L.Get(-1))
}
