package script

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// look is a script whose reply shows everything that scripts share: the globals, the
// libraries, the metatables, what operators do, and the settings of cjson.
const look = `
local all = {}
local function add(...)
	local words = {...}
	for i = 1, select('#', ...) do words[i] = tostring(words[i]) end
	all[#all + 1] = table.concat(words, ' ')
end
local function keys(name, t)
	for k, v in pairs(t) do add(name, tostring(k), type(v)) end
	for _, k in ipairs({'(concat)', '(place)', '(veil)', '__index', 1, true}) do add(name, tostring(k), type(rawget(t, k))) end
end
for _, name in ipairs({'_G', 'string', 'table', 'math', 'os', 'coroutine', 'redis', 'bit', 'cjson', 'cmsgpack', 'struct', 'KEYS', 'ARGV'}) do
	keys(name, _G[name])
	if name ~= '_G' then add(name, type(getmetatable(_G[name]))) end
end
keys('meta of _G', getmetatable(_G))
keys('meta of string', getmetatable(''))
add(type(getmetatable('').__index), type(getmetatable(_G).__index), tostring(_G._G == _G), ('x'):rep(3))
add('a' .. 1 .. 'b', tostring(#'abc'), tostring(-'2'), tostring(1 < 2), tostring(getmetatable(1)), tostring(getmetatable(tostring)))
local t = {[50000000] = 1, 2}
t[60000000] = 3
add(t[50000000], t[1], t[60000000], #t, KEYS[1], ARGV[1], #KEYS, #ARGV)
add(pcall(cjson.encode, 0/0), cjson.encode({1.23456789, {{{{}}}}}), tostring(pcall(cjson.encode, {[100] = 1})), tostring(cjson.null))
add(type(redis.call('x')), tostring(pcall(function() return nosuch end)), tostring(pcall(function() nosuch = 1 end)))
table.sort(all)
return all`

// attacks try to leave something behind for the scripts of others.
var attacks = []string{
	"getmetatable('').__index = nil",
	"getmetatable('').__concat = function() return 'mine' end",
	"getmetatable(_G).__index = function() return 'mine' end",
	"getmetatable(_G).__newindex = nil",
	"rawset(getmetatable(_G), '__index', 1)",
	"rawset(getmetatable(''), '__add', 1)",
	"setmetatable(getmetatable(_G), {__index = _G})",
	"setmetatable(getmetatable(''), {__index = _G})",
	"setmetatable(_G, {__index = function() return 'mine' end})",
	"setmetatable(_G, nil)",
	"setmetatable(KEYS, {__index = function() return 'mine' end}) KEYS[1] = 'mine' KEYS.n = 1 return 1",
	"rawset(ARGV, 1, 'mine') ARGV[5] = 'mine' return 1",
	"KEYS = {'mine'}",
	"table.insert(_G, 'mine')",
	"table.sort(_G)",
	"table.remove(_G)",
	"table.insert(redis, 1)",
	"math.randomseed = nil",
	"cjson.null.x = 1",
	"setmetatable(cjson.null, {})",
	"rawset(cjson.null, 1, 1)",
	"redis.setresp(3) return 1",
	"math.random = function() return 4 end",
	"loadstring('x = 1')()",
	"loadstring('_G[...] = 1')('(concat)')",
	"load(function() return nil end)() x = 1",
	"local f = loadstring('return function(...) local a = ... return a .. a end') return f()('x')",
	"coroutine.wrap(function() _G['(place)'] = 1 end)()",
	"coroutine.wrap(function() local k = KEYS coroutine.yield(k) k[1] = 'mine' end)() return 1",
	"local co = coroutine.create(function(a) while true do a = coroutine.yield(a .. 'x') end end) coroutine.resume(co, 'a') return 1",
	"string.gsub('abc', '.', function(c) string[c] = 1 end)",
	"local t = setmetatable({}, {__gc = function() x = 1 end, __mode = 'kv'}) return 1",
	"local t = {} t[50000000] = 1 getmetatable(t).__index = nil",
	"local t = {[50000000] = 1} setmetatable(t, {__index = _G}) t['(veil)'] = 1 return 1",
	"local t = setmetatable({}, {['(veil)'] = _G}) t[50000000] = 1 getmetatable(t).x = 1 return 1",
	"local t = setmetatable({}, {['(veil)'] = 1}) return getmetatable(t)['(veil)']",
	"local mt = {__newindex = _G} local t = setmetatable({}, mt) t[50000000] = 'mine'",
	"local mt = {__newindex = _G} local t = setmetatable({}, mt) t.x = 'mine'",
	"local mt = {__newindex = string} local t = setmetatable({}, mt) t.rep = 'mine'",
	"local r = redis.call('x') r[1] = 'mine' r.x = 1 return 1",
	"local e = redis.pcall('nosuch') e.err = 'mine' return 1",
	"__redis__err__handler = nil",
	"local ok = pcall(__redis__err__handler, setmetatable({}, {__index = _G})) return 1",
	"xpcall(function() error({}) end, function(e) e.x = 1 _G.x = e end)",
	"error(setmetatable({}, {__tostring = function() x = 1 end}))",
	"for k in pairs(_G) do _G[k] = nil end",
	"for k in next, _G do rawset(_G, k, nil) end",
	"for _, l in pairs({string, table, math, redis, cjson, cmsgpack, struct, bit, os, coroutine}) do l.mine = 1 end",
	"for _, l in pairs({string, table, math, redis, cjson, cmsgpack, struct, bit, os, coroutine}) do rawset(l, 'mine', 1) end",
	"for _, l in pairs({string, table, math, redis, cjson, cmsgpack, struct, bit, os, coroutine}) do setmetatable(l, {}) end",
	"local _G = {} local string = {rep = 1} string.rep = 2 return 1",
	"local function f(...) arg.n = 7 return arg end f(1) return 1",
	"local function f() f() end f()",
	"string.rep('x', 1e10)",
	"return string.dump(function() end)",
	"return getfenv(1)",
	"return setfenv(1, {})",
	"return debug.getregistry()",
	"return newproxy(true)",
	"local f = loadstring('\\27Lua') f()",
}

// hiddenNames are names that sources cannot spell, but strings can.
var hiddenNames = []string{"(concat)", "(place)", "(key)", "(far)", "(settle)", "(veil)", "(for)", "(globals)", "(env)", "", "\x000"}

// A script that follows an attack finds the machine as if it were the first.
func TestNothingIsLeftBehind(t *testing.T) {
	all := attacks
	for _, n := range hiddenNames {
		all = append(all, fmt.Sprintf("_G[%q] = function() return 'mine' end", n), fmt.Sprintf("rawset(_G, %q, 1)", n),
			fmt.Sprintf("_G[%q].x = 1", n), fmt.Sprintf("redis[%q] = 1", n), fmt.Sprintf("local a = rawget(_G, %q) a.x = 1", n))
	}
	for _, proto := range []int{2, 3} {
		want := runIn(t, New("8.0.2"), proto, look)
		require.NotContains(t, want, "-ERR")
		e := New("8.0.2")
		for _, body := range all {
			runIn(t, e, proto, body)
			require.Equal(t, want, runIn(t, e, proto, look), "RESP%d, after %s", proto, body)
		}
	}
}

// runIn runs a script for a client of the protocol.
func runIn(t *testing.T, e *Engine, proto int, body string) string {
	t.Helper()
	h := &funcHost{call: func(args [][]byte, out *resp.Writer) {
		if string(args[0]) == "nosuch" {
			out.Error(ErrUnknown)
			return
		}
		out.Array(1)
		out.Int(1)
	}}
	s, err := e.Load([]byte(body), false)
	require.NoError(t, err, body)
	out := resp.Writer{Proto: proto}
	e.Run(h, s, words("key"), words("arg"), &out)
	return string(out.Buf)
}

// Runs of one cached script have no variables in common.
func TestRunsShareNoVariables(t *testing.T) {
	e := New("8.0.2")
	const count = "local n = 0 local function up() n = n + 1 return n end up() return up()"
	require.Equal(t, ":2\r\n", eval(t, e, &funcHost{}, count))
	require.Equal(t, ":2\r\n", eval(t, e, &funcHost{}, count))
}

// No string leads to what the compiler uses.
func TestHiddenNames(t *testing.T) {
	e := New("8.0.2")
	for _, n := range hiddenNames {
		require.Equal(t, "*2\r\n$3\r\nnil\r\n$3\r\nnil\r\n",
			eval(t, e, &funcHost{}, fmt.Sprintf("return {type(rawget(_G, %q)), type(redis[%[1]q])}", n)), n)
		require.Contains(t, eval(t, e, &funcHost{}, fmt.Sprintf("return _G[%q]", n)), "nonexistent global variable")
		require.Contains(t, eval(t, e, &funcHost{}, fmt.Sprintf("_G[%q] = 1", n)), readonlyText)
	}
}
