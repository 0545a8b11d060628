package script

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	lua "github.com/yuin/gopher-lua"

	"github.com/tattle-server/tattle/resp"
)

// gopher-lua would give a table 800 MB for a key such as this one, however it is set.
func TestLargeKeysCostNothing(t *testing.T) {
	require.Equal(t, 67108864, lua.MaxArrayIndex, "the process's own setting stays as gopher-lua has it")
	e := New("8.0.2")
	h := &funcHost{call: func(_ [][]byte, out *resp.Writer) {
		out.Proto = 3
		out.Map(1)
		out.Int(50000000)
		out.Int(7)
	}}
	for _, body := range []string{
		"local t = {} t[50000000] = 7",
		"local t, k = {}, 50000000 t[k] = 7",
		"local t, k = {}, 49999999 t[k + 1] = 7",
		"local t, k = {}, {50000000} t[k[1]] = 7",
		"local t = {t = {}} local function f() return t end f().t[(function() return 50000000 end)()] = 7 t = t.t",
		"local t, u = {}, {} t[50000000], u[50000000] = 7, 8",
		"local t = {[50000000] = 7}",
		"local k = 50000000 local t = {1, x = 2, [k] = 6, [k] = 7, 3}",
		"local t = {} rawset(t, 50000000, 7)",
		"local t = {} table.insert(t, 50000000, 7)",
		"redis.setresp(3) local t = redis.call('map').map",
		"local t = setmetatable({}, {__index = function() return 9 end}) t[50000000] = 7",
		"local u = {} local t = setmetatable({}, {__newindex = u, __index = u}) t[50000000] = 7 assert(u[50000000] == 7) t = u",
		"local t = {} t[50000000] = 7 setmetatable(t, {__index = {x = 1}}) assert(t.x == 1)",
	} {
		body += " assert(t[50000000] == 7) return t[50000000]"
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		require.Equal(t, ":7\r\n", eval(t, e, h, body), body)
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<20), body)
	}
}

// Scripts cannot tell large keys from others.
func TestLargeKeys(t *testing.T) {
	e := New("8.0.2")
	const table = "local k = 50000000 local t = {1, 2, [k] = 'far', x = 'y'} "
	for body, want := range map[string]string{
		"return #t": ":2\r\n",
		"return t[k + 1] == nil and t[3] == nil and 1":                                                      ":1\r\n",
		"return rawget(t, k)":                                                                               "$3\r\nfar\r\n",
		"local n = 0 for a, b in pairs(t) do n = n + 1 end return n":                                        ":4\r\n",
		"for a, b in pairs(t) do if b == 'far' then return a end end":                                       ":50000000\r\n",
		"for a in pairs(t) do if type(a) == 'number' then t[a] = a + 0 end end return t[k]":                 ":50000000\r\n",
		"for a in pairs(t) do t[a] = nil end return next(t) == nil and 1":                                   ":1\r\n",
		"return {next(t, k)}":                                                                               "*2\r\n$1\r\nx\r\n$1\r\ny\r\n",
		"return table.maxn(t)":                                                                              ":50000000\r\n",
		"return table.concat(t, '', k, k)":                                                                  "$3\r\nfar\r\n",
		"return unpack(t, k, k)":                                                                            "$3\r\nfar\r\n",
		"return cjson.encode({[k] = 1, x = 2})":                                                             "$20\r\n{\"50000000\":1,\"x\":2}\r\n",
		"t[k] = nil return t[k] == nil and next(t, 'x') == nil and 1":                                       ":1\r\n",
		"t[k] = t[k] .. '!' return t[k]":                                                                    "$4\r\nfar!\r\n",
		"return getmetatable(t) == nil and 1":                                                               ":1\r\n",
		"local mt = {} setmetatable(t, mt) return getmetatable(t) == mt and t[k]":                           "$3\r\nfar\r\n",
		"setmetatable(t, {}) setmetatable(t, nil) return getmetatable(t) == nil and t[k]":                   "$3\r\nfar\r\n",
		"setmetatable(t, {__index = function(_, i) return i end}) return t[k + 1]":                          ":50000001\r\n",
		"setmetatable(t, {__newindex = function(u, i, v) rawset(u, 'at', i) end}) t[k + 1] = 1 return t.at": ":50000001\r\n",
		"setmetatable(t, {__tostring = function() return 'me' end}) return tostring(t)":                     "$2\r\nme\r\n",
		"local ok, err = pcall(function() redis[k] = 1 end) return err":                                     "$49\r\nuser_script:1: Attempt to modify a readonly table\r\n",
		"local ok, err = pcall(function() local u; u[k] = 1 end) return err":                                "$55\r\nuser_script:1: attempt to index local 'u' (a nil value)\r\n",
		"local i = 0 local function f() i = i + 1 return k end t[f()] = i return t[k]":                      ":1\r\n",
	} {
		got := eval(t, e, &funcHost{}, table+body)
		require.Equal(t, want, got, body)
	}
}

// Elements in a row stay a row, however many.
func TestElementsInARow(t *testing.T) {
	m := newMachine("8.0.2", &rand48{}, nil)
	row := m.L.CreateTable(farMin+10, 0)
	for i := range farMin + 10 {
		m.rawSet(row, lua.LNumber(i+1), lua.LTrue)
	}
	require.Equal(t, farMin+10, row.Len())
	require.Equal(t, lua.LNil, row.Metatable)
}
