package keys

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// words splits a command line at its spaces.
func words(line string) [][]byte { return bytes.Split([]byte(line), []byte(" ")) }

func TestParseExpire(t *testing.T) {
	key := []byte("k")
	const invalid = resp.Error("ERR invalid expire time in 'expire' command")
	for _, c := range []struct {
		line string
		want expireArgs
		err  error
	}{
		{line: "expire k 10", want: expireArgs{key: key, at: 15000}},
		{line: "expire k -10", want: expireArgs{key: key, at: -5000}},
		{line: "expire k 10 NX", want: expireArgs{key: key, at: 15000, only: command.NX}},
		{line: "expire k 10 xx gt", want: expireArgs{key: key, at: 15000, only: command.XX | command.GT}},
		{line: "expire k 10 lt xx lt", want: expireArgs{key: key, at: 15000, only: command.XX | command.LT}},
		{line: "expire k ten", err: resp.ErrNotInteger},
		{line: "expire k ten FOO", err: resp.Error("ERR Unsupported option FOO")},
		{line: "expire k 10 nx xx", err: errNXWithOther},
		{line: "expire k 10 nx gt lt", err: errNXWithOther},
		{line: "expire k 10 gt lt", err: errGTWithLT},
		{line: "expire k ten gt lt", err: errGTWithLT},
		{line: "expire k 9223372036854775807", err: invalid},
		{line: "expire k -9223372036854775808", err: invalid},
		{line: "expire k 9223372036854775", err: invalid},
	} {
		got, err := parseExpire(command.EX, words(c.line), "expire", 5000)
		require.Equal(t, c.err, err, c.line)
		if err == nil {
			require.Equal(t, c.want, got, c.line)
		}
	}
	got, err := parseExpire(command.PXAT, words("pexpireat k 9223372036854775807"), "pexpireat", 5000)
	require.NoError(t, err)
	require.Equal(t, int64(math.MaxInt64), got.at)
}

func TestParseScan(t *testing.T) {
	for _, c := range []struct {
		line string
		want scanArgs
		err  error
	}{
		{line: "scan 0", want: scanArgs{ScanArgs: command.ScanArgs{Count: 10}}},
		{
			line: "scan 7 type LIST match a* count 3",
			want: scanArgs{command.ScanArgs{Cursor: 7, Pattern: []byte("a*"), Count: 3}, []byte("LIST")},
		},
		{line: "scan 0 type", err: resp.ErrSyntax},
		{line: "scan 0 count 0", err: resp.ErrSyntax},
		{line: "scan 0 count x", err: resp.ErrNotInteger},
		{line: "scan x count 0", err: resp.ErrCursor},
		{line: "scan 0 foo", err: resp.ErrSyntax},
	} {
		got, err := parseScan(words(c.line))
		require.Equal(t, c.err, err, c.line)
		if err == nil {
			require.Equal(t, c.want, got, c.line)
		}
	}
}

func TestParseSort(t *testing.T) {
	byW := newSortPattern([]byte("w_*"))
	for _, c := range []struct {
		line string
		want sortArgs
		err  error
	}{
		{line: "sort k", want: sortArgs{count: -1}},
		{line: "sort k DESC ALPHA", want: sortArgs{count: -1, desc: true, alpha: true}},
		{line: "sort k desc asc", want: sortArgs{count: -1}},
		{line: "sort k limit 2 3", want: sortArgs{offset: 2, count: 3}},
		{line: "sort k by w_* get # store d", want: sortArgs{
			count: -1, by: &byW, gets: []sortPattern{{self: true}}, store: []byte("d"),
		}},
		{line: "sort k by x", want: sortArgs{count: -1, by: &sortPattern{}, noSort: true}},
		{line: "sort k by x by w_*", want: sortArgs{count: -1, by: &byW, noSort: true}},
		{line: "sort k store a store b", want: sortArgs{count: -1, store: []byte("b")}},
		{line: "sort k limit 1", err: resp.ErrSyntax},
		{line: "sort k limit x 1 foo", err: resp.ErrNotInteger},
		{line: "sort k foo", err: resp.ErrSyntax},
		{line: "sort k foo bar", err: resp.ErrSyntax},
		{line: "sort k get", err: resp.ErrSyntax},
		{line: "sort k store", err: resp.ErrSyntax},
	} {
		got, err := parseSort(words(c.line), true)
		require.Equal(t, c.err, err, c.line)
		if err == nil {
			c.want.key = []byte("k")
			require.Equal(t, c.want, got, c.line)
		}
	}
	_, err := parseSort(words("sort_ro k store d"), false)
	require.Equal(t, resp.ErrSyntax, err)
}

func TestSortPattern(t *testing.T) {
	for _, c := range []struct {
		pattern              string
		star                 bool
		before, after, field string
	}{
		{"w_*", true, "w_", "", ""},
		{"*", true, "", "", ""},
		{"a*b*c", true, "a", "b*c", ""},
		{"h*->f", true, "h", "", "f"},
		{"h*x->f->g", true, "h", "x", "f->g"},
		{"h*->", true, "h", "->", ""},
		{"h->f*", true, "h->f", "", ""},
		{"nostar", false, "", "", ""},
		{"a\x00*", false, "", "", ""},
		{"a*\x00->f", true, "a", "\x00->f", ""},
	} {
		p := newSortPattern([]byte(c.pattern))
		require.Equal(t, c.star, p.star, "%q", c.pattern)
		require.Equal(t, []string{c.before, c.after, c.field}, []string{string(p.before), string(p.after), string(p.field)}, "%q", c.pattern)
	}
}

func TestSortKeys(t *testing.T) {
	for line, want := range map[string]string{
		"sort l":                     "l",
		"sort l store d":             "l d",
		"sort l STORE d store e":     "l e",
		"sort l store store":         "l store",
		"sort l store":               "l",
		"sort l by store":            "l",
		"sort l get store store x":   "l x",
		"sort l limit store 1 asc":   "l",
		"sort l limit 1 2 store d x": "l d",
	} {
		args := words(line)
		refs, err := sortKeys(args)
		require.NoError(t, err)
		var got []string
		for _, r := range refs {
			got = append(got, string(args[r.Pos]))
		}
		require.Equal(t, want, strings.Join(got, " "), line)
	}
}

func TestParseScore(t *testing.T) {
	for _, c := range []struct {
		text string
		want float64
		ok   bool
	}{
		{"", 0, true},
		{"5", 5, true},
		{"+5", 5, true},
		{"-.5e-3", -.0005, true},
		{"5.", 5, true},
		{"1E5", 1e5, true},
		{"INF", math.Inf(1), true},
		{"-infinity", math.Inf(-1), true},
		{"1e400", math.Inf(1), true},
		{"1e-400", 0, true},
		{"7\x00abc", 7, true},
		{"nan", 0, false},
		{" 5", 0, false},
		{"5 ", 0, false},
		{"0x10", 0, false},
		{"1_0", 0, false},
		{"1e", 0, false},
		{".", 0, false},
		{"a", 0, false},
	} {
		got, ok := parseScore(c.text)
		require.Equal(t, c.ok, ok, "%q", c.text)
		if ok {
			require.Equal(t, c.want, got, "%q", c.text)
		}
	}
}

func TestParseRestore(t *testing.T) {
	for _, c := range []struct {
		line string
		want restoreArgs
		err  error
	}{
		{line: "restore k 0 p", want: restoreArgs{idle: -1, freq: -1}},
		{line: "restore k 0 p REPLACE absttl", want: restoreArgs{idle: -1, freq: -1, replace: true, absolute: true}},
		{line: "restore k 0 p idletime 7", want: restoreArgs{idle: 7, freq: -1}},
		{line: "restore k 0 p freq 255", want: restoreArgs{idle: -1, freq: 255}},
		{line: "restore k 0 p freq 256", err: errBadFreq},
		{line: "restore k 0 p idletime -1", err: errBadIdle},
		{line: "restore k 0 p idletime x", err: resp.ErrNotInteger},
		{line: "restore k 0 p idletime 1 freq 1", err: resp.ErrSyntax},
		{line: "restore k 0 p freq", err: resp.ErrSyntax},
		{line: "restore k 0 p foo", err: resp.ErrSyntax},
	} {
		got, err := parseRestore(words(c.line))
		require.Equal(t, c.err, err, c.line)
		if err == nil {
			c.want.key, c.want.ttl, c.want.payload = []byte("k"), []byte("0"), []byte("p")
			require.Equal(t, c.want, got, c.line)
		}
	}
}

func TestParseUsage(t *testing.T) {
	for line, want := range map[string]error{
		"memory usage k":             nil,
		"memory usage k samples 0":   nil,
		"memory usage k SAMPLES 5":   nil,
		"memory usage k samples":     resp.ErrSyntax,
		"memory usage k samples -1":  resp.ErrSyntax,
		"memory usage k samples x":   resp.ErrNotInteger,
		"memory usage k samples 1 x": resp.ErrSyntax,
		"memory usage k foo":         resp.ErrSyntax,
	} {
		require.Equal(t, want, parseUsage(words(line)), line)
	}
}
