package tattle_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/servertest"
	"github.com/tattle-server/tattle/server/tattle"
)

// lab is a server with client 1, which tracks, client 2, which writes, both on RESP3, and a connection
// for TATTLE.
type lab struct {
	*servertest.Server
	t       *testing.T
	a, b, c *servertest.Conn
}

func newLab(t *testing.T, opts ...servertest.Option) lab {
	srv := servertest.Run(t, opts...)
	return lab{srv, t, srv.Connect3(t), srv.Connect3(t), srv.Connect3(t)}
}

// does runs the words of a line on TATTLE's connection.
func (l lab) does(line string, more ...any) any {
	l.t.Helper()
	return do(l.c, "TATTLE "+line, more...)
}

// ok runs lines "TATTLE ..." there, each of which replies OK.
func (l lab) ok(lines ...string) {
	l.t.Helper()
	for _, line := range lines {
		require.Equal(l.t, "OK", l.does(line), line)
	}
}

// do runs the words of a line, and further ones, and returns the reply.
func do(c *servertest.Conn, line string, more ...any) any {
	args := []any{}
	for _, w := range strings.Fields(line) {
		args = append(args, w)
	}
	return c.DoReply(append(args, more...)...)
}

// at looks into a reply: at a key of a map, at an index of an array.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, p := range path {
		switch x := v.(type) {
		case resp.Map:
			found := false
			for _, pair := range x {
				if pair.Key == p {
					v, found = pair.Value, true
				}
			}
			require.True(t, found, "no %v in %v", p, x)
		case []any:
			require.Greater(t, len(x), p.(int), "%v", x)
			v = x[p.(int)]
		default:
			require.Fail(t, "no map and no array", "%v: %#v", p, v)
		}
	}
	return v
}

// column returns one field of each map of an array.
func column(t *testing.T, v any, name string) (list []any) {
	t.Helper()
	for _, m := range v.([]any) {
		list = append(list, at(t, m, name))
	}
	return list
}

// HELP has every subcommand of the command table, and no other.
func TestHelp(t *testing.T) {
	l := newLab(t)
	var named, listed []string
	lines := l.does("HELP").([]any)
	require.Equal(t, "TATTLE <subcommand> [<arg> [value] [opt] ...]. Subcommands are:", lines[0])
	for _, line := range lines[1:] {
		if text := line.(string); !strings.HasPrefix(text, " ") {
			name, _, _ := strings.Cut(text, " ")
			named = append(named, "tattle|"+strings.ToLower(name))
		}
		require.LessOrEqual(t, len(line.(string)), 110)
	}
	for _, name := range do(l.c, "COMMAND LIST FILTERBY PATTERN tattle|*").([]any) {
		listed = append(listed, name.(string))
	}
	require.ElementsMatch(t, listed, named)
}

// Bad use is a clear error, and changes nothing.
func TestBadUse(t *testing.T) {
	l := newLab(t)
	for line, want := range map[string]string{
		"FOO":                         "ERR unknown subcommand 'FOO'. Try TATTLE HELP.",
		"PREFIXES x":                  "ERR unknown subcommand or wrong number of arguments for 'PREFIXES'. Try TATTLE HELP.",
		"CLIENTS 1":                   "ERR unknown subcommand or wrong number of arguments for 'CLIENTS'. Try TATTLE HELP.",
		"HOLD":                        "ERR wrong number of arguments for 'tattle|hold' command",
		"HOLD 1 2":                    "ERR unknown subcommand or wrong number of arguments for 'HOLD'. Try TATTLE HELP.",
		"HOLD app":                    "ERR 'app' is no id of a client. TATTLE CLIENTS lists them.",
		"HOLD 0":                      "ERR '0' is no id of a client. TATTLE CLIENTS lists them.",
		"HOLD -1":                     "ERR '-1' is no id of a client. TATTLE CLIENTS lists them.",
		"HOLD 99":                     "ERR client 99 is not connected",
		"RELEASE 1":                   "ERR no such push of that client is held. TATTLE HOLD holds them.",
		"RELEASE 1 COUNT":             "ERR syntax error",
		"RELEASE 1 COUNT 0":           "ERR value is out of range",
		"REORDER 1":                   "ERR no such push of that client is held. TATTLE HOLD holds them.",
		"DROP 1 x":                    "ERR value is not an integer or out of range",
		"DROP 1 -2":                   "ERR value is out of range",
		"DELAY 1 -1":                  "ERR value is out of range",
		"DELAY 1 9223372036854775807": "ERR value is out of range",
		"DUPLICATE 1 maybe":           "ERR syntax error",
		"STALL 1 BOTH":                "ERR syntax error",
		"STALL 1 ON READS":            "ERR syntax error",
		"BREAKREDIRECT 1":             "ERR that client redirects to nobody",
		"ERROR x FOR nothing":         `ERR there is no command "nothing"`,
		"ERROR x TIMES 0":             "ERR value is out of range",
		"ERROR x EVERY 1":             "ERR syntax error",
		"LOOP":                        "ERR wrong number of arguments for 'tattle|loop' command",
		"LOOP GO":                     "ERR syntax error",
		"LOOP PAUSE 1":                "ERR syntax error",
		"LOOP STEP":                   "ERR the loop runs by itself. TATTLE LOOP PAUSE stops it.",
		"LOOP STEP 99":                "ERR client 99 is not connected",
		"LOOP ENDCYCLE":               "ERR the loop runs by itself. TATTLE LOOP PAUSE stops it.",
		"CLOCK ADVANCE":               "ERR syntax error",
		"CLOCK ADVANCE 5":             "ERR the clock runs by itself. TATTLE CLOCK STOP stops it.",
		"CLOCK STOP 5":                "ERR syntax error",
		"TABLE COUNT 0":               "ERR value is out of range",
		"TABLE COUNT 10001":           "ERR value is out of range",
		"TABLE SIZE 1":                "ERR syntax error",
		"TABLE PREFIX":                "ERR syntax error",
		"EXPLAIN k BY 99":             "ERR client 99 is not connected",
		"EXPLAIN k OF 1":              "ERR syntax error",
		"WHY k 1":                     "ERR 'k' is no id of a client. TATTLE CLIENTS lists them.",
		"EVENTS KIND":                 "ERR syntax error",
		"EVENTS KIND news":            `ERR there are no events of the kind "news"`,
		"EVENTS CLIENT":               "ERR syntax error",
		"DROP 1 ID 5":                 "ERR no such push of that client is held. TATTLE HOLD holds them.",
		"DROP 1 IT 5":                 "ERR syntax error",
		"RELEASE 1 ID 0":              "ERR value is out of range",
		"EVENTS SINCE -1":             "ERR value is out of range",
		"EVENTS COUNT 5 5":            "ERR syntax error",
		"FOLLOW COUNT 5":              "ERR syntax error",
		"FOLLOW STOP now":             "ERR syntax error",
		"RECORD":                      "ERR wrong number of arguments for 'tattle|record' command",
		"RECORD PLAY":                 "ERR syntax error",
		"RECORD START 1":              "ERR syntax error",
		"RECORD STOP":                 "ERR there is no recording. TATTLE RECORD START begins one.",
		"RECORD DUMP":                 "ERR there is no recording. TATTLE RECORD START begins one.",
		"PUSH 99 x":                   "ERR client 99 is not connected",
		"PUSH 1 [a":                   "ERR that is no value to push: ] is missing",
		"PUSH 1 *":                    `ERR that is no value to push: "*" stands for more than one value`,
	} {
		require.Equal(t, resp.Error(want), l.does(line), line)
	}
	err, _ := l.does("RECORD DUMP FORMAT morse").(resp.Error)
	require.Contains(t, string(err), "ERR there is no format 'morse': it is one of jsonl, ")
	for _, info := range l.Server.Clients() {
		require.Empty(t, info.Faults)
	}
	l.a.Quiet()
}

// Whatever is asked without a connection, as the page does, is answered the same, but for FOLLOW.
func TestWithoutConnection(t *testing.T) {
	srv, err := server.Start(server.Options{})
	require.NoError(t, err)
	defer srv.Close()
	ask := func(words ...string) (any, error) { return tattle.Answer(srv.Lab(), &server.Request{Words: words}) }
	got, err := ask("TATTLE", "table")
	require.NoError(t, err)
	require.Empty(t, at(t, got, "keys"))
	_, err = ask("TATTLE", "FOLLOW")
	require.EqualError(t, err, "ERR FOLLOW needs a connection to send events to")
	_, err = ask("TATTLE", "EVENTS")
	require.EqualError(t, err, "ERR nothing is recorded. TATTLE RECORD START begins, as does CONFIG SET journal yes.")
	got, err = ask("TATTLE", "WHY", "7", "k")
	require.NoError(t, err)
	require.Equal(t, false, at(t, got, "recorded"))
	_, err = ask("TATTLE")
	require.EqualError(t, err, "ERR wrong number of arguments for 'tattle' command")
}

// flat is a reply as RESP2 has it.
func flat(v any) any {
	switch v := v.(type) {
	case resp.Map:
		list := []any{}
		for _, p := range v {
			list = append(list, flat(p.Key), flat(p.Value))
		}
		return list
	case []any:
		list := []any{}
		for _, x := range v {
			list = append(list, flat(x))
		}
		return list
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case resp.Verbatim:
		return v.Text
	}
	return v
}

// Every look has the same reply in both protocols: maps are flat in RESP2.
func TestBothProtocols(t *testing.T) {
	l := newLab(t)
	l.ok("RECORD START")
	do(l.a, "CLIENT TRACKING ON")
	do(l.a, "MGET user:1 user:2 video")
	do(l.b, "CLIENT TRACKING ON BCAST PREFIX u")
	do(l.b, "SET user:1 x")
	l.ok("RECORD STOP")
	old := l.Server.Connect(t)
	for _, line := range []string{
		"HELP", "TABLE", "TABLE PREFIX user: COUNT 1", "TREE", "TREE PATH nothing", "PREFIXES", "EXPLAIN user:1", "EXPLAIN user:2 BY 1", "WHY 1 user:1",
		"WHY 1 other", "EVENTS", "EVENTS KIND message NOT-SENT", "RECORD DUMP", "EVENTS KEY user:* KIND message remembered CLIENT 1",
	} {
		want := l.does(line)
		require.NotEqual(t, nil, want)
		_, failed := want.(resp.Error)
		require.False(t, failed, "%s: %v", line, want)
		require.Equal(t, flat(want), do(old, "TATTLE "+line), line)
	}
}

// TABLE pages through the table in byte order, and marks the holders that are gone.
func TestTable(t *testing.T) {
	l := newLab(t)
	do(l.a, "CLIENT TRACKING ON")
	do(l.b, "CLIENT TRACKING ON")
	var want []any
	for i := range 25 {
		key := fmt.Sprintf("key:%02d", i)
		want = append(want, key)
		do(l.a, "GET "+key)
	}
	do(l.b, "GET key:07")
	do(l.b, "GET other")
	l.a.Client(l.Server).Kill()
	var keys []any
	cursor, pages := any(""), 0
	for ; cursor != nil; pages++ {
		page := l.does("TABLE PREFIX key: COUNT 10 CURSOR", cursor)
		keys = append(keys, column(t, at(t, page, "keys"), "key")...)
		cursor = at(t, page, "cursor")
	}
	require.Equal(t, want, keys)
	require.Equal(t, 3, pages)
	page := l.does("TABLE PREFIX key:07")
	require.Equal(t, []any{int64(1), int64(2)}, at(t, page, "keys", 0, "holders"))
	require.Equal(t, []any{int64(1)}, at(t, page, "keys", 0, "gone"))
}

// The other looks, in one state.
func TestLooks(t *testing.T) {
	l := newLab(t)
	do(l.a, "CLIENT SETNAME app")
	do(l.a, "CLIENT TRACKING ON OPTIN NOLOOP")
	do(l.a, "CLIENT CACHING YES")
	do(l.a, "MGET user:1 user:2 video")
	do(l.b, "CLIENT TRACKING ON BCAST PREFIX user: PREFIX x")
	l.ok("LOOP PAUSE")
	l.b.Send("SET", "user:2", "1")
	l.Server.Step(t, l.b.Client(l.Server))

	require.Equal(t, resp.Map{{Key: "path", Value: ""}, {Key: "kind", Value: int64(4)}, {Key: "keys", Value: int64(2)}, {Key: "holders", Value: nil}, {Key: "children", Value: []any{
		resp.Map{{Key: "byte", Value: int64('u')}, {Key: "piece", Value: "ser:1"}, {Key: "kind", Value: int64(0)}, {Key: "keys", Value: int64(1)}, {Key: "holders", Value: int64(1)}},
		resp.Map{{Key: "byte", Value: int64('v')}, {Key: "piece", Value: "ideo"}, {Key: "kind", Value: int64(0)}, {Key: "keys", Value: int64(1)}, {Key: "holders", Value: int64(1)}},
	}}}, l.does("TREE"))
	require.Equal(t, []any{int64(1)}, at(t, l.does("TREE PATH user"), "holders"))

	prefixes := l.does("PREFIXES")
	require.Equal(t, []any{"user:", "x"}, column(t, prefixes, "prefix"))
	require.Equal(t, []any{int64(2)}, at(t, prefixes, 0, "subscribers"))
	require.Equal(t, resp.Map{{Key: "key", Value: "user:2"}, {Key: "writer", Value: int64(2)}}, at(t, prefixes, 0, "changed", 0))

	clients := l.does("CLIENTS")
	require.Equal(t, []any{int64(1), int64(2), int64(3)}, column(t, clients, "id"))
	require.Equal(t, []any{"app", "", ""}, column(t, clients, "name"))
	require.Equal(t, []any{[]any{"on", "optin", "noloop"}, []any{"on", "bcast"}, []any{"off"}}, column(t, clients, "flags"))
	require.Equal(t, []any{int64(0), int64(0), int64(-1)}, column(t, clients, "redirect"))
	require.Equal(t, []any{"user:", "x"}, at(t, clients, 1, "prefixes"))

	explained := l.does("EXPLAIN user:1 BY 1")
	require.Equal(t, []any{"not sent: NOLOOP", "sent", "not remembered: tracking is off"}, column(t, explained, "outcome"))
	require.Equal(t, []any{false, true, false}, column(t, explained, "told"))
	require.Equal(t, []any{"push", "broadcast", nil}, column(t, explained, "route"))
	require.Equal(t, []any{int64(28), int64(0), int64(13)}, column(t, explained, "rule"))
	require.Equal(t, []any{nil, "user:", nil}, column(t, explained, "prefix"))
	require.Equal(t, []any{"client 1 (app) by push: not sent: NOLOOP", "client 2 by broadcast of user:: sent", "client 3: not remembered: tracking is off"},
		column(t, explained, "line"))
	require.Equal(t, []any{"sent", "sent", "not remembered: tracking is off"}, column(t, l.does("EXPLAIN user:1"), "outcome"))

	stats := l.does("STATS")
	require.Equal(t, resp.Map{
		{Key: "clients", Value: int64(2)}, {Key: "keys", Value: int64(2)}, {Key: "items", Value: int64(2)}, {Key: "prefixes", Value: int64(2)}, {Key: "max-keys", Value: int64(1000000)},
	}, at(t, stats, "tracking"))
	require.Equal(t, int64(1), at(t, stats, "table", "nodes", "4"))
	require.Equal(t, true, at(t, stats, "loop", "paused"))
	l.ok("LOOP RESUME")
	require.Equal(t, false, at(t, l.does("STATS"), "loop", "paused"))
}
