package syntax

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	lua "github.com/yuin/gopher-lua"
)

// Most errors are tested through package script, against Redis's.
func TestErrors(t *testing.T) {
	for code, want := range map[string]string{
		"x = ":                               "code:1: unexpected symbol near '<eof>'",
		"\n\nif x then\n":                    "code:4: 'end' expected (to close 'if' at line 3) near '<eof>'",
		"x = 'abc":                           "code:1: unfinished string near '<eof>'",
		"x = 'abc\n'":                        "code:1: unfinished string near ''abc'",
		"x = 0x":                             "code:1: malformed number near '0x'",
		"f\n(1)":                             "code:2: ambiguous syntax (function call x new statement) near '('",
		"break":                              "code:1: no loop to break near '<eof>'",
		"x = \x01":                           "code:1: unexpected symbol near 'char(1)'",
		"goto = 1 goto goto":                 "code:1: '=' expected near 'goto'",
		"return " + strings.Repeat("{", 201): "code:1: chunk has too many syntax levels",
	} {
		_, err := Parse(code, "@code")
		require.EqualError(t, err, want, code)
	}
}

func TestSites(t *testing.T) {
	chunk, err := Parse("local a = {}\nreturn function()\n return a.x.y, a:m(), (b)() end", "@code")
	require.NoError(t, err)
	type found struct {
		line   int
		first  string
		callee string
	}
	var all []found
	for i := range chunk.sites {
		if chunk.sites[i].names != nil {
			all = append(all, found{chunk.Line(i), chunk.Operand(i, 0), chunk.Callee(i)})
		}
	}
	require.Equal(t, []found{
		{3, "upvalue 'a'", "upvalue 'a'"},
		{3, "field 'x'", "field 'x'"},
		{3, "upvalue 'a'", "method 'm'"},
		{3, "global 'b'", "global 'b'"},
	}, all)
	require.Equal(t, 1, chunk.Line(-1))
	require.Equal(t, 1, chunk.Line(1000))
}

func TestName(t *testing.T) {
	long := strings.Repeat("x", 100)
	for source, want := range map[string]string{
		"@user_script": "user_script", "=name": "name", "return 1": `[string "return 1"]`,
		"a\nb": `[string "a..."]`, "": `[string ""]`,
		"=" + long: long[:59], "@" + long: "..." + long[:52], long: `[string "` + long[:43] + `..."]`,
	} {
		require.Equal(t, want, Name(source))
	}
}

func TestParseNumber(t *testing.T) {
	for text, want := range map[string]float64{
		"1": 1, " 1.5 ": 1.5, "0x1F": 31, "-0x10": -16, "1e3": 1000, ".5": 0.5, "5.": 5, "010": 10, "0x.8p1": 1,
	} {
		f, ok := ParseNumber(text)
		require.True(t, ok, text)
		require.Equal(t, want, f, text)
	}
	for _, text := range []string{"", " ", "-", "+-1", "1_0", "0x", "1e", "1 2", "abc", "0b1", "0x1g"} {
		_, ok := ParseNumber(text)
		require.False(t, ok, text)
	}
}

// What gopher-lua's own parser and compiler get wrong.
func TestAgainstCompiler(t *testing.T) {
	for code, want := range map[string]string{
		"local a, b = 1, 2 a, b = b, a return a * 10 + b":                                          "21",
		"local i, a = 1, {} i, a[i] = 2, 7 return a[1]":                                            "7",
		"local a = 1 local t = {} a = not true and t.x and a return a == false and 1":              "1",
		"local n = 0 for k in f, 3 do n = n + k end return n":                                      "6",
		"local n = 0 for k in f, (h()) do n = n + k end return n":                                  "3",
		"for i = 1, 3 do break end return 1":                                                       "1",
		"local n = 0 for i = 1, 3 do if not 's' or nil then n = 9 else n = n + 1 end end return n": "3",
		"local g = function() return g end return g() == nil and 1":                                "1",
		"return nil or false and 2 or 3":                                                           "3",
	} {
		chunk, err := Parse(code, "@code")
		require.NoError(t, err)
		proto, err := lua.Compile(chunk.Stmts, "code")
		require.NoError(t, err)
		L := lua.NewState()
		L.SetGlobal(Place, L.NewFunction(func(L *lua.LState) int {
			L.SetTop(1)
			return 1
		}))
		require.NoError(t, L.DoString("function f(s, c) c = (c or 0) + 1 if c <= s then return c end end function h() return 2 end"))
		L.Push(L.NewFunctionFromProto(proto))
		require.NoError(t, L.PCall(0, 1, nil), code)
		require.Equal(t, want, L.Get(-1).String(), code)
		L.Close()
	}
}
