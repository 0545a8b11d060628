package script

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	lua "github.com/yuin/gopher-lua"

	"github.com/tattle-server/tattle/resp"
)

// repeated writes n items, each made of its number from 1 on.
func repeated(n int, sep, item string) string {
	items := make([]string, n)
	for i := range items {
		items[i] = strings.ReplaceAll(item, "#", fmt.Sprint(i+1))
	}
	return strings.Join(items, sep)
}

// Large programs, and what Redis 8.0.2 replies to them.
func TestLargePrograms(t *testing.T) {
	e := New("8.0.2")
	for _, c := range []struct{ body, want string }{
		// Table constructors of every length, with keys in between and calls at the end.
		{"local t = {" + repeated(50, ",", "#") + ", [7 * 1] = 'x', [0 + 60] = 5} return {t[1], t[2], t[7], t[50], t[60]}", "*5\r\n:1\r\n:2\r\n$1\r\nx\r\n:50\r\n:5\r\n"},
		{"local function f() return 8, 9 end local t = {" + repeated(100, ",", "1") + ", f()} return {#t, t[1], t[101], t[102]}", "*4\r\n:102\r\n:1\r\n:8\r\n:9\r\n"},
		{"return #{" + repeated(25550, ",", "1") + "}", ":25550\r\n"},
		{"return #{" + repeated(25551, ",", "1") + "}", ":25551\r\n"},
		{"local t = {" + repeated(60000, ",", "1") + "} return {#t, t[60000]}", "*2\r\n:60000\r\n:1\r\n"},
		{"local t = {" + repeated(500000, ",", "1") + "} return #t", ":500000\r\n"},
		{"local t = {" + repeated(60000, ",", "#, a# = #") + "} return {#t, t[59999], t.a59999}", "*3\r\n:60000\r\n:59999\r\n:59999\r\n"},
		{"local t = (function(...) return {" + repeated(60000, ",", "1") + ", ...} end)(2, 3) return {#t, t[60000], t[60001], t[60002]}", "*4\r\n:60002\r\n:1\r\n:2\r\n:3\r\n"},
		{"return #coroutine.wrap(function() return {" + repeated(60000, ",", "1") + ", unpack({1, 2})} end)()", ":60002\r\n"},
		{"local t = {" + repeated(60000, ",", "1") + ", [50000000] = 7, [2] = 9} return {#t, t[2], t[50000000]}", "*3\r\n:60000\r\n:9\r\n:7\r\n"},
		// Constants.
		{"local t = {" + repeated(80000, ",", "'k#'") + "} return {#t, t[300], t[80000]}", "*3\r\n:80000\r\n$4\r\nk300\r\n$6\r\nk80000\r\n"},
		{"local t = {" + repeated(300, ",", "k# = #") + "} t.k299 = t.k300 function t:m() return self.k299 end return t:m()", ":300\r\n"},
		{"local t = {} " + repeated(300, " ", "t.k# = #") + " local n = 0 if t.k300 == 300 then n = t.k300 + 301 end return n", ":601\r\n"},
		{"local t = {" + repeated(262143, ",", "#") + "} return #t", ":262143\r\n"},
		{"return {" + repeated(262144, ",", "#") + "}", compileError("constant table overflow")},
		{"local t = {" + repeated(262144, ",", "'k#'") + "} return #t", compileError("constant table overflow")},
		// Jumps.
		{"local n = 0 for i = 1, 2 do " + repeated(100000, " ", "n = n + 1") + " end return n", ":200000\r\n"},
		{"local n = 0 for i = 1, 2 do " + repeated(131072, " ", "n = n + 1") + " end return n", compileError("user_script:1: control structure too long near 'end'")},
		{"local n = 0 while n < 9 do " + repeated(131072, " ", "n = n + 1") + " end return n", compileError("user_script:1: control structure too long near 'end'")},
		{"local n = 0 repeat " + repeated(131072, " ", "n = n + 1") + " until n > 9 return n", compileError("user_script:1: control structure too long near 'return'")},
		{"local n = 0 if n == 0 then " + repeated(131072, " ", "n = n + 1") + " end return n", compileError("user_script:1: control structure too long near '<eof>'")},
		{"return {loadstring('for i = 1, 2 do ' .. string.rep('local x ', 9) .. string.rep('KEYS = 1 ', 70000) .. 'end')}",
			"*0\r\n"},
		{"local x = 20000 if x == 0 then x = 1 " + repeated(20000, " ", "elseif x == # then x = -#") + " end return x", ":-20000\r\n"},
		{"local x = 30000 if x == 0 then x = 1 " + repeated(30000, " ", "elseif x == # then x = -#") + " end return x", compileError("user_script:1: control structure too long near '<eof>'")},
		// Depth and width.
		{"local a = 1 return " + repeated(100000, " + ", "a"), ":100000\r\n"},
		{"local a = 'x' return #(" + repeated(190, "..", "a") + ")", ":190\r\n"},
		{"local a = 'x' return " + repeated(200, "..", "a"), compileError("user_script:1: chunk has too many syntax levels")},
		{"return " + strings.Repeat("(", 198) + "1" + strings.Repeat(")", 198), ":1\r\n"},
		{"return " + strings.Repeat("(", 200) + "1" + strings.Repeat(")", 200), compileError("user_script:1: chunk has too many syntax levels")},
		{"return select('#', " + repeated(247, ",", "1") + ")", ":247\r\n"},
		{"return select('#', " + repeated(249, ",", "1") + ")", compileError("user_script:1: function or expression too complex near '1'")},
		{repeated(200, " ", "local a# = #") + " return a1 + a200", ":201\r\n"},
		{repeated(201, " ", "local a# = #") + " return a1", compileError("user_script:1: main function has more than 200 local variables")},
		{repeated(60, " ", "local a# = #") + " return (function() return " + repeated(60, "+", "a#") + " end)()", ":1830\r\n"},
		{repeated(61, " ", "local a# = #") + "\nreturn (function() return " + repeated(61, "+", "a#") + " end)()", compileError("user_script:2: function at line 2 has more than 60 upvalues")},
		{"local t = {} " + repeated(200, ",", "t[#]") + " = " + repeated(200, ",", "#") + " return t[200]", ":200\r\n"},
		{"local t = {} " + repeated(201, ",", "t[#]") + " = 1", compileError("user_script:1: main function has more than 199 variables in assignment")},
		{strings.Repeat("do local a = 1 end ", 32767) + "return 1", ":1\r\n"},
		{strings.Repeat("do local a = 1 end ", 32768) + "return 1", compileError("too many local variables")},
	} {
		s, err := e.Load([]byte(c.body), false)
		if err != nil {
			require.Equal(t, c.want, "-"+err.Error()+"\r\n", "%.60s", c.body)
			continue
		}
		require.Equal(t, c.want, eval(t, e, &funcHost{}, s.Body), "%.60s", c.body)
	}
}

func compileError(text string) string {
	return "-ERR Error compiling script (new function): " + text + "\r\n"
}

// Small programs, with what they return in Redis 8.0.2.
func TestPrograms(t *testing.T) {
	e := New("8.0.2")
	require.Equal(t, ":0\r\n", eval(t, e, &funcHost{}, "return #setmetatable({}, {__len = function() return 5 end})"))
	require.Contains(t, eval(t, e, &funcHost{}, "local x = {__len = 1} return #x.y"), "attempt to get length of field 'y' (a nil value)")
	for body, what := range map[string]string{"for i = {}, nil, 'x' do end": "initial value", "for i = 1, {} do end": "limit", "for i = 1, 2,\n'x' do end": "step"} {
		require.Contains(t, eval(t, e, &funcHost{}, body), "'for' "+what+" must be a number script: ", body)
	}
	const functions = "local function f(s, c) c = (c or 0) + 1 if c <= s then return c end end local function h() return 2 end "
	for body, want := range map[string]string{
		"local a, b = 1, 2 a, b = b, a return a * 10 + b":                                                  ":21\r\n",
		"local i, a = 1, {} i, a[i] = 2, 7 return a[1]":                                                    ":7\r\n",
		"local a = 1 local t = {} a = not true and t.x and a return a == false and 1":                      ":1\r\n",
		"local n = 0 for k in f, 3 do n = n + k end return n":                                              ":6\r\n",
		"local n = 0 for k in f, (h()) do n = n + k end return n":                                          ":3\r\n",
		"for i = 1, 3 do break end return 1":                                                               ":1\r\n",
		"local n = 0 for i = 1, 3 do if not 's' or nil then n = 9 else n = n + 1 end end return n":         ":3\r\n",
		"local g = function() return g end return pcall(g) == false and 1":                                 ":1\r\n",
		"local n = 0 for i = '1', '0x3', ' 1 ' do n = n + i end return n":                                  ":6\r\n",
		"return select('#', (function(...) return ... end){[{}] = 1, [h()] = 2})":                          ":1\r\n",
		"local t = {[h()] = 5, 7, [h() + 1] = 6, 8} return t[1] * 10 + t[2] + t[3] * 100":                  ":678\r\n",
		"return nil or false and 2 or 3":                                                                   ":3\r\n",
		"local t = {f = function(self, x) return x end} return t:f(3)":                                     ":3\r\n",
		"local function v(...) return arg.n, arg[2] end return v(4, 5)":                                    ":2\r\n",
		"local t = setmetatable({}, {__concat = function(a, b) return 'c' end}) return 1 .. t .. 2":        "$2\r\n1c\r\n",
		"local a, b, c = (function() return 1, 2, 3 end)() return {a, b, c}":                               "*3\r\n:1\r\n:2\r\n:3\r\n",
		"local function v(...) local a, b, c = 1, 2, 3 a = ... b = (...) return a + b + c end return v(4)": ":11\r\n",
		"local x = 1 local function up() x = x + 1 return x end return x .. up() .. x":                     "$3\r\n122\r\n",
	} {
		require.Equal(t, want, eval(t, e, &funcHost{}, functions+body), body)
	}
}

// bounded is a host that ends a script that runs for long.
type bounded struct {
	funcHost
	e     *Engine
	turns int
}

func (h *bounded) Breathe() {
	if h.turns++; h.turns > 20 {
		h.e.Abort()
	}
}

// size returns how many instructions a function and those inside it have.
func size(proto *lua.FunctionProto) int {
	n := len(proto.Code)
	for _, inner := range proto.FunctionPrototypes {
		n += size(inner)
	}
	return n
}

// FuzzScript compiles any source, and runs it for a while. Nothing may panic, the
// instructions may not outgrow the source, and the next script finds nothing changed.
func FuzzScript(f *testing.F) {
	for _, body := range attacks {
		f.Add(body)
	}
	oldString, oldReply := stringMax, replySizeMax
	f.Cleanup(func() { stringMax, replySizeMax = oldString, oldReply })
	stringMax, replySizeMax = 1<<16, 1<<16
	var want string
	f.Fuzz(func(t *testing.T, body string) {
		if want == "" {
			want = runIn(t, New("8.0.2"), 3, look)
		}
		e := New("8.0.2")
		s, err := e.Load([]byte(body), false)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		require.LessOrEqual(t, size(s.chunk.Main), 16*(len(body)+1), "instructions")
		h := &bounded{e: e}
		h.call = func(_ [][]byte, out *resp.Writer) { out.OK() }
		e.Run(h, s, words("key"), words("arg"), &resp.Writer{Proto: 3})
		e.aborted = false
		require.Equal(t, want, runIn(t, e, 3, look))
	})
}
