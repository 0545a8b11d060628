package script

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/script/syntax"
)

var (
	errKilled = errors.New("Script killed by user with SCRIPT KILL...")
	errSpent  = errors.New(errMemory)

	errLoadTime = errors.New("FUNCTION LOAD timeout")
)

// failure is an error that is being raised, and where.
type failure struct {
	value lua.LValue
	place place
}

// place is a site of a chunk. The zero place is nowhere.
type place struct {
	chunk *syntax.Chunk
	site  int
}

// prefix is how messages show a place: "user_script:1: ".
func (p place) prefix() string {
	if p.chunk == nil {
		return ""
	}
	return fmt.Sprintf("%s:%d: ", p.chunk.Name(), p.chunk.Line(p.site))
}

// chunkMark is the name of a chunk inside gopher-lua, chosen so that its errors
// cannot be mistaken for texts of a script.
func chunkMark(n int) string { return "\x00" + strconv.Itoa(n) }

// parsePlace splits "\x00chunk:site: text", which is the form of gopher-lua's
// messages.
func (m *machine) parsePlace(s string) (place, string) {
	if !strings.HasPrefix(s, "\x00") {
		return place{}, s
	}
	chunk, rest, ok := strings.Cut(s[1:], ":")
	number, text, ok2 := strings.Cut(rest, ":")
	n, err := strconv.Atoi(chunk)
	at, err2 := strconv.Atoi(number)
	if !ok || !ok2 || err != nil || err2 != nil {
		return place{}, s
	}
	return place{m.chunk(n), at}, strings.TrimPrefix(text, " ")
}

// where returns the place of the call to the running Go function; higher levels are
// its callers. In Go code it is nowhere.
func (m *machine) where(L *lua.LState, level int) place {
	p, _ := m.parsePlace(L.Where(level))
	return p
}

// raise ends the running Go function with a value as the error.
func (m *machine) raise(L *lua.LState, v lua.LValue) {
	if s, ok := v.(lua.LString); ok && !m.grants(len(s)) {
		v = lua.LString(errMemory)
	}
	at := m.where(L, 1)
	if at.chunk == nil {
		at = m.where(L, 2)
	}
	m.raised = failure{v, at}
	L.Error(v, 0)
}

// fail ends the running Go function with a message that begins with the place of
// its caller.
func (m *machine) fail(L *lua.LState, format string, args ...any) {
	m.raise(L, lua.LString(m.where(L, 1).prefix()+fmt.Sprintf(format, args...)))
}

// failBare is fail for messages without a place.
func (m *machine) failBare(L *lua.LState, format string, args ...any) {
	m.raise(L, lua.LString(fmt.Sprintf(format, args...)))
}

// caught returns the error value that a script sees for an error of PCall: errors
// of the machine get Lua's words.
func (m *machine) caught(err error) lua.LValue {
	api, ok := err.(*lua.ApiError)
	if !ok {
		return lua.LString(err.Error())
	}
	if api.Type == lua.ApiErrorPanic {
		m.broken = true
	}
	return m.seen(api.Object)
}

// callsOverflow is gopher-lua's message for calls that are nested too deeply: it
// panics with it and gives no place.
const callsOverflow = "lua callstack overflow"

// noTrace replaces gopher-lua's stack trace. Making one takes time proportional to
// the square of the depth, and nobody reads it.
const noTrace = "-"

// guard is called in place of a protected function, with that function and its
// arguments. It makes errors cheap.
func (m *machine) guard(L *lua.LState) int {
	L.Panic = func(L *lua.LState) {
		panic(&lua.ApiError{Type: lua.ApiErrorRun, Object: L.Get(-1), StackTrace: noTrace})
	}
	defer func() {
		switch p := recover().(type) {
		case nil:
		case *lua.ApiError:
			panic(p)
		default:
			panic(asError(L, p))
		}
	}()
	L.Call(L.GetTop()-1, lua.MultRet)
	return L.GetTop()
}

// asError turns a Go panic into an error.
func asError(L *lua.LState, p any) *lua.ApiError {
	if p == callsOverflow {
		text := lua.LString(L.Where(0) + " stack overflow")
		return &lua.ApiError{Type: lua.ApiErrorRun, Object: text, StackTrace: noTrace}
	}
	return &lua.ApiError{Type: lua.ApiErrorPanic, Object: lua.LString(fmt.Sprint(p)), StackTrace: noTrace}
}

// seen is caught for an error value.
func (m *machine) seen(v lua.LValue) lua.LValue {
	s, ok := v.(lua.LString)
	if !ok {
		return v
	}
	if s == callsOverflow { // in a coroutine
		return lua.LString("stack overflow")
	}
	at, text := m.parsePlace(string(s))
	if at.chunk == nil {
		return v
	}
	switch text {
	case errKilled.Error(), errLoadTime.Error():
		v = m.errorTable("ERR "+text, false)
	case errMemory:
		v = lua.LString(text) // Lua gives no place
	default:
		v = lua.LString(at.prefix() + inLuaWords(at, text))
	}
	m.raised = failure{v, at}
	return v
}

// errorTable is the error value of redis.call and redis.error_reply. counted says
// that a command failed and that its error was counted.
func (m *machine) errorTable(text string, counted bool) *lua.LTable {
	t := &lua.LTable{Metatable: lua.LNil}
	t.RawSetString("err", lua.LString(text))
	if counted {
		t.RawSetString("ignore_error_stats_update", lua.LTrue)
	}
	return t
}

// errorText is errorTable for the text of an error reply, with or without a leading
// "-": "-CODE text" names its code, any other text has the code ERR.
func (m *machine) errorText(reply string, counted bool) *lua.LTable {
	code, text := "ERR", reply
	if rest, ok := strings.CutPrefix(reply, "-"); ok {
		text = rest
		if first, after, ok := strings.Cut(rest, " "); ok {
			code, text = first, after
		}
	}
	return m.errorTable(strings.Trim(code, "\r\n")+" "+strings.Trim(text, "\r\n"), counted)
}

// failureText returns the text of an error value, and whether it was counted.
func (m *machine) failureText(v lua.LValue) (text string, counted bool) {
	switch v := v.(type) {
	case *lua.LTable:
		msg, ok := v.RawGetString("err").(lua.LString)
		if !ok {
			msg = "ERR unknown error"
		}
		text, counted = string(msg), lua.LVAsBool(v.RawGetString("ignore_error_stats_update"))
	default:
		text = "ERR " + m.display(v)
	}
	text, _, _ = strings.Cut(text, "\x00") // C ends here
	return text, counted
}

// writeFailure writes the reply of a script that ended with an error.
func (m *machine) writeFailure(out *resp.Writer, err error) Outcome {
	v := m.caught(err)
	text, counted := m.failureText(v)
	text += " script: " + m.run.name
	if at := m.raised.place; at.chunk != nil && m.raised.value == v {
		text += fmt.Sprintf(", on %s:%d.", at.chunk.Source, at.chunk.Line(at.site))
	}
	out.ErrorText(text)
	return Outcome{Failed: true, Counted: counted}
}

// inLuaWords turns a message of gopher-lua into Lua's.
func inLuaWords(at place, msg string) string {
	for _, t := range translations {
		if rest, ok := strings.CutPrefix(msg, t.prefix); ok {
			return t.text(at, rest)
		}
	}
	return msg
}

// translations are the messages of gopher-lua that differ from Lua's, by their
// beginnings.
var translations = []struct {
	prefix string
	text   func(at place, rest string) string
}{
	{"attempt to index a non-table object(", func(at place, rest string) string {
		typ, _, _ := strings.Cut(rest, ")")
		return attempt("index", at.chunk.Operand(at.site, 0), typ)
	}},
	{"attempt to call a non-function object", func(at place, _ string) string {
		return attempt("call", at.chunk.Callee(at.site), "table")
	}},
	{"cannot perform ", arithmetic},
	{"__unm undefined", func(at place, _ string) string {
		return attempt("perform arithmetic on", at.chunk.Operand(at.site, 0), "table")
	}},
	{"__len undefined", func(at place, _ string) string {
		return attempt("get length of", at.chunk.Operand(at.site, 0), "userdata")
	}},
	{"attempt to compare ", func(_ place, rest string) string {
		a, b, _ := strings.Cut(rest, " with ")
		return compareText(a, b)
	}},
	{"for statement init", func(place, string) string { return "'for' initial value must be a number" }},
	{"for statement limit", func(place, string) string { return "'for' limit must be a number" }},
	{"for statement step", func(place, string) string { return "'for' step must be a number" }},
	{"registry overflow", func(place, string) string { return "stack overflow" }},
	{"too many recursions in ", func(_ place, rest string) string { return "loop in " + rest }},
}

// attempt says that a value of a wrong type was used. name is "" for a value
// without a name.
func attempt(to, name, typ string) string {
	if name == "" {
		return fmt.Sprintf("attempt to %s a %s value", to, typ)
	}
	return fmt.Sprintf("attempt to %s %s (a %s value)", to, name, typ)
}

// arithmetic reads "add operation between nil and number". Lua blames the first
// operand that is not a number.
func arithmetic(at place, rest string) string {
	_, types, _ := strings.Cut(rest, " between ")
	left, right, _ := strings.Cut(types, " and ")
	guilty, typ := 0, left
	if left == "number" {
		guilty, typ = 1, right
	}
	return attempt("perform arithmetic on", at.chunk.Operand(at.site, guilty), typ)
}

func compareText(a, b string) string {
	if a == b {
		return fmt.Sprintf("attempt to compare two %s values", a)
	}
	return fmt.Sprintf("attempt to compare %s with %s", a, b)
}
