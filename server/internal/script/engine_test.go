package script

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// funcHost is a host made of functions.
type funcHost struct {
	call func(args [][]byte, out *resp.Writer)
	logs []string
}

func (h *funcHost) Call(args [][]byte, out *resp.Writer) { h.call(args, out) }

func (h *funcHost) Allowed(args [][]byte) (allowed, known bool) {
	return string(args[0]) == "get", string(args[0]) != "nosuch"
}

func (*funcHost) Breathe() {}

func (h *funcHost) Log(level Level, msg string) { h.logs = append(h.logs, fmt.Sprint(level, msg)) }

// eval loads and runs a script and returns its raw reply.
func eval(t *testing.T, e *Engine, h Host, body string) string {
	t.Helper()
	s, err := e.Load([]byte(body), false)
	require.NoError(t, err)
	var out resp.Writer
	e.Run(h, s, nil, nil, &out)
	return string(out.Buf)
}

func TestCache(t *testing.T) {
	e := New("8.0.2")
	s, err := e.Load([]byte("return 1"), true)
	require.NoError(t, err)
	require.Equal(t, "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", s.SHA)
	require.Same(t, s, e.Find("E0E1F9FABFC9D4800C877A703B823AC0578FF8DB"))
	require.True(t, e.Exists(s.SHA))
	require.False(t, e.Exists("x"))
	require.Nil(t, e.Find("x"))

	again, err := e.Load([]byte("return 1"), false)
	require.NoError(t, err)
	require.Same(t, s, again)

	e.Flush()
	require.False(t, e.Exists(s.SHA))
	require.Zero(t, e.Cached())
}

func TestEvalScriptsAreEvicted(t *testing.T) {
	e := New("8.0.2")
	kept, err := e.Load([]byte("return 'kept'"), true)
	require.NoError(t, err)
	first, err := e.Load([]byte("return 'first'"), false)
	require.NoError(t, err)
	promoted, err := e.Load([]byte("return 'promoted'"), false)
	require.NoError(t, err)
	_, err = e.Load([]byte("return 'promoted'"), true)
	require.NoError(t, err)
	for i := range evalMax {
		_, err := e.Load(fmt.Appendf(nil, "return %d", i), false)
		require.NoError(t, err)
		if i == evalMax/2 {
			require.Same(t, first, e.Find(first.SHA))
		}
	}
	require.Equal(t, 1, e.Evicted())
	require.Equal(t, evalMax+2, e.Cached())
	require.True(t, e.Exists(kept.SHA))
	require.True(t, e.Exists(first.SHA), "used in between")
	require.True(t, e.Exists(promoted.SHA))
}

func TestFlags(t *testing.T) {
	e := New("8.0.2")
	for body, want := range map[string]Flags{
		"return 1":                                 0,
		"#!lua\nreturn 1":                          0,
		"#!lua flags=no-writes\nreturn 1":          NoWrites,
		"#!lua flags=allow-oom,allow-stale\n":      AllowOOM | AllowStale,
		"#!lua flags=no-cluster flags=no-writes\n": NoCluster | NoWrites,
		"#!lua flags=allow-cross-slot-keys\n":      AllowCrossSlotKeys,
	} {
		s, err := e.Load([]byte(body), false)
		require.NoError(t, err)
		require.Equal(t, want, s.Flags, body)
		require.Equal(t, strings.HasPrefix(body, "#!"), s.Declared)
	}
}

func TestOutcome(t *testing.T) {
	e := New("8.0.2")
	h := &funcHost{call: func(_ [][]byte, out *resp.Writer) { out.Error(ErrUnknown) }}
	for body, want := range map[string]Outcome{
		"return 1":                         {},
		"return {err='X y'}":               {Failed: true},
		"error('x')":                       {Failed: true},
		"return redis.call('nosuch')":      {Failed: true, Counted: true},
		"return redis.pcall('nosuch')":     {Failed: true, Counted: true},
		"error(redis.pcall('nosuch'))":     {Failed: true, Counted: true},
		"return {redis.pcall('nosuch')}":   {},
		"redis.pcall('nosuch') return 'x'": {},
	} {
		s, err := e.Load([]byte(body), false)
		require.NoError(t, err)
		var out resp.Writer
		require.Equal(t, want, e.Run(h, s, nil, nil, &out), body)
	}
}

func TestLog(t *testing.T) {
	h := &funcHost{}
	e := New("8.0.2")
	eval(t, e, h, "redis.log(redis.LOG_WARNING, 'a', 1.5, {}, 'b') redis.log(0, 'd')")
	require.Equal(t, []string{"3a 1.5 b", "0d"}, h.logs)
}

func TestACLCheck(t *testing.T) {
	e := New("8.0.2")
	require.Equal(t, "*2\r\n:1\r\n$-1\r\n", eval(t, e, &funcHost{},
		"return {redis.acl_check_cmd('get', 'k'), redis.acl_check_cmd('set', 'k', 'v')}"))
	require.Contains(t, eval(t, e, &funcHost{}, "return redis.acl_check_cmd('nosuch')"),
		"-ERR Invalid command passed to redis.acl_check_cmd() script: ")
}

// The generator starts the same in every process, and each script continues where
// the one before left it.
func TestRandom(t *testing.T) {
	e := New("8.0.2")
	const script = "return {math.random(100), math.random(100), math.random(5,7)}"
	require.Equal(t, "*3\r\n:40\r\n:85\r\n:6\r\n", eval(t, e, &funcHost{}, script))
	require.NotEqual(t, "*3\r\n:40\r\n:85\r\n:6\r\n", eval(t, e, &funcHost{}, script))
	require.Equal(t, "*2\r\n:744526\r\n:342702\r\n",
		eval(t, e, &funcHost{}, "math.randomseed(42) return {math.random(1000000), math.random(1000000)}"))
}

func TestNothingLeaks(t *testing.T) {
	e := New("8.0.2")
	s, err := e.Load([]byte("KEYS[1] = 'changed' ARGV.x = 1 redis.setresp(3) return 1"), false)
	require.NoError(t, err)
	var out resp.Writer
	e.Run(&funcHost{}, s, words("k"), words("a"), &out)
	require.Equal(t, "*3\r\n:0\r\n:1\r\n$-1\r\n", eval(t, e, &funcHost{}, "return {#KEYS, ARGV.x == nil and 1 or 0, false}"))
	for _, bad := range []string{
		"x = 1", "_G.x = 1", "redis.call = 1", "string.rep = nil", "getmetatable('').__index = nil",
		"getmetatable(_G).__index = nil", "rawset(_G, 'x', 1)", "rawset(redis, 'x', 1)", "table.insert(math, 1)",
		"setmetatable(_G, {})", "loadstring('x = 1')()", "KEYS = 1", "coroutine.wrap(function() x = 1 end)()",
	} {
		require.Contains(t, eval(t, e, &funcHost{}, bad), "Attempt to modify a readonly table", bad)
	}
	require.Contains(t, eval(t, e, &funcHost{}, "return x"), "nonexistent global variable 'x'")
}

// run runs a script that does not end by itself, until Kill works.
func runUntilKilled(t *testing.T, e *Engine, h Host, body string) string {
	t.Helper()
	reply := make(chan string)
	s, err := e.Load([]byte(body), false)
	require.NoError(t, err)
	go func() {
		var out resp.Writer
		e.Run(h, s, nil, nil, &out)
		reply <- string(out.Buf)
	}()
	require.Eventually(t, func() bool { return e.Kill(ScriptRun) == nil }, 10*time.Second, time.Millisecond)
	return <-reply
}

func TestKill(t *testing.T) {
	e := New("8.0.2")
	require.Equal(t, ErrNotBusy, e.Kill(ScriptRun))
	for _, body := range []string{
		"while true do end",
		"while true do pcall(function() while true do end end) end",
		"while true do pcall(function() error('x') end) end",
		"coroutine.wrap(function() while true do end end)()",
		"pcall(coroutine.wrap(function() while true do end end)) while true do end",
		"string.rep('a', 10) string.gsub('a', 'a', function() while true do end end)",
		"return string.find(string.rep('a', 1000), string.rep('a-', 20) .. 'b')",
	} {
		require.Regexp(t, `^-ERR Script killed by user with SCRIPT KILL... script: [0-9a-f]{40}(, on @user_script:1.)?\r\n$`,
			runUntilKilled(t, e, &funcHost{}, body), body)
		require.Equal(t, ":1\r\n", eval(t, e, &funcHost{}, "return 1"))
	}
	require.Contains(t, runUntilKilled(t, e, &funcHost{}, "\n\nwhile true do\nlocal x = 1 end"), ", on @user_script:")
}

func TestRunning(t *testing.T) {
	e := New("8.0.2")
	_, kind := e.Running()
	require.Equal(t, NothingRuns, kind)
	var sha string
	h := &funcHost{}
	h.call = func(_ [][]byte, out *resp.Writer) {
		sha, kind = e.Running()
		require.Equal(t, ScriptRun, kind)
		require.False(t, e.HasWritten())
		e.Wrote()
		require.True(t, e.HasWritten())
		require.Equal(t, ErrUnkillable, e.Kill(ScriptRun))
		out.OK()
	}
	require.Equal(t, "+OK\r\n", eval(t, e, h, "return redis.call('set', 'a', 'b')"))
	require.Equal(t, e.Find(sha).Body, "return redis.call('set', 'a', 'b')")
	require.False(t, e.HasWritten())

	h.call = func([][]byte, *resp.Writer) {
		e.Wrote()
		e.Abort()
	}
	require.Contains(t, eval(t, e, h, "redis.call('x') while true do end"), "Script killed")
}

// Scripts cannot catch a panic of the host.
func TestHostPanic(t *testing.T) {
	e := New("8.0.2")
	h := &funcHost{call: func([][]byte, *resp.Writer) { panic("host is broken") }}
	s, err := e.Load([]byte("while true do pcall(redis.call, 'x') end"), false)
	require.NoError(t, err)
	var out resp.Writer
	require.Panics(t, func() { e.Run(h, s, nil, nil, &out) })
	require.Equal(t, ":1\r\n", eval(t, e, h, "return 1"))
}

// A script that would exhaust a stack or the memory ends alone.
func TestExcess(t *testing.T) {
	defer func(s, r int) { stringMax, replySizeMax = s, r }(stringMax, replySizeMax)
	stringMax, replySizeMax = 4<<20, 4<<20
	e := New("8.0.2")
	for body, want := range map[string]string{
		"local function f() f() end f()":                                                                     "stack overflow",
		"local function f() return 1 + f() end return f()":                                                   "stack overflow",
		"local t = {} t[1] = t t[2] = t return t":                                                            "ERR script reply is too large",
		"return string.rep('x', 1e10)":                                                                       errMemory,
		"local s = 'x' while true do s = s .. s end":                                                         errMemory,
		"local s = string.rep('x', 1e6) return (s:gsub('x', s))":                                             errMemory,
		"local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x": "stack overflow",
		"local function f() return coroutine.wrap(f)() end return f()":                                       "C stack overflow",
		"local function f(s) return (string.gsub(s, '.', f)) end f('a')":                                     "C stack overflow",
		"return unpack({}, 1, 1e9)":                                                                          "too many results to unpack",
		"return string.find(string.rep('a', 500000), string.rep('a?', 250000))":                              "pattern too complex",
		"cjson.encode_max_depth(1e9) local t = {} t[1] = t cjson.encode(t)":                                  "excessive nesting",
		"cjson.new().decode_max_depth(1e9) return cjson.decode(string.rep('[', 1e6))":                        "too many nested",
	} {
		require.Contains(t, eval(t, e, &funcHost{}, body), want, body)
		require.Equal(t, ":1\r\n", eval(t, e, &funcHost{}, "return 1"))
	}
	for _, deep := range []string{"(", "{", "- ", "not ", "x.", "f(", "function() ", "1+", "a..", "a^", "do ", "if x then ", "[[", "a:b", "#"} {
		_, err := e.Load([]byte("return "+strings.Repeat(deep, 200000)), false)
		require.Error(t, err, deep)
	}
	require.Contains(t, eval(t, e, &funcHost{}, "local t = {} t[1] = t return t"), "*1\r\n*1\r\n-ERR reached lua stack limit\r\n")
}

// Metamethods that call themselves inside nested pcalls use Go's stack the most.
func TestNestedMetamethods(t *testing.T) {
	e := New("8.0.2")
	reply := eval(t, e, &funcHost{}, `
		local t = setmetatable({}, {})
		local most = 0
		local function get(n) return (t[n]) end
		getmetatable(t).__index = function(_, n)
			most = math.max(most, n)
			if n % 1000 == 0 then
				local ok, v = pcall(get, n + 1)
				return v
			end
			return (t[n + 1])
		end
		pcall(get, 1)
		return most`)
	require.Equal(t, ":198000\r\n", reply)
}

func BenchmarkCall(b *testing.B) {
	e := New("8.0.2")
	s, _ := e.Load([]byte("return redis.call('get', KEYS[1])"), true)
	h := &funcHost{call: func(_ [][]byte, out *resp.Writer) { out.BulkString("value") }}
	keys := words("key")
	var out resp.Writer
	b.ReportAllocs()
	for b.Loop() {
		out.Buf = out.Buf[:0]
		e.Run(h, s, keys, nil, &out)
	}
}

func BenchmarkLoop(b *testing.B) {
	e := New("8.0.2")
	s, _ := e.Load([]byte("local n = 0 for i = 1, 1000 do n = n + i % 7 end return n"), true)
	var out resp.Writer
	for b.Loop() {
		out.Buf = out.Buf[:0]
		e.Run(&funcHost{}, s, nil, nil, &out)
	}
}

// Lua's integers are 64 bits wide on every platform.
func TestIntegersHave64Bits(t *testing.T) {
	e := New("8.0.2")
	for body, want := range map[string]string{
		"return 2^53":                           ":9007199254740992\r\n",
		"return -2^40":                          ":-1099511627776\r\n",
		"return 2^70":                           ":-9223372036854775808\r\n",
		"return string.format('%d', 2^53)":      "$16\r\n9007199254740992\r\n",
		"return string.format('%u', 2^40)":      "$13\r\n1099511627776\r\n",
		"return string.format('%x', 2^40)":      "$11\r\n10000000000\r\n",
		"return string.sub('abc', -2^40, 2^40)": "$3\r\nabc\r\n",
		"return string.rep('', 2^40)":           "$0\r\n\r\n",
		"return math.random(2^40) >= 1":         ":1\r\n",
		"local t = {}; t[2^40] = 7; return table.concat(t, ',', 2^40, 2^40)": "$1\r\n7\r\n",
		"return redis.pcall('x', 2^40)":                                      "$13\r\n1099511627776\r\n",
	} {
		h := &funcHost{call: func(args [][]byte, out *resp.Writer) { out.BulkString(string(args[1])) }}
		require.Equal(t, want, eval(t, e, h, body), body)
	}
}
