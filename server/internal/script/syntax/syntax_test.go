package syntax

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
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
		_, err := Compile(code, "@code", "code")
		require.EqualError(t, err, want, code)
	}
}

func TestSites(t *testing.T) {
	chunk, err := Compile("local a = {}\nreturn function()\n return a.x.y, a:m(), (b)() end", "@code", "code")
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
		{3, "upvalue 'a'", "upvalue 'a'"},
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
