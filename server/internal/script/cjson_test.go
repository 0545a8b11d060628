package script

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// runWith runs a script with one argument.
func runWith(t *testing.T, e *Engine, body string, arg []byte) string {
	t.Helper()
	s, err := e.Load([]byte(body), true)
	require.NoError(t, err)
	var out resp.Writer
	e.Run(&funcHost{}, s, nil, [][]byte{arg}, &out)
	return string(out.Buf)
}

var jsonSeeds = []string{
	`{}`, `[]`, `null`, `[1,2.5,-3e10,"x",true,false,null]`, `{"a":{"b":[{"c":"\u00e9\ud83d\ude00\n"}]}}`,
	`[[[[[[[[]]]]]]]]`, `"\ud83d"`, `[1,]`, `{"a":1,"a":2}`, `0x1p4`, `+.5`, `-nan`, `Infinity`, `"` + "\x00\x7f/" + `"`, ` [ 1 ] x`,
	`1e999`, `123456789012345678`, `{"":[],"1":{}}`, "[\xff]", `"`, `\`,
}

// Nothing that a script decodes breaks the machine.
func FuzzCJSONDecode(f *testing.F) {
	for _, seed := range jsonSeeds {
		f.Add([]byte(seed))
	}
	e := New("8.0.2")
	f.Fuzz(func(t *testing.T, json []byte) {
		reply := runWith(t, e, `
			local ok, v = pcall(cjson.decode, ARGV[1])
			return {tostring(ok), ok and type(v) or v}`, json)
		require.Regexp(t, `^\*2\r\n\$(4\r\ntrue|5\r\nfalse)\r\n`, reply)
		require.NotNil(t, e.machine, "a panic went through the machine: %s", reply)
	})
}

// What was decoded and encoded stays as it is from then on.
func FuzzCJSONRoundTrip(f *testing.F) {
	for _, seed := range jsonSeeds {
		f.Add([]byte(seed))
	}
	e := New("8.0.2")
	f.Fuzz(func(t *testing.T, json []byte) {
		require.Equal(t, ":1\r\n", runWith(t, e, `
			local ok, v = pcall(cjson.decode, ARGV[1])
			if not ok then return 1 end
			local ok, once = pcall(cjson.encode, v)
			if not ok then return 1 end -- inf and nan
			local twice = cjson.encode(cjson.decode(once))
			return once == twice and 1 or {once, twice}`, json))
	})
}
