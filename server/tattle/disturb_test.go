package tattle_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

// reading is a lab where client 1 tracks and holds k and l.
func reading(t *testing.T, opts ...servertest.Option) lab {
	l := newLab(t, opts...)
	do(l.a, "CLIENT TRACKING ON")
	do(l.a, "MGET k l")
	return l
}

func told(keys ...any) resp.Push { return resp.Push{"invalidate", keys} }

// What is held is released in order, one by one, or in reverse order.
func TestHoldAndRelease(t *testing.T) {
	l := reading(t)
	l.ok("HOLD 1")
	do(l.a, "GET m")
	do(l.b, "SET k 1")
	do(l.b, "SET l 1")
	do(l.b, "SET m 1")
	l.a.Quiet()
	require.Equal(t, int64(3), at(t, l.does("CLIENTS"), 0, "held"))
	require.Equal(t, []any{"pushes are held"}, at(t, l.does("CLIENTS"), 0, "faults"))
	l.ok("RELEASE 1 COUNT 1")
	require.Equal(t, told("k"), l.a.Read())
	l.a.Quiet()
	l.ok("REORDER 1")
	require.Equal(t, told("m"), l.a.Read())
	require.Equal(t, told("l"), l.a.Read())
	do(l.a, "GET k")
	l.ok("HOLD 1")
	do(l.b, "SET k 2")
	l.ok("RELEASE 1")
	require.Equal(t, told("k"), l.a.Read())
	require.Equal(t, []any{}, at(t, l.does("CLIENTS"), 0, "faults"))
}

// One of the pushes that are held is sent or dropped by itself, known by its event.
func TestHeldOnes(t *testing.T) {
	l := reading(t)
	do(l.a, "GET m")
	l.ok("HOLD 1")
	do(l.b, "MSET k 1 l 1 m 1")
	held := column(t, at(t, l.does("EVENTS KIND message"), "events"), "id")
	require.Len(t, held, 3)
	require.Equal(t, "OK", l.does("RELEASE 1 ID", held[1]))
	require.Equal(t, told("l"), l.a.Read())
	require.Equal(t, "OK", l.does("DROP 1 ID", held[0]))
	require.IsType(t, resp.Error(""), l.does("DROP 1 ID", held[0]))
	l.ok("RELEASE 1")
	require.Equal(t, told("m"), l.a.Read())
	l.a.Quiet()
	require.Equal(t, []any{"not sent: dropped by a fault"}, column(t, at(t, l.does("EVENTS NOT-SENT"), "events"), "outcome"))
}

// A message that overtakes the reply to a read is noticed: the reply is kept back, and the message goes to
// another connection.
func TestWhyOvertaken(t *testing.T) {
	l := newLab(t)
	do(l.a, "CLIENT TRACKING ON REDIRECT 2")
	l.ok("STALL 1")
	l.a.Send("GET", "k")
	l.Server.Eventually(t, "the read", func() bool { return len(at(t, l.does("TABLE"), "keys").([]any)) == 1 })
	do(l.c, "SET k 1")
	require.Equal(t, told("k"), l.b.Read())
	story := l.does("WHY 1 k")
	require.Equal(t, []any{"connection", "mode", "fault", "registered", "forgotten", "overtaken"}, column(t, at(t, story, "events"), "what"))
	require.Contains(t, at(t, story, "verdict"), "a cache that stores that reply keeps an old value")
}

func TestDropDuplicateDelayCut(t *testing.T) {
	l := reading(t)
	l.ok("DROP 1")
	do(l.b, "SET k 1")
	do(l.b, "SET l 1")
	require.Equal(t, told("l"), l.a.Read(), "only the first is dropped")
	l.ok("DROP 1 -1", "DROP 1 0", "DUPLICATE 1")
	do(l.a, "GET k")
	do(l.b, "SET k 2")
	require.Equal(t, told("k"), l.a.Read())
	require.Equal(t, told("k"), l.a.Read())
	l.ok("DUPLICATE 1 OFF", "DELAY 1 1")
	do(l.a, "GET k")
	do(l.b, "SET k 3")
	require.Equal(t, told("k"), l.a.Read())
	l.ok("DELAY 1 0", "CUT 1")
	do(l.a, "GET k")
	do(l.b, "SET k 4")
	require.Empty(t, l.a.Closed())
}

func TestStall(t *testing.T) {
	l := reading(t)
	l.ok("STALL 1")
	l.a.Send("PING")
	l.Server.Eventually(t, "a reply that waits", func() bool { return at(t, l.does("CLIENTS"), 0, "pending-output") == int64(7) })
	l.ok("STALL 1 OFF")
	require.Equal(t, "PONG", l.a.Read())
	l.ok("STALL 1 READS ON")
	l.a.Send("SET", "read", "1")
	require.Equal(t, []any{"reads stall"}, at(t, l.does("CLIENTS"), 0, "faults"))
	require.Nil(t, do(l.b, "GET read"))
	l.ok("STALL 1 READS OFF")
	require.Equal(t, "OK", l.a.Read())
}

func TestErrors(t *testing.T) {
	l := newLab(t)
	require.Equal(t, "OK", l.does("ERROR", "LOADING later", "FOR", "GET", "FOR", "CLIENT|TRACKING", "TIMES", "2"))
	require.Equal(t, resp.Error("LOADING later"), do(l.b, "GET k"))
	require.Equal(t, "PONG", do(l.b, "PING"))
	require.Equal(t, resp.Error("LOADING later"), do(l.b, "CLIENT TRACKING ON"))
	require.Equal(t, "OK", do(l.b, "CLIENT TRACKING ON"))
	require.Equal(t, "OK", l.does("ERROR", "OOPS"))
	require.Equal(t, resp.Error("OOPS"), do(l.b, "PING"))
	require.Equal(t, "OK", l.does("ERROR", ""))
	require.Equal(t, "PONG", do(l.b, "PING"))
}

func TestEvictAndBreakRedirect(t *testing.T) {
	l := reading(t)
	require.Equal(t, int64(1), l.does("EVICT k"))
	require.Equal(t, int64(0), l.does("EVICT k"))
	require.Equal(t, told("k"), l.a.Read())
	do(l.a, "CLIENT TRACKING ON REDIRECT 2")
	l.ok("BREAKREDIRECT 1")
	do(l.b, "SET l 1")
	require.Equal(t, "tracking-redir-broken", l.a.ReadPush()[0])
}

// Frames are pushed as they stand in a transcript, also in the words of redis-cli, which takes quotes away.
func TestPush(t *testing.T) {
	l := newLab(t)
	for _, words := range [][]any{
		{`>MOVING 1 15 "host:6379" [a "b c"]`},
		{"NOW", ">MOVING", "1", "15", "host:6379", "[a", "b c", "]"},
	} {
		require.Equal(t, "OK", l.c.DoReply(append([]any{"TATTLE", "PUSH", "1"}, words...)...))
		require.Equal(t, resp.Push{"MOVING", int64(1), int64(15), "host:6379", []any{"a", "b c"}}, l.a.Read())
	}
	require.Equal(t, "OK", l.does("PUSH 1 INSIDE", ">invalidate nil"))
	l.a.Send("ECHO", "no elements")
	require.Equal(t, "no elements", l.a.Read())
	l.a.WriteRaw("*3\r\n$4\r\nMGET\r\n$1\r\na\r\n$1\r\nb\r\n")
	l.Server.Eventually(t, "the reply", func() bool { return at(t, l.does("CLIENTS"), 0, "last-command") == "mget" })
	require.Equal(t, "OK", l.does("PUSH 1 BEFORE bytes", "+early\r\n"))
	l.a.Send("QUIT")
	require.Equal(t, "*2\r\n>2\r\n$10\r\ninvalidate\r\n_\r\n_\r\n_\r\n+early\r\n+OK\r\n", l.a.ReadAll())
}

// A command runs as another client: its mode decides, its own write is not told to it.
func TestAs(t *testing.T) {
	l := newLab(t)
	do(l.a, "CLIENT TRACKING ON NOLOOP")
	do(l.a, "SELECT 3")
	require.Nil(t, l.does("AS 1 GET k"))
	require.Equal(t, []any{int64(1)}, at(t, l.does("TABLE"), "keys", 0, "holders"))
	require.Equal(t, "OK", l.does("AS 1 SET k 1"))
	l.a.Quiet()
	require.Equal(t, "1", do(l.a, "GET k"))
	require.Equal(t, resp.Error("ERR unknown command 'NONSENSE', with args beginning with: "), l.does("AS 1 NONSENSE"))
	do(l.b, "SELECT 3")
	do(l.b, "SET k 2")
	require.Equal(t, told("k"), l.a.Read())
}

// The clock stands, moves and runs.
func TestClock(t *testing.T) {
	l := reading(t)
	l.ok("CLOCK STOP")
	require.Equal(t, true, at(t, l.does("STATS"), "clock", "stopped"))
	require.Equal(t, "client 3", at(t, l.does("STATS"), "clock", "holder"))
	now := at(t, l.does("STATS"), "clock", "now").(int64)
	do(l.b, "SET other 1 PX 5000")
	do(l.a, "GET other")
	l.ok("CLOCK ADVANCE 4999")
	l.a.Quiet()
	l.ok("CLOCK ADVANCE 1")
	require.Equal(t, told("other"), l.a.Read())
	require.Equal(t, now+5000, at(t, l.does("STATS"), "clock", "now"))
	l.ok("CLOCK RUN")
	require.Equal(t, false, at(t, l.does("STATS"), "clock", "stopped"))
}

// The loop stands, is stepped, and runs again.
func TestLoop(t *testing.T) {
	l := reading(t)
	l.ok("LOOP PAUSE")
	require.Equal(t, "client 3", at(t, l.does("STATS"), "loop", "holder"))
	l.b.Send("SET", "k", "1")
	l.Server.Eventually(t, "a command that waits", func() bool {
		return len(at(t, l.does("STATS"), "loop", "waiting").([]any)) == 1
	})
	require.Nil(t, l.does("LOOP STEP 1"))
	require.Equal(t, int64(2), l.does("LOOP STEP 2"))
	require.Equal(t, int64(1), at(t, l.does("TABLE"), "keys", 0, "holders", 0))
	l.ok("LOOP ENDCYCLE")
	require.Equal(t, "OK", l.b.Read())
	require.Equal(t, told("k"), l.a.Read())
	l.ok("LOOP RESUME")
	require.Equal(t, "PONG", do(l.b, "PING"))
}

// RESET ends everything at once.
func TestReset(t *testing.T) {
	l := reading(t)
	l.ok("RECORD START", "HOLD 1", "STALL 2", "DELAY 2 3600000", "CUT 2", "CLOCK STOP", "LOOP PAUSE")
	require.Equal(t, "OK", l.does("ERROR", "OOPS"))
	require.Equal(t, "OK", l.does("PUSH 2 BEFORE", ">early"))
	require.Contains(t, at(t, l.does("CLIENTS"), 1, "faults"), "a push waits to come before a reply")
	l.Server.Call(0, "SET", "k", "1")
	l.ok("RESET")
	require.Equal(t, told("k"), l.a.Read(), "what was held is sent")
	require.Equal(t, "PONG", do(l.b, "PING"))
	stats := l.does("STATS")
	require.Equal(t, [3]any{false, false, false}, [3]any{at(t, stats, "journal", "recording"), at(t, stats, "loop", "paused"), at(t, stats, "clock", "stopped")})
	for _, faults := range column(t, l.does("CLIENTS"), "faults") {
		require.Empty(t, faults)
	}
	do(l.b, "CLIENT TRACKING ON")
	do(l.b, "GET l")
	do(l.a, "SET l 1")
	require.Equal(t, told("l"), l.b.Read(), "the connection was not cut")
}
