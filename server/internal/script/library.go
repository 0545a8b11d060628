package script

import (
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/script/syntax"
)

// Libraries of functions live in a machine of their own, which keeps what their functions
// hold from one call to the next. They share it, but nothing that one of them could name
// leads to another: the tables of the machine are frozen, and variables of a library are
// local to its code.

// Library is a library of functions. It does not change.
type Library struct {
	Name      string
	Code      string      // with its first line
	Functions []*Function // in the order in which they were registered

	// Errors tell chunks by their numbers: the library's are those from first on.
	chunks []*syntax.Chunk
	first  int
}

func (l *Library) size() int64 {
	return int64(len(l.Code)) + sourceOverhead*int64(1+len(l.Functions))
}

// Function is a function of a library.
type Function struct {
	Name        string
	Description *string // nil for none
	Flags       Flags

	library  *Library
	callback *lua.LFunction
}

// Policy says what FUNCTION RESTORE does with the libraries that are there.
type Policy uint8

// The policies.
const (
	Append  Policy = iota // they stay; that one has the name of a new one is an error
	Replace               // those with the name of a new one go
	Flush                 // they go
)

// libraries are libraries that are in use together, in the order in which they came. No two
// have the same name, or functions of the same name.
type libraries struct {
	all       []*Library
	functions map[string]*Function // by their names in lower case
	bytes     int64
}

func newLibraries() *libraries { return &libraries{functions: map[string]*Function{}} }

// list returns all libraries. ls may be nil.
func (ls *libraries) list() []*Library {
	if ls == nil {
		return nil
	}
	return ls.all
}

func (ls *libraries) find(name string) *Library {
	for _, lib := range ls.list() {
		if lib.Name == name {
			return lib
		}
	}
	return nil
}

// add adds a library in the place of old, if that is not nil. It fails if one of the
// functions has the name of one of another library.
func (ls *libraries) add(lib, old *Library) error {
	for _, fn := range lib.Functions {
		if other := ls.functions[strings.ToLower(fn.Name)]; other != nil && other.library != old {
			return resp.Errorf("ERR Function %s already exists", fn.Name)
		}
	}
	ls.remove(old)
	ls.all = append(ls.all, lib)
	ls.bytes += lib.size()
	for _, fn := range lib.Functions {
		if name := strings.ToLower(fn.Name); ls.functions[name] == nil {
			ls.functions[name] = fn
		}
	}
	return nil
}

func (ls *libraries) remove(lib *Library) {
	i := slices.Index(ls.all, lib)
	if i < 0 {
		return
	}
	ls.all = slices.Delete(ls.all, i, i+1)
	ls.bytes -= lib.size()
	for _, fn := range lib.Functions {
		delete(ls.functions, strings.ToLower(fn.Name))
	}
}

// chunk returns the chunk of a library with the number, or nil.
func (ls *libraries) chunk(n int) *syntax.Chunk {
	for _, lib := range ls.list() {
		if i := n - lib.first; i >= 0 && i < len(lib.chunks) {
			return lib.chunks[i]
		}
	}
	return nil
}

// Libraries returns all libraries, in the order in which they came. It must not be changed.
func (e *Engine) Libraries() []*Library { return e.libs.all }

// Functions returns how many functions the libraries have.
func (e *Engine) Functions() (n int) {
	for _, lib := range e.libs.all {
		n += len(lib.Functions)
	}
	return n
}

// Function returns the function with the name, in either case, or nil.
func (e *Engine) Function(name string) *Function { return e.libs.functions[strings.ToLower(name)] }

// LoadLibrary makes a library of its code. With replace it may take the place of one with
// the same name. h takes what the code logs. The error is a [resp.Error].
func (e *Engine) LoadLibrary(h Host, code string, replace bool) (*Library, error) {
	name, body, err := parseLibrary(code)
	if err != nil {
		return nil, err
	}
	old := e.libs.find(name)
	if old != nil && !replace {
		return nil, resp.Errorf("ERR Library '%s' already exists", name)
	}
	lib := &Library{Name: name, Code: code}
	if err := e.runLibrary(h, lib, body); err != nil {
		return nil, err
	}
	if err := e.libs.add(lib, old); err != nil {
		return nil, err
	}
	return lib, nil
}

// RestoreLibraries loads libraries from their codes: all of them or, if one of them cannot
// be loaded, none. The error is a [resp.Error].
func (e *Engine) RestoreLibraries(h Host, codes []string, policy Policy) (err error) {
	old := *e.libs
	*e.libs = *newLibraries()
	defer func() {
		if err != nil {
			*e.libs = old
		}
	}()
	for _, code := range codes {
		if _, err := e.LoadLibrary(h, code, false); err != nil {
			return err
		}
	}
	if policy == Flush {
		return nil
	}
	return e.joinLibraries(old.all, policy)
}

// joinLibraries puts libraries before those that are there and were restored.
func (e *Engine) joinLibraries(old []*Library, policy Policy) error {
	joined := newLibraries()
	for _, lib := range old {
		switch {
		case e.libs.find(lib.Name) == nil:
			_ = joined.add(lib, nil) // they went together before
		case policy == Append:
			return resp.Errorf("ERR Library %s already exists", lib.Name)
		}
	}
	for _, lib := range e.libs.all {
		if err := joined.add(lib, nil); err != nil {
			return err
		}
	}
	*e.libs = *joined
	return nil
}

// DeleteLibrary removes a library and reports whether there was one.
func (e *Engine) DeleteLibrary(name string) bool {
	lib := e.libs.find(name)
	e.libs.remove(lib)
	return lib != nil
}

// FlushLibraries removes all libraries, and the machine.
func (e *Engine) FlushLibraries() {
	*e.libs = *newLibraries()
	e.functions = nil
}

// libraryMachine returns the machine of libraries.
func (e *Engine) libraryMachine() *machine {
	if e.functions == nil {
		e.functions = newMachine(e.version, &e.random, e.libs)
	}
	return e.functions
}

// CallFunction calls a function and writes its reply in the protocol of out.
func (e *Engine) CallFunction(h Host, fn *Function, keys, args [][]byte, out *resp.Writer) Outcome {
	m := e.libraryMachine()
	r := &run{host: h, name: fn.Name, kind: FunctionRun, proto: 2}
	e.setRunning(r)
	defer e.setRunning(nil)
	outcome := m.callFunction(r, fn, keys, args, out)
	if m.broken {
		e.revive(h)
	}
	return outcome
}

// revive makes a new machine for the libraries, which forget what they held. One that cannot
// be loaded again, though it could before, is gone.
func (e *Engine) revive(h Host) {
	old := e.libs.all
	e.FlushLibraries()
	for _, lib := range old {
		_, _ = e.LoadLibrary(h, lib.Code, false)
	}
}

// runLibrary runs the code of a library, which registers its functions.
func (e *Engine) runLibrary(h Host, lib *Library, body string) error {
	m := e.libraryMachine()
	r := &run{host: h, name: lib.Name, loading: lib, proto: 2}
	e.setRunning(r)
	defer e.setRunning(nil)
	return m.runLibrary(r, body)
}
