package server_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

func TestClientKill(t *testing.T) {
	w := newWorld(t)
	addr := func(p peer) string { return p.NetConn().LocalAddr().String() }
	for name, by := range map[string]func(p peer) []any{
		"address": func(p peer) []any { return []any{"CLIENT", "KILL", addr(p)} },
		"ID":      func(p peer) []any { return []any{"CLIENT", "KILL", "ID", p.id} },
		"ADDR": func(p peer) []any {
			return []any{"CLIENT", "KILL", "ADDR", addr(p), "TYPE", "normal", "USER", "default"}
		},
		"TYPE":  func(p peer) []any { p.do("SUBSCRIBE c"); return []any{"CLIENT", "KILL", "TYPE", "pubsub"} },
		"LADDR": func(p peer) []any { return []any{"CLIENT", "KILL", "LADDR", w.addr, "ID", p.id} },
		"blocked": func(p peer) []any {
			p.send("BLPOP l 0")
			w.until(func() bool { return w.stat("blocked_clients") == 1 })
			return []any{"CLIENT", "KILL", "ID", p.id}
		},
	} {
		p := w.v2()
		want := any(int64(1))
		if name == "address" {
			want = "OK"
		}
		require.Equal(t, want, w.admin.Do(by(p)...), name)
		require.Empty(t, p.Closed(), name)
	}
	require.Equal(t, 0, w.stat("blocked_clients"))
	w.admin.does(int64(1), "RPUSH l x") // nobody takes it

	others := []peer{w.v2(), w.v3()}
	w.admin.does(int64(2), "CLIENT KILL SKIPME yes")
	for _, p := range others {
		p.Closed()
	}
	p := w.v2()
	p.does(int64(1), "CLIENT KILL SKIPME no ID", p.id)
	p.Closed()
	p = w.v2()
	p.pipe("CLIENT KILL "+addr(p), "SET killed 1")
	require.Equal(t, []any{"OK"}, p.Closed(), "the reply comes, nothing more runs")
	w.admin.does(int64(0), "EXISTS killed")
	w.admin.does(int64(0), "CLIENT KILL MAXAGE 1000000")
}

func TestClientKillErrors(t *testing.T) {
	w := newWorld(t)
	for line, want := range map[string]string{
		"1.2.3.4:5":             "ERR No such client",
		"ID x":                  "ERR client-id should be greater than 0",
		"ID 0":                  "ERR client-id should be greater than 0",
		"TYPE nope":             "ERR Unknown client type 'nope'",
		"USER nobody":           "ERR No such user 'nobody'",
		"MAXAGE x":              "ERR maxage is not an integer or out of range",
		"MAXAGE 0":              "ERR maxage should be greater than 0",
		"USER default SKIPME x": "ERR syntax error",
		"ID 1 ADDR":             "ERR syntax error",
		"NOPE x":                "ERR syntax error",
	} {
		w.admin.fails(want, "CLIENT KILL "+line)
	}
	for _, line := range []string{"ID 999999", "ADDR 1.2.3.4:5", "TYPE master", "TYPE slave"} {
		w.admin.does(int64(0), "CLIENT KILL "+line)
	}
}

func TestClientReply(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		send []string
		want []any
	}{
		{[]string{"CLIENT REPLY SKIP", "PING a", "PING b"}, []any{"b"}},
		{[]string{"CLIENT REPLY SKIP", "NOPE", "PING b"}, []any{"b"}},
		{[]string{"CLIENT REPLY SKIP", "CLIENT REPLY SKIP", "PING a", "PING b"}, []any{"b"}},
		{[]string{"CLIENT REPLY OFF", "PING a", "NOPE", "CLIENT REPLY nope", "CLIENT REPLY ON", "PING b"}, []any{"OK", "b"}},
		{[]string{"CLIENT REPLY OFF", "CLIENT REPLY SKIP", "PING a", "CLIENT REPLY ON"}, []any{"OK"}},
		{[]string{"CLIENT REPLY SKIP", "CLIENT REPLY ON", "PING b"}, []any{"OK", "b"}},
		{[]string{"CLIENT REPLY OFF", "RESET", "PING b"}, []any{"RESET", "b"}},
		{[]string{"MULTI", "CLIENT REPLY SKIP", "PING a", "EXEC", "PING b"}, []any{"OK", "QUEUED", "QUEUED"}},
		{[]string{"CLIENT REPLY nope"}, []any{resp.Error("ERR syntax error")}},
	} {
		p := w.v2()
		p.pipe(tt.send...)
		p.next(tt.want...)
		if tt.send[0] != "MULTI" {
			p.Quiet()
		}
	}
	// Pushes come all the same.
	p := w.v3()
	p.pipe("CLIENT REPLY OFF", "SUBSCRIBE c", "PUBLISH c m", "CLIENT REPLY ON")
	p.gets(resp.Push{"subscribe", "c", int64(1)}, resp.Push{"message", "c", "m"}, "OK")
}

// The reply that is skipped may come late.
func TestClientReplySkipsTheReplyOfABlockedCommand(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.pipe("CLIENT REPLY SKIP", "BLPOP l 0", "PING b")
	w.until(func() bool { return w.stat("blocked_clients") == 1 })
	w.admin.does(int64(1), "RPUSH l x")
	p.gets("b")
}

// waits waits until n clients are blocked or held by a pause.
func (w *world) waits(n int) {
	w.t.Helper()
	w.until(func() bool { return w.stat("blocked_clients") == n })
}

func TestClientPauseWrite(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.v2(), w.v2(), w.v2()
	w.admin.ok("CLIENT PAUSE 100000 WRITE")
	a.send("APPEND k 1")
	w.waits(1)
	b.pipe("APPEND k 2", "APPEND k2 x")
	w.waits(2)
	c.send("APPEND k 3")
	w.waits(3)
	w.admin.does(nil, "GET k") // reads go on
	if !w.redis {              // 8.0.2 crashes
		w.admin.does(int64(0), "CLIENT UNBLOCK", a.id)
	}
	require.Equal(t, "b", fields(w.admin.do("CLIENT LIST ID", a.id).(string))["flags"])
	w.admin.ok("CLIENT UNPAUSE")
	w.admin.does("123", "GET k") // in the order of their coming, before anything else
	a.gets(int64(1))
	b.gets(int64(2), int64(1))
	c.gets(int64(3))
}

// What counts as a write is what could reach a replica.
func TestClientPauseWriteHoldsWhatMayReplicate(t *testing.T) {
	w := newWorld(t)
	w.admin.ok("CLIENT PAUSE 100000 WRITE")
	p := w.v2()
	p.does(int64(1), "EVAL_RO", "return 1", 0)
	p.does(int64(1), "EVAL", "#!lua flags=no-writes\nreturn 1", 0)
	p.ok("MULTI")
	p.does("QUEUED", "GET k")
	p.does([]any{nil}, "EXEC")
	want := []any{int64(0), int64(0), int64(1), int64(1), "OK", "QUEUED"}
	var held []peer
	for i, args := range [][]any{
		{"PUBLISH", "c", "m"}, {"SPUBLISH", "c", "m"}, {"EVAL", "return 1", 0}, {"EVAL", "#!lua\nreturn 1", 0}, {"FLUSHALL"}, {"SET", "k", "v"},
	} {
		q := w.v2()
		if want[i] == "QUEUED" {
			q.ok("MULTI") // held even where it would only be queued
		}
		q.Send(args...)
		w.waits(i + 1)
		held = append(held, q)
	}
	w.admin.ok("CLIENT UNPAUSE")
	for i, q := range held {
		q.next(want[i])
	}
}

// A pause of everything holds CLIENT UNPAUSE too: only time ends it.
func TestClientPauseAll(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.v2(), w.v2(), w.v2()
	a.ok("MULTI")
	w.admin.pipe("CLIENT PAUSE 50 ALL", "TIME")
	require.Equal(t, "OK", w.admin.Read())
	a.send("GET k")
	b.send("CLIENT UNPAUSE")
	c.send("NOPE")
	c.next(resp.Error("ERR unknown command 'NOPE', with args beginning with: ")) // refused before
	w.admin.Read()
	a.next("QUEUED")
	b.gets("OK")
}

func TestClientPauseOnlyGrows(t *testing.T) {
	w := newWorld(t)
	w.admin.ok("CLIENT PAUSE 100000 WRITE", "CLIENT PAUSE 1 WRITE")
	p := w.v2()
	p.send("SET k v")
	w.waits(1)
	w.admin.ok("CLIENT UNPAUSE")
	p.gets("OK")
	for line, want := range map[string]string{
		"CLIENT PAUSE x":         "ERR timeout is not an integer or out of range",
		"CLIENT PAUSE -1":        "ERR timeout is negative",
		"CLIENT PAUSE 1 nope":    "ERR CLIENT PAUSE mode must be WRITE or ALL",
		"CLIENT PAUSE 1 WRITE x": "ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP.",
	} {
		p.fails(want, line)
	}
}

func TestADisconnectWhilePaused(t *testing.T) {
	w := newWorld(t)
	w.admin.ok("CLIENT PAUSE 100000 WRITE")
	p := w.v2()
	p.send("SET k v")
	w.waits(1)
	w.close(p)
	w.waits(0)
	killed := w.v2()
	killed.send("SET k v")
	w.waits(1)
	w.admin.does(int64(1), "CLIENT KILL ID", killed.id)
	killed.Closed()
	w.admin.ok("CLIENT UNPAUSE")
	w.admin.does(nil, "GET k")
}

// A command that blocks was held if its key gets ready during a pause.
func TestABlockedClientThatIsPaused(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.send("BLPOP l 0")
	w.waits(1)
	w.admin.pipe("MULTI", "RPUSH l x", "CLIENT PAUSE 100000 WRITE", "EXEC")
	w.admin.next("OK", "QUEUED", "QUEUED", []any{int64(1), "OK"})
	w.admin.does(int64(1), "LLEN l")
	w.admin.ok("CLIENT UNPAUSE")
	p.gets([]any{"l", "x"})
	w.waits(0)
}

// Nothing expires in a pause, though nobody can see it any more.
func TestExpiryWhilePaused(t *testing.T) {
	w := newWorld(t)
	w.admin.ok("CONFIG SET notify-keyspace-events Ex")
	sub := w.v3()
	sub.do("PSUBSCRIBE __keyevent@0__:*")
	w.admin.pipe("MULTI", "CLIENT PAUSE 100000 WRITE", "SET k v PX 5", "PEXPIRETIME k", "EXEC")
	w.admin.next("OK", "QUEUED", "QUEUED", "QUEUED")
	w.pass(w.admin.Read().([]any)[2].(int64))
	w.admin.does(nil, "GET k")
	w.admin.does(int64(1), "DBSIZE")
	sub.Quiet()
	w.admin.ok("CLIENT UNPAUSE")
	sub.gets(resp.Push{"pmessage", "__keyevent@0__:*", "__keyevent@0__:expired", "k"})
	w.admin.does(int64(0), "DBSIZE")
}

func TestClientUnblock(t *testing.T) {
	w := newWorld(t)
	for line, onTimeout := range map[string]any{
		"BLPOP l 0": nil, "BLMOVE l m LEFT LEFT 0": nil, "BZPOPMIN l 0": nil, "BLMPOP 0 1 l LEFT": nil, "WAIT 1 0": int64(0),
	} {
		for how, want := range map[string]any{
			"": onTimeout, " TIMEOUT": onTimeout, " ERROR": resp.Error("UNBLOCKED client unblocked via CLIENT UNBLOCK"),
		} {
			p := w.v2()
			p.pipe(line, "PING after")
			w.waits(1)
			w.admin.does(int64(1), "CLIENT UNBLOCK "+strconv.FormatInt(p.id, 10)+how)
			p.gets(want, "after")
			w.admin.does(int64(0), "CLIENT UNBLOCK", p.id)
		}
	}
	w.admin.does(int64(0), "CLIENT UNBLOCK 999999")
	w.admin.fails("ERR value is not an integer or out of range", "CLIENT UNBLOCK x")
	w.admin.fails("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR", "CLIENT UNBLOCK 1 nope")
}

func TestNoTouch(t *testing.T) {
	w := newWorld(t)
	w.admin.ok("CONFIG SET maxmemory-policy allkeys-lfu", "SET k v")
	p := w.v2()
	count := func() string { return fmt.Sprint(w.admin.do("OBJECT FREQ k")) }
	before := count()
	p.ok("CLIENT NO-TOUCH ON")
	for range 100 {
		p.does("v", "GET k")
	}
	require.Equal(t, before, count())
	p.ok("CLIENT NO-TOUCH OFF")
	for range 100 {
		p.does("v", "GET k")
	}
	require.NotEqual(t, before, count())
	p.fails("ERR syntax error", "CLIENT NO-TOUCH nope")
	p.fails("ERR syntax error", "CLIENT NO-EVICT nope")
}

// A client that goes on at the end of a cycle may end a pause there: those that the
// pause held go on too, though nothing else happens.
func TestUnpausedAtTheEndOfACycle(t *testing.T) {
	w := newWorld(t)
	a, b := w.v2(), w.v2()
	a.pipe("BLPOP l 0", "CLIENT UNPAUSE")
	w.waits(1)
	w.admin.ok("CLIENT PAUSE 100000 WRITE")
	b.send("SET k v")
	w.waits(2)
	w.admin.does(int64(1), "CLIENT UNBLOCK", a.id)
	b.next("OK")
	a.next(nil, "OK")
}
