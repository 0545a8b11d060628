package transcript

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

func TestMatch(t *testing.T) {
	push := resp.Push{"invalidate", []any{"k"}}
	for _, tt := range []struct {
		pattern string
		value   any
		fits    bool
	}{
		{"OK", "OK", true},
		{"OK", "ok", false},
		{"OK", resp.Verbatim{Format: "txt", Text: "OK"}, true},
		{`"two words\r\n"`, "two words\r\n", true},
		{"5", int64(5), true},
		{"-5", int64(-5), true},
		{"5", "5", false},
		{`"5"`, "5", true},
		{",1.5", 1.5, true},
		{"nil", nil, true},
		{"nil", "nil", false},
		{"true", true, true},
		{"-ERR no way", resp.Error("ERR no way"), true},
		{"-ERR no way", "ERR no way", false},
		{"-*", resp.Error("ERR no way"), true},
		{"-*", "ERR no way", false},
		{">invalidate [k]", push, true},
		{">invalidate [k]", []any{"invalidate", []any{"k"}}, false},
		{"[invalidate [k]]", push, false},
		{">invalidate nil", resp.Push{"invalidate", nil}, true},
		{`[a "b c" 1 nil -"ERR no" [] [[x]]]`, []any{"a", "b c", int64(1), nil, resp.Error("ERR no"), []any{}, []any{[]any{"x"}}}, true},
		{"[a b]", []any{"b", "a"}, false},
		{"[a]", []any{"a", "b"}, false},
		{"[a b]", []any{"a"}, false},
		{"~[a b]", resp.Set{"b", "a"}, true},
		{"~[a b]", resp.Set{"b", "a", "c"}, false},
		{"~[a a]", resp.Set{"b", "a"}, false},
		{"~[a ...]", resp.Set{"b", "a"}, true},
		{"%[a 1 b ~[x]]", resp.Map{{Key: "b", Value: resp.Set{"x"}}, {Key: "a", Value: int64(1)}}, true},
		{"%[a 1]", resp.Map{{Key: "a", Value: int64(2)}}, false},
		{"%[a 1 ...]", resp.Map{{Key: "b", Value: nil}, {Key: "a", Value: int64(1)}}, true},
		{"*", push, true},
		{"[* b]", []any{nil, "b"}, true},
		{"[... b]", []any{"a", "a", "b"}, true},
		{"[a ...]", []any{"a"}, true},
		{"[a ... b]", []any{"a"}, false},
		{"/^k[1-9]$/", "k5", true},
		{"/^k[1-9]$/", "k", false},
		{"/ a=b /", "x a=b y", true},
		{"/5/", int64(5), false},
		{"$id", int64(7), true},
		{"$id", int64(8), false},
		{"$nobody", nil, false},
	} {
		p, err := parseValue(tt.pattern)
		require.NoError(t, err, tt.pattern)
		require.Equal(t, tt.fits, names{"id": int64(7)}.match(p, tt.value), "%s %#v", tt.pattern, tt.value)
	}
}

func TestKeep(t *testing.T) {
	n := names{}
	p, err := parseValue("[@first 1]")
	require.NoError(t, err)
	require.True(t, n.match(p, []any{"x", int64(1)}))
	require.Equal(t, names{"first": "x"}, n)
}

// A received value can be pasted into a transcript.
func TestFormat(t *testing.T) {
	for _, v := range []any{
		nil, "", "OK", "a b", "5", "nil", "$a", "@a", "*", "...", "[", "x[", "-ERR", ">a", "/a/", "closed", ",5", "\x00\xff", `"`, `a"b`, "ü",
		int64(-3), 1.25, true, resp.Error("ERR a b"), resp.Error("ERR a\x01"), resp.Error("1"), []any{}, []any{"a", []any{nil, resp.Error("ERR x")}},
		resp.Set{"a", int64(1)}, resp.Map{{Key: "k", Value: []any{"v"}}}, resp.Push{"invalidate", []any{"k", "]"}}, resp.Push{"invalidate", nil},
	} {
		text := Format(v)
		p, err := parseValue(text)
		require.NoError(t, err, text)
		require.True(t, names{}.match(p, v), "%s %#v", text, v)
	}
}

func TestConditions(t *testing.T) {
	redis := identify("\nredis_version:8.0.2\r\n")
	tattle := identify("\nredis_version:8.0.2\r\ntattle_version:0.1\r\n")
	valkey := identify("\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\n")
	for text, want := range map[string][3]bool{ // on redis, tattle, valkey
		"redis":               {true, true, false},
		"tattle":              {false, true, false},
		"valkey":              {false, false, true},
		"redis>=8.0":          {true, true, false},
		"redis>=8.0.3":        {false, false, false},
		"redis<8":             {false, false, false},
		"redis<=8":            {true, true, false},
		"redis=8.0":           {true, true, false},
		"redis>7.2.4":         {true, true, false},
		"redis<8 valkey>=8.1": {false, false, true},
		"redis>=10":           {false, false, false},
	} {
		c, err := parseCond(text)
		require.NoError(t, err)
		require.Equal(t, want, [3]bool{c.holds(redis), c.holds(tattle), c.holds(valkey)}, text)
	}
}
