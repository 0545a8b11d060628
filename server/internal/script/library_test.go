package script

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// register is the code of a library whose functions have the given bodies.
func register(name string, bodies map[string]string) string {
	code := "#!lua name=" + name + "\n"
	for fn, body := range bodies {
		code += fmt.Sprintf("redis.register_function('%s', function(keys, args) %s end)\n", fn, body)
	}
	return code
}

// load loads a library.
func load(t *testing.T, e *Engine, code string) {
	t.Helper()
	_, err := e.LoadLibrary(&funcHost{}, code, true)
	require.NoError(t, err, code)
}

// fcall calls a function and returns its raw reply.
func fcall(t *testing.T, e *Engine, h Host, name string, args ...string) string {
	t.Helper()
	fn := e.Function(name)
	require.NotNil(t, fn, name)
	var out resp.Writer
	e.CallFunction(h, fn, words("key"), words(args...), &out)
	return string(out.Buf)
}

func TestFunctionsKeepVariables(t *testing.T) {
	e := New("8.0.2")
	load(t, e, `#!lua name=counter
		local n = 0
		redis.register_function('up', function() n = n + 1 return n end)
		redis.register_function('read', function() return n end)
		redis.register_function('fail', function() n = n + 1 local t = nil .. n end)`)
	require.Equal(t, ":1\r\n", fcall(t, e, &funcHost{}, "up"))
	require.Equal(t, ":2\r\n", fcall(t, e, &funcHost{}, "UP"))
	require.Contains(t, fcall(t, e, &funcHost{}, "fail"), "user_function:5: attempt to concatenate a nil value script: fail, on @user_function:5.")
	require.Equal(t, ":3\r\n", fcall(t, e, &funcHost{}, "read"))
	require.Equal(t, "*1\r\n$3\r\nkey\r\n", func() string {
		load(t, e, register("args", map[string]string{"keys": "return keys"}))
		return fcall(t, e, &funcHost{}, "keys")
	}())
	require.Contains(t, eval(t, e, &funcHost{}, "return n"), "nonexistent global variable 'n'")
}

// What one library does, another and the scripts do not see: their globals, metatables and
// settings are as they were. Libraries share the settings of cjson, as in Redis.
func TestLibrariesAreIsolated(t *testing.T) {
	const show = `
		local words = {}
		local function add(name, t)
			for k, v in pairs(t) do words[#words + 1] = name .. ' ' .. tostring(k) .. ' ' .. type(v) end
		end
		for _, name in ipairs({'_G', 'string', 'table', 'math', 'os', 'coroutine', 'redis', 'bit', 'cjson', 'cmsgpack', 'struct'}) do
			add(name, _G[name])
			add('meta of ' .. name, getmetatable(_G[name]) or {})
		end
		add('meta of string', getmetatable(''))
		add('atload', atload)
		add('meta of atload', getmetatable(atload))
		words[#words + 1] = ('x'):rep(3) .. #'abc' .. tostring(pcall(function() return nosuch end)) .. tostring(pcall(function() return KEYS end))
		table.sort(words)
		return words`
	fresh := func() *Engine {
		e := New("8.0.2")
		load(t, e, "#!lua name=show\nlocal atload = redis\nredis.register_function('show', function() "+show+" end)")
		return e
	}
	wantFunction := fcall(t, fresh(), &funcHost{}, "show")
	require.NotContains(t, wantFunction, "-ERR")
	require.NotContains(t, wantFunction, "replicate_commands")
	wantScript := runIn(t, New("8.0.2"), 2, look)
	e := fresh()
	h := &funcHost{call: func(_ [][]byte, out *resp.Writer) { out.OK() }}
	for i, body := range attacks {
		body = strings.NewReplacer("KEYS", "keys", "ARGV", "args").Replace(body)
		code := "#!lua name=attack\nlocal atload, register = redis, redis.register_function\nredis.register_function('attack', function(keys, args) " + body + " end)"
		if _, err := e.LoadLibrary(h, code, true); err == nil {
			fcall(t, e, h, "attack")
		}
		// The same while the library is loaded.
		_, _ = e.LoadLibrary(h, "#!lua name=early\nlocal KEYS, ARGV = {}, {}\n"+attacks[i], true)
		require.Equal(t, wantFunction, fcall(t, e, &funcHost{}, "show"), body)
		require.Equal(t, wantScript, runIn(t, e, 2, look), body)
	}
	for _, attempt := range []string{
		"redis = 1", "redis.call = 1", "redis.register_function = nil", "_G = {}", "atload.log = 1", "rawset(atload, 'log', 1)",
		"getmetatable(atload).__index = nil", "setmetatable(atload, {})", "register('more', function() end)", "atload.register_function{}",
		"KEYS = {}", "return atload.call",
	} {
		load(t, e, "#!lua name=attempt\nlocal atload, register = redis, redis.register_function\nredis.register_function('attempt', function() "+attempt+" end)")
		require.Contains(t, fcall(t, e, h, "attempt"), "-ERR ", attempt)
		require.Equal(t, wantFunction, fcall(t, e, &funcHost{}, "show"), attempt)
	}
}

func TestLoadErrors(t *testing.T) {
	e := New("8.0.2")
	for body, want := range map[string]string{
		"while true do end":              "Error registering functions: ERR FUNCTION LOAD timeout",
		"local s = ('x'):rep(2e9)":       "Error registering functions: ERR not enough memory",
		"local function f() f() end f()": "Error registering functions: ERR user_function:2: stack overflow",
	} {
		_, err := e.LoadLibrary(&funcHost{}, "#!lua name=a\n"+body, false)
		require.ErrorContains(t, err, want, body)
		require.Empty(t, e.Libraries())
		_, kind := e.Running()
		require.Equal(t, NothingRuns, kind)
	}
	h := &funcHost{}
	_, err := e.LoadLibrary(h, "#!lua name=a\nredis.log(redis.LOG_WARNING, 'loading')", false)
	require.EqualError(t, err, "ERR No functions registered")
	require.Equal(t, []string{"3loading"}, h.logs)
}

// RESTORE loads all libraries or none.
func TestRestoreIsWhole(t *testing.T) {
	e := New("8.0.2")
	one, two := register("one", map[string]string{"f": "return 1"}), register("two", map[string]string{"g": "return 2"})
	load(t, e, one)
	bad := register("three", map[string]string{"F": "return 3"})
	for _, c := range []struct {
		codes  []string
		policy Policy
		want   string
	}{
		{[]string{two, one}, Append, "ERR Library one already exists"},
		{[]string{two, bad}, Append, "ERR Function F already exists"},
		{[]string{two, bad}, Replace, "ERR Function F already exists"},
		{[]string{two, "#!lua name=x\n"}, Flush, "ERR No functions registered"},
		{[]string{two, two}, Flush, "ERR Library 'two' already exists"},
	} {
		require.EqualError(t, e.RestoreLibraries(&funcHost{}, c.codes, c.policy), c.want)
		require.Len(t, e.Libraries(), 1)
		require.Equal(t, ":1\r\n", fcall(t, e, &funcHost{}, "f"))
		require.Nil(t, e.Function("g"))
	}
	before := e.Memory().Functions
	require.NoError(t, e.RestoreLibraries(&funcHost{}, []string{two, register("one", map[string]string{"f": "return 7"})}, Replace))
	require.Equal(t, ":7\r\n", fcall(t, e, &funcHost{}, "f"))
	require.Equal(t, 2, e.Functions())
	require.NoError(t, e.RestoreLibraries(&funcHost{}, []string{one}, Flush))
	require.Nil(t, e.Function("g"))
	require.Equal(t, before, e.Memory().Functions)
	require.True(t, e.DeleteLibrary("one"))
	require.False(t, e.DeleteLibrary("one"))
	require.Zero(t, e.Memory().Functions)
}

// A library may hold as much as a script, however many calls it takes to make it.
func TestLibrariesAreBounded(t *testing.T) {
	limit(t, 16<<20, 4<<20)
	e := New("8.0.2")
	load(t, e, `#!lua name=hoard
		local held = {}
		redis.register_function('hold', function() held[#held + 1] = string.rep(#held .. 'x', 2^18) return #held end)
		redis.register_function('spin', function() for i = 1, 5000 do end return 1 end)`)
	last, n := "", 0
	for ; n < 200 && !strings.Contains(last, errMemory); n++ {
		last = fcall(t, e, &funcHost{}, "hold")
	}
	require.Contains(t, last, errMemory)
	require.Greater(t, n, 10)
	e.FlushLibraries()
	load(t, e, register("other", map[string]string{"spin": "for i = 1, 5000 do end return 1"}))
	require.Equal(t, ":1\r\n", fcall(t, e, &funcHost{}, "spin"))
}

// Errors in code that outlives the call which compiled it have Lua's words, but no place.
func TestForgottenChunks(t *testing.T) {
	e := New("8.0.2")
	load(t, e, `#!lua name=keep
		local kept
		redis.register_function('make', function(_, args) kept = loadstring(args[1]) end)
		redis.register_function('use', function() return kept() end)`)
	fcall(t, e, &funcHost{}, "make", "local t return t.x")
	require.Contains(t, fcall(t, e, &funcHost{}, "use"), "attempt to index a nil value")
	require.NotContains(t, fcall(t, e, &funcHost{}, "use"), "\x00")
	require.Contains(t, fcall(t, e, &funcHost{}, "make"), "user_function:3: bad argument #1 to 'loadstring'")
}

// A panic of the host ends the call, and the libraries go on.
func TestHostPanicInFunction(t *testing.T) {
	e := New("8.0.2")
	load(t, e, register("a", map[string]string{"f": "while true do pcall(redis.call, 'x') end", "g": "return 1"}))
	h := &funcHost{call: func([][]byte, *resp.Writer) { panic("host is broken") }}
	require.Panics(t, func() { fcall(t, e, h, "f") })
	require.Equal(t, ":1\r\n", fcall(t, e, &funcHost{}, "g"))
}

// A script cannot be killed as a function, or a function as a script.
func TestKillTheRightKind(t *testing.T) {
	e := New("8.0.2")
	require.Equal(t, ErrNotBusy, e.Kill(FunctionRun))
	load(t, e, register("a", map[string]string{"f": "redis.call('x') while true do end"}))
	h := &funcHost{call: func(_ [][]byte, out *resp.Writer) {
		name, kind := e.Running()
		require.Equal(t, "f", name)
		require.Equal(t, FunctionRun, kind)
		require.EqualError(t, e.Kill(ScriptRun), "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.")
		require.NoError(t, e.Kill(FunctionRun))
		out.OK()
	}}
	require.Contains(t, fcall(t, e, h, "f"), "-ERR Script killed by user with SCRIPT KILL... script: f, on @user_function:2.")
	h.call = func(_ [][]byte, out *resp.Writer) {
		require.Equal(t, ErrBusy, e.Kill(FunctionRun))
		out.OK()
	}
	require.Equal(t, "+OK\r\n", eval(t, e, h, "return redis.call('x')"))
}
