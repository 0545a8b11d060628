package tattle_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

// followed returns the lines of the next n events that a connection is sent.
func followed(t *testing.T, c *servertest.Conn, n int) (lines []any) {
	t.Helper()
	for range n {
		p := c.ReadPush()
		require.Equal(t, "tattle-event", p[0])
		lines = append(lines, at(t, p[1], "line"))
	}
	return lines
}

// What happens is pushed as it happens, through the filters of EVENTS.
func TestFollow(t *testing.T) {
	l := newLab(t)
	do(l.a, "CLIENT TRACKING ON")
	l.ok("FOLLOW KEY user:* KIND message remembered")
	do(l.a, "GET user:1")
	do(l.a, "GET other")
	do(l.b, "SET user:1 x")
	do(l.b, "SET other x")
	require.Equal(t, []any{"client 1 holds [user:1] (GET)", "invalidate [user:1] for client 1 by push: sent (SET by client 2)"}, followed(t, l.c, 2))

	l.ok("FOLLOW CLIENT 1 NOT-SENT") // in place of the first
	do(l.a, "CLIENT TRACKING ON NOLOOP")
	do(l.a, "GET k")
	do(l.a, "SET k 1")
	require.Equal(t, []any{"invalidate [k] for client 1 by push: not sent: NOLOOP (SET by client 1)"}, followed(t, l.c, 1))
	require.Equal(t, int64(1), at(t, l.does("STATS"), "journal", "following"))

	l.ok("FOLLOW STOP", "FOLLOW STOP")
	do(l.a, "GET k")
	do(l.a, "SET k 2")
	require.Equal(t, int64(0), at(t, l.does("STATS"), "journal", "following"))
	l.c.Quiet()
}

// On RESP2 events are messages of a channel, with JSON. A switch of the protocol is followed.
func TestFollowOnRESP2(t *testing.T) {
	l := newLab(t)
	c := l.Server.Connect(t)
	require.Equal(t, "OK", do(c, "TATTLE FOLLOW KIND began CLIENT 2"))
	do(l.b, "SET k 1")
	message := c.Read().([]any)
	require.Equal(t, []any{"message", "__tattle__:event"}, message[:2])
	var e struct {
		Kind  string
		Words []string
	}
	require.NoError(t, json.Unmarshal([]byte(message[2].(string)), &e))
	require.Equal(t, "began", e.Kind)
	require.Equal(t, []string{"SET", "k", "1"}, e.Words)
	c.Hello3()
	do(l.b, "GET k")
	require.Equal(t, []any{"client 2 > GET k"}, followed(t, c, 1))
}

// The ends of cycles are told only to those who ask for them. To push them causes no more of them.
func TestFollowCycles(t *testing.T) {
	l := newLab(t)
	l.ok("FOLLOW")
	do(l.b, "SET k 1")
	require.Equal(t, []any{"client 2 > SET k 1", `client 2 < "+OK\r\n"`}, followed(t, l.c, 2))
	l.ok("FOLLOW KIND cycle-ended")
	do(l.b, "SET k 2")
	p := l.c.ReadPush()
	require.Equal(t, "cycle ended", at(t, p[1], "kind"))
	l.ok("FOLLOW STOP")
	l.c.Quiet()
}

// Whoever follows and does not read costs the server no more than the journal and a bound. Later it
// is told how many events it has missed.
func TestFollowSlowly(t *testing.T) {
	l := newLab(t)
	do(l.a, "CONFIG SET journal-max-bytes 100000")
	slow := l.Server.Connect3(t)
	require.Equal(t, "OK", do(slow, "TATTLE FOLLOW KIND began CLIENT 2"))
	slow.Client(l.Server).StallWrites(true)
	const writes = 3000
	value := strings.Repeat("x", 500)
	for i := range writes {
		do(l.b, fmt.Sprintf("SET k:%d %s", i, value))
	}
	for _, info := range l.Server.Clients() {
		require.Less(t, info.PendingOutput, 64<<10+64*2000, "client %d", info.ID)
	}
	slow.Client(l.Server).StallWrites(false)
	events, missed := 0, int64(0)
	for last := false; !last; {
		switch p := slow.ReadPush(); p[0] {
		case "tattle-left-out":
			missed += p[1].(int64)
		case "tattle-event":
			events++
			last = at(t, p[1], "words", 1) == fmt.Sprintf("k:%d", writes-1)
		}
	}
	require.Positive(t, missed)
	require.GreaterOrEqual(t, int64(events)+missed, int64(writes), "each was told or counted")
	slow.Quiet()
}

// Who follows and goes away is forgotten, also if nothing happens any more.
func TestFollowerGoesAway(t *testing.T) {
	l := newLab(t)
	c := l.Server.Connect3(t)
	require.Equal(t, "OK", do(c, "TATTLE FOLLOW KIND message"))
	c.Close()
	l.Server.Eventually(t, "nobody to follow", func() bool {
		return at(t, l.does("STATS"), "journal", "following") == int64(0)
	})
}

// With the loop stopped, what is stepped is told at once.
func TestFollowTheSteps(t *testing.T) {
	l := newLab(t)
	l.ok("LOOP PAUSE", "FOLLOW KIND began CLIENT 2")
	l.b.Send("SET", "k", "1")
	l.Server.Eventually(t, "a command that waits", func() bool {
		return len(at(t, l.does("STATS"), "loop", "waiting").([]any)) == 1
	})
	require.Equal(t, int64(2), l.does("LOOP STEP"))
	require.Equal(t, []any{"client 2 > SET k 1"}, followed(t, l.c, 1))
	require.Nil(t, l.does("LOOP STEP"))
	l.ok("LOOP ENDCYCLE", "LOOP RESUME")
	require.Equal(t, "OK", l.b.Read())
}

// EVENTS returns the last events or, for whoever goes on from one, the first after it.
func TestEvents(t *testing.T) {
	l := newLab(t)
	for i := range 5 {
		do(l.b, fmt.Sprintf("SET k:%d x", i))
	}
	words := func(reply any) (list []any) {
		for _, e := range at(t, reply, "events").([]any) {
			list = append(list, at(t, e, "words", 1))
		}
		return list
	}
	require.Equal(t, []any{"k:3", "k:4"}, words(l.does("EVENTS KEY k:* COUNT 2")))
	require.Equal(t, []any{"k:1"}, words(l.does("EVENTS KEY k:[01] KIND began CLIENT 2 COUNT 1")))
	var all []any
	for since, n := any(int64(0)), 2; n == 2; {
		page := l.does("EVENTS KEY k:* COUNT 2 SINCE", since)
		list := words(page)
		all, n, since = append(all, list...), len(list), at(t, page, "last")
		require.Equal(t, int64(0), at(t, page, "dropped"))
	}
	require.Equal(t, []any{"k:0", "k:1", "k:2", "k:3", "k:4"}, all)
	for _, kind := range []string{"cycle-ended", "not-remembered"} {
		reply := l.does("EVENTS KIND", kind)
		for _, k := range column(t, at(t, reply, "events"), "kind") {
			require.Equal(t, strings.ReplaceAll(kind, "-", " "), k)
		}
	}
	require.NotContains(t, column(t, at(t, l.does("EVENTS"), "events"), "kind"), "cycle ended")

	do(l.a, "CONFIG SET journal-max-bytes 1")
	do(l.b, "SET k 1")
	page := l.does("EVENTS SINCE 3")
	require.Positive(t, at(t, page, "dropped"))
	require.Empty(t, at(t, l.does("EVENTS SINCE", at(t, page, "last")), "events"))
}

// A recording is there until the next one, also when the journal ends.
func TestRecord(t *testing.T) {
	l := newLab(t)
	l.ok("RECORD START")
	require.Equal(t, resp.Error("ERR a recording is on already. TATTLE RECORD STOP ends it."), l.does("RECORD START"))
	do(l.b, "SET k 1")
	dump := l.does("RECORD DUMP").(resp.Verbatim)
	require.Equal(t, "txt", dump.Format)
	require.Contains(t, dump.Text, `"words":["SET","k","1"]`)
	l.ok("RECORD STOP")
	do(l.b, "SET l 1")
	require.Equal(t, dump, l.does("RECORD DUMP FORMAT JSONL"), "what comes later is not in it")
	require.Equal(t, resp.Error("ERR there is no recording. TATTLE RECORD START begins one."), l.does("RECORD STOP"))
	l.ok("RECORD START")
	do(l.b, "SET m 1")
	require.NotContains(t, l.does("RECORD DUMP").(resp.Verbatim).Text, `["SET","k","1"]`)
	l.ok("RESET")
	require.Equal(t, resp.Error("ERR there is no recording. TATTLE RECORD START begins one."), l.does("RECORD DUMP"))
}
