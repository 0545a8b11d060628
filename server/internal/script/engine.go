package script

import (
	"container/list"
	"crypto/sha1"
	"encoding/hex"
	"strings"
	"sync"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/script/syntax"
)

// Script is a compiled script. It does not change.
type Script struct {
	// SHA is the SHA-1 of the body, in hexadecimal.
	SHA   string
	Body  string
	Flags Flags
	// Declared reports whether the script begins with a shebang line. Scripts
	// without one run in a compatible mode, with no flags and no promises.
	Declared bool

	chunk *syntax.Chunk

	eval *list.Element // in Engine.evals, where the script may be evicted
}

// Kind is what runs.
type Kind uint8

// The kinds.
const (
	NothingRuns Kind = iota
	ScriptRun
	FunctionRun
)

// Busy is the reply to commands that have to wait for what runs.
func (k Kind) Busy() error {
	if k == FunctionRun {
		return errBusyFunction
	}
	return ErrBusy
}

// Engine holds the scripts of a server and runs them.
//
// Load, Find, Flush, Run and the counts belong to the server's loop. Kill, Running
// and Wrote may be called from any goroutine while Run runs.
type Engine struct {
	version string
	random  rand48
	scripts map[string]*Script
	evals   *list.List // of *Script, most recently used first
	evicted int
	bytes   int64    // of the scripts
	machine *machine // made when first needed

	functions *machine // of libraries; made when first needed
	libs      *libraries

	mu      sync.Mutex
	now     *run // the running script
	aborted bool // no script runs any more
}

// evalMax is how many scripts that came with EVAL are kept: their callers often
// write arguments into the script itself.
const evalMax = 500

// New makes an engine that tells scripts the given version of Redis ("8.0.2"). It
// costs almost nothing until a script is loaded.
func New(version string) *Engine {
	return &Engine{version: version, scripts: map[string]*Script{}, evals: list.New(), random: newRand48(), libs: newLibraries()}
}

// Load compiles a script and keeps it. Those that came with EVAL (keep is false)
// may be forgotten when there are many. The error is a [resp.Error].
func (e *Engine) Load(body []byte, keep bool) (*Script, error) {
	sum := sha1.Sum(body)
	sha := hex.EncodeToString(sum[:])
	s, known := e.scripts[sha]
	if !known {
		var err error
		if s, err = compileScript(sha, string(body)); err != nil {
			return nil, err
		}
		e.scripts[sha] = s
		e.bytes += s.size()
		if !keep {
			s.eval = e.evals.PushFront(s)
			e.evictEvals()
		}
	}
	e.used(s)
	if keep && s.eval != nil {
		e.evals.Remove(s.eval)
		s.eval = nil
	}
	return s, nil
}

// Find returns the script with the SHA-1, in either case, or nil.
func (e *Engine) Find(sha string) *Script {
	s := e.scripts[strings.ToLower(sha)]
	if s != nil {
		e.used(s)
	}
	return s
}

// Exists reports whether Find would find the script. It does not count as a use.
func (e *Engine) Exists(sha string) bool { return e.scripts[strings.ToLower(sha)] != nil }

func (e *Engine) used(s *Script) {
	if s.eval != nil {
		e.evals.MoveToFront(s.eval)
	}
}

func (e *Engine) evictEvals() {
	if e.evals.Len() <= evalMax {
		return
	}
	s := e.evals.Remove(e.evals.Back()).(*Script)
	delete(e.scripts, s.SHA)
	e.bytes -= s.size()
	e.evicted++
}

// Flush forgets all scripts and the machine.
func (e *Engine) Flush() {
	clear(e.scripts)
	e.bytes = 0
	e.evals.Init()
	e.machine = nil
}

// Cached returns how many scripts are kept.
func (e *Engine) Cached() int { return len(e.scripts) }

// sourceOverhead is about what a script or a library takes beside its source.
const sourceOverhead = 256

func (s *Script) size() int64 { return int64(len(s.Body)) + sourceOverhead }

// Memory is what scripts and libraries take, in bytes.
type Memory struct {
	Scripts, Functions    int64 // their sources, and what is kept beside them
	ScriptVM, FunctionsVM int64 // about what the machines take, without what libraries hold
}

// machineSize is about what a machine takes with nothing loaded.
const machineSize = 32 << 10

// Memory returns what scripts and libraries take. What compiled code takes is put down as
// much as its source.
func (e *Engine) Memory() Memory {
	u := Memory{Scripts: e.bytes, Functions: e.libs.bytes}
	if e.machine != nil {
		u.ScriptVM = machineSize + e.bytes
	}
	if e.functions != nil {
		u.FunctionsVM = machineSize + e.libs.bytes
	}
	return u
}

// Evicted returns how many scripts were forgotten since the start.
func (e *Engine) Evicted() int { return e.evicted }

func compileScript(sha, body string) (*Script, error) {
	s := &Script{SHA: sha, Body: body}
	code := body
	if strings.HasPrefix(body, "#!") {
		var err error
		if s.Flags, code, err = parseShebang(body); err != nil {
			return nil, err
		}
		s.Declared = true
	}
	var err error
	if s.chunk, err = compile(code, scriptSource, 0); err != nil {
		return nil, resp.Errorf("ERR Error compiling script (new function): %s", err)
	}
	return s, nil
}

// Outcome is what the reply does not say about a run.
type Outcome struct {
	// Failed: the reply is an error.
	Failed bool
	// Counted: it is the error of a command, which was counted when the command
	// ran.
	Counted bool
}

// Run runs a script and writes its reply in the protocol of out.
func (e *Engine) Run(h Host, s *Script, keys, args [][]byte, out *resp.Writer) Outcome {
	if e.machine == nil {
		e.machine = newMachine(e.version, &e.random, nil)
	}
	m := e.machine
	r := &run{host: h, name: s.SHA, kind: ScriptRun, proto: 2}
	e.setRunning(r)
	defer e.setRunning(nil)
	outcome := m.execute(r, s.chunk, keys, args, out)
	if m.broken {
		e.machine = nil
	}
	return outcome
}

func (e *Engine) setRunning(r *run) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.now = r; r != nil && e.aborted {
		r.killed.Store(true)
	}
}

// Running returns what runs: the SHA-1 of a script, or the name of a function. The kind is
// [NothingRuns] if nothing does, or a library is being loaded.
func (e *Engine) Running() (name string, kind Kind) {
	if r := e.running(); r != nil {
		return r.name, r.kind
	}
	return "", NothingRuns
}

// Wrote notes that the running script has changed data, so that it cannot be killed
// any more. The host calls it.
func (e *Engine) Wrote() {
	if r := e.running(); r != nil {
		r.wrote.Store(true)
	}
}

// HasWritten reports whether the running script has changed data.
func (e *Engine) HasWritten() bool {
	r := e.running()
	return r != nil && r.wrote.Load()
}

// Kill ends what runs soon, if it is of that kind. The error says why that cannot be done.
func (e *Engine) Kill(kind Kind) error {
	r := e.running()
	switch {
	case r == nil:
		return ErrNotBusy
	case r.wrote.Load():
		return ErrUnkillable
	case r.kind != kind:
		return r.kind.Busy()
	}
	r.killed.Store(true)
	return nil
}

// Abort ends the running script, also one that has changed data, and every one that
// follows: the server goes down.
func (e *Engine) Abort() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.aborted = true
	if e.now != nil {
		e.now.killed.Store(true)
	}
}

func (e *Engine) running() *run {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}
