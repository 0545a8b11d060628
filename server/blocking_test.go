package server_test

import (
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// waiting returns a new connection that is blocked in a command, the nth.
func (w *world) waiting(n int, line string) peer {
	w.t.Helper()
	p := w.v2()
	p.send(line)
	w.waits(n)
	return p
}

func TestWhoWaitedLongestIsServedFirst(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.waiting(1, "BLPOP l 0"), w.waiting(2, "BLMPOP 0 1 l LEFT COUNT 2"), w.waiting(3, "BRPOP l 0")
	w.admin.does(int64(4), "RPUSH l 1 2 3 4")
	a.gets([]any{"l", "1"})
	b.gets([]any{"l", []any{"2", "3"}})
	c.gets([]any{"l", "4"})
	w.admin.does(int64(0), "EXISTS l")
	w.waits(0)

	a, b = w.waiting(1, "BLPOP l 0"), w.waiting(2, "BLPOP l 0")
	w.admin.does(int64(1), "RPUSH l 1")
	a.gets([]any{"l", "1"})
	require.Equal(t, 1, w.stat("blocked_clients"))
	a.send("BLPOP l 0") // goes to the end
	w.waits(2)
	w.admin.does(int64(1), "RPUSH l 2")
	b.gets([]any{"l", "2"})
	w.admin.does(int64(1), "RPUSH l 3")
	a.gets([]any{"l", "3"})
}

// Of several keys the first named is taken, not the first that got ready.
func TestBlockedOnSeveralKeys(t *testing.T) {
	w := newWorld(t)
	p := w.waiting(1, "BLPOP a b a 0")
	require.Equal(t, []any{int64(1), int64(1)}, w.admin.exec("RPUSH b 2", "RPUSH a 1"))
	p.gets([]any{"a", "1"})
	p = w.v2()
	p.does([]any{"b", "2"}, "BLPOP a b 0")
	p = w.waiting(1, "BZMPOP 0 2 y z MAX COUNT 2")
	w.admin.does(int64(3), "ZADD z 1 a 2 b 3 c")
	p.gets([]any{"z", []any{[]any{"c", "3"}, []any{"b", "2"}}})
	require.Equal(t, 0, w.stat("total_blocking_keys"))
}

// Whatever makes a key serves those who wait for it.
func TestWhatServesBlockedClients(t *testing.T) {
	w := newWorld(t)
	for name, lines := range map[string][]string{
		"push":     {"RPUSH k x"},
		"insert":   {"LPUSH k x"},
		"RENAME":   {"RPUSH o x", "RENAME o k"},
		"RENAMENX": {"RPUSH o x", "RENAMENX o k"},
		"COPY":     {"RPUSH o x", "COPY o k"},
		"MOVE":     {"SELECT 1", "RPUSH k x", "MOVE k 0", "SELECT 0"},
		"SWAPDB":   {"SELECT 1", "RPUSH k x", "SELECT 0", "SWAPDB 0 1"},
		"SORT":     {"RPUSH o x", "SORT o ALPHA STORE k"},
		"LMOVE":    {"RPUSH o x", "LMOVE o k LEFT LEFT"},
		"EXEC":     {"MULTI", "RPUSH k x", "EXEC"},
		"script":   {"EVAL return(redis.call('rpush','k','x')) 0"},
	} {
		p := w.waiting(1, "BLPOP k 0")
		for _, line := range lines {
			_, failed := w.admin.do(line).(resp.Error)
			require.False(t, failed, line)
		}
		p.next([]any{"k", "x"})
		w.admin.ok("FLUSHALL")
		require.Equal(t, 0, w.stat("blocked_clients"), name)
	}
	p := w.waiting(1, "BZPOPMIN k 0")
	w.admin.does(int64(1), "SADD s x")
	w.admin.does(int64(1), "ZUNIONSTORE k 1 s")
	p.gets([]any{"k", "x", "1"})
}

// What is gone again at the end of a transaction or a script was never there.
func TestWhatDoesNotServeBlockedClients(t *testing.T) {
	w := newWorld(t)
	p := w.waiting(1, "BLPOP k 0")
	require.Equal(t, []any{int64(1), int64(1)}, w.admin.exec("RPUSH k x", "DEL k"))
	w.admin.do("EVAL", "redis.call('rpush','k','x') return redis.call('del','k')", 0)
	w.admin.ok("SET k v") // of another type
	w.admin.does(int64(1), "DEL k")
	w.admin.does(int64(1), "ZADD k 1 a")
	w.admin.does(int64(1), "DEL k")
	w.admin.ok("SELECT 1")
	w.admin.does(int64(1), "RPUSH k other")
	w.admin.ok("SELECT 0")
	require.Equal(t, []any{int64(1), int64(1)}, w.admin.exec("RPUSH k x", "PEXPIREAT k 1"))
	require.Equal(t, 1, w.stat("blocked_clients"))
	w.admin.does(int64(1), "RPUSH k y")
	p.gets([]any{"k", "y"})
}

func TestBlockedChains(t *testing.T) {
	w := newWorld(t)
	a := w.waiting(1, "BLMOVE a b LEFT RIGHT 0")
	b := w.waiting(2, "BRPOPLPUSH b c 0")
	c := w.waiting(3, "BLPOP c 0")
	w.admin.does(int64(1), "RPUSH a x")
	a.gets("x")
	b.gets("x")
	c.gets([]any{"c", "x"})
	require.Equal(t, int64(0), w.admin.do("EXISTS a b c"))

	p := w.waiting(1, "BLMOVE a b LEFT RIGHT 0")
	w.admin.ok("SET b str")
	w.admin.does(int64(1), "RPUSH a x")
	p.gets(resp.Error(errWrongType))
	w.admin.does(int64(1), "LLEN a") // and the element stays
}

func TestBlockedTimeouts(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	for _, line := range []string{"BLPOP k 0.01", "BRPOP k 0.01", "BLMOVE k l LEFT LEFT 0.01", "BRPOPLPUSH k l 0.01", "BLMPOP 0.01 1 k LEFT", "BZPOPMAX k 0.01", "BZMPOP 0.01 1 k MIN"} {
		p.does(nil, line)
	}
	p.does(int64(0), "WAIT 1 10")
	for line, want := range map[string]string{
		"BLPOP k x":                 "ERR timeout is not a float or out of range",
		"BLPOP k -1":                "ERR timeout is negative",
		"BLPOP k 1e20":              "ERR timeout is out of range",
		"BLMPOP x 1 k LEFT":         "ERR timeout is not a float or out of range",
		"BLMPOP 0 0 k LEFT":         "ERR numkeys should be greater than 0",
		"BLMOVE k l LEFT NOPE 0":    "ERR syntax error",
		"BLMPOP 0 1 k LEFT COUNT 0": "ERR count should be greater than 0",
		"WAIT x 0":                  "ERR value is not an integer or out of range",
		"WAIT 1 -1":                 "ERR timeout is negative",
	} {
		p.fails(want, line)
	}
	w.admin.ok("SET str v")
	p.fails(errWrongType, "BLPOP k str 0")
	require.Equal(t, 0, w.stat("blocked_clients"))
	require.Equal(t, 0, w.stat("clients_in_timeout_table"))
}

func TestPipelineBehindABlockedCommand(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.pipe("SET k 1", "BLPOP l 0", "SET k 2", "BLPOP l 0", "GET k")
	w.waits(1)
	w.admin.does("1", "GET k")
	w.admin.does(int64(2), "RPUSH l x y")
	p.gets("OK", []any{"l", "x"}, "OK", []any{"l", "y"}, "2")
	p.pipe("BLPOP l 0")
	w.waits(1)
	p.pipe("PING after") // sent while it is blocked
	w.admin.does(int64(1), "CLIENT UNBLOCK", p.id)
	p.gets(nil, "after")
}

func TestBlockedClientsThatLeave(t *testing.T) {
	w := newWorld(t)
	a, b := w.waiting(1, "BLPOP l 0"), w.waiting(2, "BLPOP l 0")
	w.admin.does(int64(1), "CLIENT KILL ID", a.id)
	a.Closed()
	w.waits(1)
	w.close(b)
	w.waits(0)
	require.Equal(t, 0, w.stat("total_blocking_keys"))
	w.admin.does(int64(1), "RPUSH l x")
	w.admin.does("x", "LPOP l")
	// Killed in the very transaction that would serve it: nothing is lost.
	a = w.waiting(1, "BLPOP l 0")
	w.admin.ok("MULTI")
	w.admin.does("QUEUED", "RPUSH l y")
	w.admin.does("QUEUED", "CLIENT KILL ID", a.id)
	w.admin.does([]any{int64(1), int64(1)}, "EXEC")
	a.Closed()
	w.waits(0)
	w.admin.does("y", "LPOP l")
}

// Served commands count once, in the order of their end.
func TestBlockedCommandsAreCounted(t *testing.T) {
	w := newWorld(t)
	p := w.waiting(1, "BLPOP l 0")
	w.admin.ok("CONFIG RESETSTAT")
	w.admin.does(int64(1), "RPUSH l x")
	p.gets([]any{"l", "x"})
	require.Contains(t, w.admin.do("INFO commandstats"), "cmdstat_blpop:calls=1,")
}

// A client that is blocked has sent more than is read ahead, and has closed its half of the
// connection. It is gone at once.
func TestHalfCloseBehindABlockedCommand(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.send("BLPOP l 0")
	w.waits(1)
	line := "SET k " + strings.Repeat("x", 1000) + "\r\n"
	const ahead = 1<<20 + 40<<10
	p.WriteRaw(strings.Repeat(line, ahead/len(line)))
	require.NoError(t, p.NetConn().(*net.TCPConn).CloseWrite())
	require.Empty(t, p.ReadAll())
	w.admin.does(int64(1), "RPUSH l x")
	w.admin.does(int64(1), "LLEN l")
}

// Blocked commands that are over leave nothing behind, though others wait longer.
func TestServedBlockedCommandsAreForgotten(t *testing.T) {
	w := newWorld(t)
	if w.redis {
		t.Skip("it measures this process")
	}
	w.waiting(1, "BLPOP never 100000")
	p := w.v2()
	big := strings.Repeat("x", 1<<20)
	inUse := func() int {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before := inUse()
	for range 100 {
		p.Send("BLPOP", "l", big, 200000)
		w.waits(2)
		w.admin.does(int64(1), "RPUSH l x")
		p.next([]any{"l", "x"})
	}
	require.Less(t, inUse()-before, 30<<20)
}

// However much the clients have sent that one command releases, the cycle ends in which they
// go on, so that others get their turn. Each batch here takes longer than a cycle should.
func TestReleasedClientsGiveUpTheCycle(t *testing.T) {
	w := newWorld(t)
	if w.redis {
		t.Skip("it runs them all in one cycle")
	}
	const clients, batch = 8, 1024
	w.admin.ok("SET k " + strings.Repeat("x", 1<<17))
	behind := slices.Concat([]string{"BLPOP l 0"}, slices.Repeat([]string{"BITCOUNT k"}, batch))
	var all []peer
	for i := range clients {
		p := w.v2()
		p.pipe(behind...)
		w.waits(i + 1)
		all = append(all, p)
	}
	before := w.stat("eventloop_cycles")
	w.admin.does(int64(clients), "RPUSH l"+strings.Repeat(" v", clients))
	for _, p := range all {
		p.next([]any{"l", "v"})
		for range batch {
			p.next(int64(4 << 17))
		}
	}
	require.Greater(t, w.stat("eventloop_cycles")-before, clients)
}
