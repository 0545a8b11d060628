package script

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	lua "github.com/yuin/gopher-lua"

	"github.com/tattle-server/tattle/resp"
)

// limit lets scripts hold only so many bytes during a test.
func limit(t *testing.T, memory, str int) {
	m, s := memoryMax, stringMax
	t.Cleanup(func() { memoryMax, stringMax = m, s })
	memoryMax, stringMax = memory, str
}

// Each of these would take several times the memory that it may have.
func TestMemoryIsBounded(t *testing.T) {
	limit(t, 4<<20, 4<<20)
	e := New("8.0.2")
	h := &funcHost{call: func(args [][]byte, out *resp.Writer) {
		out.Array(100000)
		for range 100000 {
			out.BulkString("v")
		}
	}}
	const big = "local s, t = string.rep('x', 1e6), {} "
	for name, body := range map[string]string{
		"format":            big + "for i = 1, 80 do t[i] = s end return string.format(string.rep('%s', 80), unpack(t))",
		"format %q":         "return string.format('%q', string.rep('\\0', 4e6))",
		"gsub":              big + "return string.gsub(s, 'x*', string.rep('%0', 80), 1)",
		"gsub with a table": big + "return string.gsub(s, '.', {x = s})",
		"concat":            big + "for i = 1, 80 do t[i] = s end return table.concat(t)",
		"operator ..":       big + "while true do s = s .. s end",
		"strings":           big + "for i = 1, 80 do t[i] = s .. i end",
		"rep":               "local t = {} for i = 1, 80 do t[i] = string.rep('x', 1e6) end",
		"upper":             big + "for i = 1, 80 do t[i] = s:upper() end",
		"reverse":           big + "for i = 1, 80 do t[i] = s:reverse() end",
		"elements":          "local t = {} for i = 1, 2e6 do t[i] = true end",
		"numbers":           "local t = {} for i = 1, 2e6 do t[i] = i + 0.5 end",
		"fields":            "local t = {} for i = 1, 2e5 do t['k' .. i] = true end",
		"lost fields":       "local t = {} for i = 1, 2e5 do t['k' .. i] = true t['k' .. i] = nil end",
		"tables":            "local t = {} for i = 1, 2e5 do t[i] = {} end",
		"small tables":      "local t = {} for i = 1, 1e4 do local r = {} r.x = 1 t[i] = r end",
		"nested tables":     "local t for i = 1, 2e5 do t = {t} end",
		"closures":          "local t = {} for i = 1, 2e5 do t[i] = function() return i end end",
		"coroutines":        "local t = {} for i = 1, 5e3 do t[i] = coroutine.create(function() end) end",
		"wrap":              "local t = {} for i = 1, 5e3 do t[i] = coroutine.wrap(function() end) end",
		"lost coroutines": `local t = {} for i = 1, 5e3 do coroutine.wrap(function() local x = {i}
			t[i] = function() return x end coroutine.yield() end)() end`,
		"values in gmatch":      big + "for i = 1, 80 do t[i] = string.gmatch(s .. i, 'y') end",
		"values in ipairs":      "local t = {} for i = 1, 2e5 do t[i] = ipairs({i}) end",
		"gaps":                  "local all = {} for i = 1, 100 do local t = {} t[1e6] = 1 all[i] = t end",
		"gaps by variable keys": "local all = {} for i = 1, 100 do local t, k = {}, 1e5 t[k] = 1 all[i] = t end",
		"gaps by insert":        "local all = {} for i = 1, 100 do local t = {} table.insert(t, 1e6, 1) all[i] = t end",
		"gaps by rawset":        "local all = {} for i = 1, 100 do local t = {} rawset(t, 1e6, 1) all[i] = t end",
		"encode gaps":           "cjson.encode_sparse_array(false, 0) local t = {} t[1e5] = 1 return cjson.encode({t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t})",
		"encode shared tables":  "local t = {1, 1} for i = 1, 40 do t = {t, t} end return cjson.encode(t)",
		"decode an array":       "return cjson.decode('[' .. string.rep('1,', 5e5) .. '1]')",
		"decode objects":        "return cjson.decode('[' .. string.rep('{\"a\":1},', 2e4) .. '1]')",
		"replies":               "local t = {} for i = 1, 10 do t[i] = redis.call('x') end",
		"words of a command":    big + "for i = 1, 80 do t[i] = s end redis.call(unpack(t))",
		"lines of the log":      big + "for i = 1, 80 do t[i] = s end redis.log(0, unpack(t))",
		"errors":                big + "for i = 1, 80 do local ok, err = pcall(function() error(s) end) t[i] = err end",
		"loadstring":            "local t = {} for i = 1, 4e4 do t[i] = loadstring('return ' .. i) end",
		"arguments":             "local t = {} for i = 1, 300 do t[i] = coroutine.wrap(function(...) coroutine.yield() end) t[i](unpack({}, 1, 7000)) end",
	} {
		t.Run(name, func(t *testing.T) {
			runtime.GC()
			got := eval(t, e, h, body)
			require.Contains(t, got[:min(len(got), 100)], errMemory)
			require.Equal(t, ":1\r\n", eval(t, e, h, "return 1"))
		})
	}
}

// A script cannot go on behind pcall with more than it may have.
func TestTooMuchMemoryEndsTheScript(t *testing.T) {
	limit(t, 8<<20, 8<<20)
	require.Contains(t, eval(t, New("8.0.2"), &funcHost{}, `
		local keep = {}
		while true do pcall(function() while true do keep[#keep + 1] = {} end end) end`), errMemory)
}

// What a library refuses to make is an error like others.
func TestRefusalCanBeCaught(t *testing.T) {
	limit(t, 8<<20, 64<<20)
	runtime.GC()
	require.Equal(t, "$17\r\n"+errMemory+"\r\n", eval(t, New("8.0.2"), &funcHost{}, `
		local ok, err = pcall(string.rep, 'x', 3e7)
		return ok and 'made' or err`))
}

// Garbage does not count, however much of it there is.
func TestGarbageIsNotCounted(t *testing.T) {
	limit(t, 8<<20, 8<<20)
	e := New("8.0.2")
	for _, body := range []string{
		"for i = 1, 200 do local s = string.rep('x', 1e6) end return 1",
		"local t for i = 1, 5e5 do t = {i} end return 1",
		"for i = 1, 2e4 do coroutine.wrap(function() coroutine.yield() end)() end return 1",
		"for i = 1, 2e4 do local f = coroutine.wrap(function() end) f() end return 1",
		"for i = 1, 50 do cjson.decode('[' .. string.rep('{\"a\":1},', 1e3) .. '1]') end return 1",
	} {
		require.Equal(t, ":1\r\n", eval(t, e, &funcHost{}, body), body)
	}
}

// A script is not blamed for what others hold: the database, or the program that the
// server is embedded in.
func TestOthersMemoryIsNotCounted(t *testing.T) {
	limit(t, 8<<20, 8<<20)
	var held [][]byte
	h := &funcHost{call: func(_ [][]byte, out *resp.Writer) {
		held = append(held, make([]byte, 1<<20))
		out.OK()
	}}
	require.Equal(t, ":1\r\n", eval(t, New("8.0.2"), h, `
		for i = 1, 64 do
			redis.call('set')
			for j = 1, 1000 do local s = {j} end
		end
		return 1`))
	require.Len(t, held, 64)
}

// A small part of a large string does not keep it alive.
func TestPartsAreCopied(t *testing.T) {
	limit(t, 16<<20, 8<<20)
	e := New("8.0.2")
	for _, part := range []string{"s:sub(1, 1)", "s:match('.')", "s:match('(.)')", "s:gmatch('.')()", "({s:find('(.)')})[3]"} {
		require.Equal(t, ":100\r\n", eval(t, e, &funcHost{},
			"local t = {} for i = 1, 100 do local s = string.rep('x', 1e6) t[i] = "+part+" end return #t"), part)
	}
	s := strings.Repeat("x", 1<<20)
	part := call{e.machine.L, e.machine, ""}.part(s[:10], s)
	before := heap()
	s = ""
	require.Less(t, heap(), before-1<<19)
	require.Len(t, string(part), 10)
}

func heap() uint64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

// The scale finds at least what the values take, and not much more.
func TestScale(t *testing.T) {
	for name, body := range map[string]string{
		"elements":   "for i = 1, 1e5 do t[i] = true end",
		"numbers":    "for i = 1, 1e5 do t[i] = i + 0.5 end",
		"a page":     "for i = 1, 1e5 do local x = i + 0.5 if i % 32 == 0 then t[i / 32] = x end end",
		"strings":    "for i = 1, 1e5 do t[i] = 'string ' .. i end",
		"fields":     "for i = 1, 1e5 do t['k' .. i] = true end",
		"keys":       "for i = 1, 1e4 do t[{}] = true end",
		"lost":       "for i = 1, 1e5 do t['k' .. i] = true t['k' .. i] = nil end",
		"removed":    "for i = 1, 1e5 do t[i] = 'string ' .. i end while t[1] do table.remove(t) end",
		"tables":     "for i = 1, 1e4 do t[i] = {i} end",
		"records":    "for i = 1, 1e4 do local r = {} r.x = i t[i] = r end",
		"closures":   "for i = 1, 1e4 do t[i] = function() return i end end",
		"coroutines": "for i = 1, 1e4 do t[i] = coroutine.create(function() end) end",
		"suspended":  "for i = 1, 1e4 do t[i] = coroutine.wrap(function() coroutine.yield() end) t[i]() end",
		"decoded":    "t[1] = cjson.decode('[' .. string.rep('{\"a\":1},', 1e4) .. '1]')",
		"chunks":     "for i = 1, 1e3 do t[i] = loadstring('return ' .. i) end",
	} {
		t.Run(name, func(t *testing.T) {
			e := New("8.0.2")
			eval(t, e, &funcHost{}, "return 1")
			m := e.machine
			var before, after, idle, held int
			h := &funcHost{call: func(args [][]byte, out *resp.Writer) {
				before, after = after, int(heap())
				idle, held = held, m.weigh()
				out.OK()
			}}
			eval(t, e, h, "local t = {} redis.call('x') "+body+" redis.call('x') return #t")
			require.GreaterOrEqual(t, float64(held-idle), 0.75*float64(after-before))
			require.LessOrEqual(t, held-idle, 4*(after-before))
		})
	}
}

// A coroutine that waits costs a few kilobytes.
func TestCoroutinesAreSmall(t *testing.T) {
	var held [2]uint64
	n := 0
	h := &funcHost{call: func(_ [][]byte, out *resp.Writer) {
		held[n] = heap()
		n++
		out.OK()
	}}
	eval(t, New("8.0.2"), h, `
		local t = {}
		for i = 1, 1000 do t[i] = coroutine.create(function() coroutine.yield() end) end
		redis.call('x')
		for i = 1, 10000 do
			local co = coroutine.create(function(a) coroutine.yield(a) end)
			coroutine.resume(co, i)
			t[1000 + i] = co
		end
		redis.call('x')
		return #t`)
	require.Less(t, int(held[1]-held[0])/10000, 4<<10)
}

// The first coroutines of a script may nest calls as deeply as its main function.
func TestDeepCoroutines(t *testing.T) {
	e := New("8.0.2")
	const deep = `
		local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end
		for i = 1, %s do coroutine.create(depth) end
		return coroutine.wrap(function() return depth(%s) end)()`
	script := func(before, n string) string {
		return strings.Replace(strings.Replace(deep, "%s", before, 1), "%s", n, 1)
	}
	require.Equal(t, ":15000\r\n", eval(t, e, &funcHost{}, script("0", "15000")))
	require.Equal(t, ":400\r\n", eval(t, e, &funcHost{}, script("2000", "400")))
	require.Contains(t, eval(t, e, &funcHost{}, script("2000", "15000")), "stack overflow")
}

// The library functions that take long let the host in, which may kill the script.
func TestLibrariesBreathe(t *testing.T) {
	e := New("8.0.2")
	for _, body := range []string{
		"string.upper(s)", "string.lower(s)", "string.reverse(s)", "string.format('%q', s)",
		"string.gsub(s, 'y', 'z')", "string.gsub(s, 'x', 'y')", "string.gsub(s, '.', {})", "string.find(s, 'x*y')",
		"string.find(s, '.-y')", "string.find('(' .. s, '%b()')", "string.match(s, '[^y]*$')", "string.gmatch(s, 'y')()",
		"table.concat(t)", "table.sort(t)", "table.maxn(t)", "cjson.encode(s)", "cjson.encode(t)",
		"cjson.decode(json)", "cjson.decode('\"' .. s .. '\"')", "cjson.decode(string.rep(' ', 1e6))",
		"redis.sha1hex(s)", "cmsgpack.pack(s)", "cmsgpack.pack(t)", "cmsgpack.unpack('\\221\\0\\15\\66\\64' .. s)",
		"struct.pack('s', s)", "struct.size(('b'):rep(1e6))", "struct.unpack(('x'):rep(1e6), s)", "redis.call('large')",
	} {
		armed, breaths := false, 0
		h := &breathingHost{breathe: func() {
			if armed {
				breaths++
				_ = e.Kill(ScriptRun)
			}
		}}
		h.call = func(args [][]byte, out *resp.Writer) {
			if armed {
				out.Array(1e5)
				for range int(1e5) {
					out.Int(1)
				}
				return
			}
			armed = true
			out.OK()
		}
		// The loop would end the script if the function itself did not.
		got := eval(t, e, h, `
			local s, t, json = string.rep('x', 1e6), {}, '[' .. string.rep('1,', 1e5) .. '1]'
			for i = 1, 1e5 do t[i] = i end
			redis.call('arm')
			local ok, v = pcall(function() return `+body+` end)
			return {ok and 'finished' or 'ended'}`)
		require.Contains(t, got, "Script killed", body)
		require.LessOrEqual(t, breaths, 3, body)
	}
}

type breathingHost struct {
	funcHost
	breathe func()
}

func (h *breathingHost) Breathe() { h.breathe() }

// Keys that leave gaps are far ones for the count.
func TestFill(t *testing.T) {
	tab := &lua.LTable{Metatable: lua.LNil}
	require.Zero(t, fill(tab, lua.LNumber(fillMin-1)))
	require.Equal(t, 1e6*valueSize, float64(fill(tab, lua.LNumber(1e6))))
	require.Zero(t, fill(tab, lua.LNumber(farMin)), "goes to the hash part")
	require.Zero(t, fill(tab, lua.LString("x")))
	tab.RawSetInt(1e6, lua.LTrue)
	require.Zero(t, fill(tab, lua.LNumber(1e6)))
	require.Zero(t, fill(tab, lua.LNumber(1e6+1)))
}

// A command whose reply is more than a script may hold is cut off while it writes it.
func TestReplyIsBounded(t *testing.T) {
	limit(t, 4<<20, 4<<20)
	e, written := New("8.0.2"), 0
	h := &funcHost{call: func(args [][]byte, out *resp.Writer) {
		out.Array(100)
		for range 100 {
			out.BulkString(strings.Repeat("x", 1<<20))
		}
		written = len(out.Buf)
	}}
	require.Contains(t, eval(t, e, h, "return redis.call('x')"), errMemory)
	require.Less(t, written, 8<<20)
	require.Equal(t, ":1\r\n", eval(t, e, h, "return 1"))
}
