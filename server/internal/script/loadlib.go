package script

import (
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/script/syntax"
)

// This file runs the code of libraries, and their functions.

// librarySource is the name of every library, as Lua names the source of a chunk.
const librarySource = "@user_function"

// loadTimeMax is how long the code of a library may run.
const loadTimeMax = 500 * time.Millisecond

const errFunctionName = "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long"

// validName reports whether a library or a function may have the name.
func validName(name string) bool {
	for _, c := range []byte(name) {
		if !isDigit(c) && c != '_' && !(c|0x20 >= 'a' && c|0x20 <= 'z') {
			return false
		}
	}
	return name != ""
}

// parseLibrary reads the first line of a library. In the body that it returns that line is
// empty, so that line numbers stay the same.
func parseLibrary(code string) (name, body string, err error) {
	if !strings.HasPrefix(code, "#!") {
		return "", "", resp.Error("ERR Missing library metadata")
	}
	end := strings.IndexByte(code, '\n')
	if end < 0 {
		return "", "", resp.Error("ERR Invalid library metadata")
	}
	words, ok := splitWords(code[:end])
	if !ok || len(words) == 0 {
		return "", "", resp.Error("ERR Invalid library metadata")
	}
	given := false
	for _, word := range words[1:] {
		value, ok := cutPrefixFold(word, "name=")
		switch {
		case !ok:
			return "", "", resp.Errorf("ERR Invalid metadata value given: %s", word)
		case given:
			return "", "", resp.Error("ERR Invalid metadata value, name argument was given multiple times")
		}
		name, given = value, true
	}
	engine := words[0][len("#!"):]
	switch {
	case !given:
		return "", "", resp.Error("ERR Library name was not given")
	case !validName(name):
		return "", "", resp.Error("ERR " + errFunctionName)
	case !strings.EqualFold(engine, "lua"):
		return "", "", resp.Errorf("ERR Engine '%s' not found", engine)
	}
	return name, code[end:], nil
}

func cutPrefixFold(s, prefix string) (rest string, ok bool) {
	if !hasFold(s, prefix) {
		return "", false
	}
	return s[len(prefix):], true
}

// runLibrary runs the body of a library, which registers its functions.
func (m *machine) runLibrary(r *run, body string) error {
	lib := r.loading
	m.start(r)
	defer m.stop()
	fn, err := m.compile(body, librarySource)
	if err != nil {
		return resp.Errorf("ERR Error compiling function: %s", err)
	}
	m.given[syntax.Globals].SetValue(m.atLoad)
	defer m.given[syntax.Globals].SetValue(m.globals)
	r.ends = time.Now().Add(loadTimeMax)
	if err := m.protect(fn); err != nil {
		text, _ := m.failureText(m.caught(err))
		return resp.Error("ERR Error registering functions: " + oneLine(text))
	}
	if len(lib.Functions) == 0 {
		return resp.Error("ERR No functions registered")
	}
	lib.first, lib.chunks = m.first, append(lib.chunks, m.chunks...)
	return nil
}

// callFunction calls a function of a library.
func (m *machine) callFunction(r *run, fn *Function, keys, args [][]byte, out *resp.Writer) Outcome {
	m.start(r)
	defer m.stop()
	return m.answer(out, m.protect(fn.callback, m.stringTable(keys), m.stringTable(args)))
}

// registerFunction is redis.register_function(name, callback), or with one table of named
// arguments.
func registerFunction(c call) int {
	lib := c.m.run.loading
	if lib == nil {
		return c.failRedis("redis.register_function can only be called on FUNCTION LOAD command")
	}
	fn := &Function{library: lib}
	var problem string
	switch n := c.GetTop(); {
	case n < 1 || n > 2:
		problem = "wrong number of arguments to redis.register_function"
	case n == 1:
		problem = fn.readTable(c, c.Get(1))
	default:
		problem = fn.readPair(c.Get(1), c.Get(2))
	}
	switch {
	case problem != "":
		return c.failRedis(problem)
	case !validName(fn.Name):
		return c.failRedis(errFunctionName)
	}
	for _, other := range lib.Functions {
		if other.Name == fn.Name {
			return c.failRedis("Function already exists in the library")
		}
	}
	c.work(1 + len(lib.Functions)/8)
	c.reserve(tableSize + fieldSize)
	lib.Functions = append(lib.Functions, fn)
	return 0
}

// readPair reads the name and the callback, and returns what is wrong with them.
func (fn *Function) readPair(name, callback lua.LValue) (problem string) {
	var ok bool
	if fn.Name, ok = toString(name); !ok {
		return "first argument to redis.register_function must be a string"
	}
	if fn.callback, ok = callback.(*lua.LFunction); !ok {
		return "second argument to redis.register_function must be a function"
	}
	return ""
}

// readTable reads named arguments.
func (fn *Function) readTable(c call, v lua.LValue) (problem string) {
	t, ok := v.(*lua.LTable)
	if !ok {
		return "calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments)."
	}
	t = c.m.behind(t)
	named := false
	for k, v := next(t, lua.LNil); k != lua.LNil; k, v = next(t, k) {
		key, ok := toString(k)
		if !ok {
			return "named argument key given to redis.register_function is not a string"
		}
		switch key = strings.ToLower(key); key {
		case "function_name":
			fn.Name, named = toString(v)
			ok = named
		case "description":
			var text string
			text, ok = toString(v)
			fn.Description = &text
		case "callback":
			fn.callback, ok = v.(*lua.LFunction)
		case "flags":
			if problem := fn.readFlags(c, v); problem != "" {
				return problem
			}
		default:
			return "unknown argument given to redis.register_function"
		}
		if !ok {
			return key + " argument given to redis.register_function must be a " + wantedTypes[key]
		}
	}
	switch {
	case !named:
		return "redis.register_function must get a function name argument"
	case fn.callback == nil:
		return "redis.register_function must get a callback argument"
	}
	return ""
}

// wantedTypes are the types of the named arguments.
var wantedTypes = map[string]string{"function_name": "string", "description": "string", "callback": "function"}

func (fn *Function) readFlags(c call, v lua.LValue) (problem string) {
	t, ok := v.(*lua.LTable)
	if !ok {
		return "flags argument to redis.register_function must be a table representing function flags"
	}
	t = c.m.behind(t)
	for i := 1; ; i++ {
		v := at(t, i)
		if v == lua.LNil {
			return ""
		}
		name, _ := v.(lua.LString)
		flag, ok := flagNamed(strings.ToLower(string(name)))
		if !ok {
			return "unknown flag given"
		}
		c.work(1)
		fn.Flags |= flag
	}
}
