package server_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

const (
	errNested    = "ERR MULTI calls can not be nested"
	errAborted   = "EXECABORT Transaction discarded because of previous errors."
	errOOM       = "OOM command not allowed when used memory > 'maxmemory'."
	errWrongType = "WRONGTYPE Operation against a key holding the wrong kind of value"
)

// exec queues commands and returns what EXEC answers.
func (p peer) exec(lines ...string) any {
	p.t.Helper()
	p.ok("MULTI")
	for _, line := range lines {
		p.does("QUEUED", line)
	}
	return p.do("EXEC")
}

func TestMultiErrors(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.fails("ERR EXEC without MULTI", "EXEC")
	p.fails("ERR DISCARD without MULTI", "DISCARD")
	p.ok("MULTI")
	p.fails(errNested, "MULTI")
	p.fails("ERR WATCH inside MULTI is not allowed", "WATCH k")
	p.does("QUEUED", "SET k 1")
	p.does([]any{"OK"}, "EXEC") // neither error spoils it

	for name, bad := range map[string]string{"unknown": "NOPE", "arity": "GET", "subcommand": "CLIENT NOPE", "not in MULTI": "SHUTDOWN ABORT"} {
		p.ok("MULTI")
		require.IsType(t, resp.Error(""), p.do(bad), name)
		p.does("QUEUED", "SET k 2")
		p.fails(errAborted, "EXEC")
		p.does("1", "GET k")
	}
	p.ok("MULTI")
	p.fails("EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command", "EXEC x")
	p.fails("ERR EXEC without MULTI", "EXEC")
	p.ok("MULTI")
	p.does("QUEUED", "SET k 2")
	p.ok("DISCARD")
	p.does("1", "GET k")
}

func TestExecGoesOnAfterErrors(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.ok("SET k str")
	require.Equal(t, []any{resp.Error(errWrongType), resp.Error("ERR value is not an integer or out of range"), "OK"}, p.exec("LPUSH k 1", "INCR k", "SET k 2"))
	p.does("2", "GET k")
}

func TestNobodyWaitsInExec(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	require.Equal(t, []any{nil, nil, nil, nil, nil, nil, int64(0)}, p.exec("BLPOP l 0", "BLMOVE l m LEFT LEFT 0", "BRPOPLPUSH l m 0",
		"BLMPOP 0 1 l LEFT", "BZPOPMIN z 0", "BZMPOP 0 1 z MIN", "WAIT 1 0"))
	w.admin.does(int64(1), "RPUSH l x")
	require.Equal(t, []any{[]any{"l", "x"}}, p.exec("BLPOP l 0"))
}

func TestExecChangesTheConnection(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	require.Equal(t, []any{"OK", "OK"}, p.exec("SELECT 3", "SET k v"))
	p.does("v", "GET k")
	r := p.exec("HELLO 3", "GET nothing").([]any)
	require.IsType(t, resp.Map{}, r[0])
	require.Nil(t, r[1])
	require.Equal(t, "3", p.info("resp"))
	p.do("HELLO 2")

	require.Equal(t, []any{[]any{"subscribe", "c", int64(1)}, int64(1), []any{"pong", ""}, []any{"unsubscribe", "c", int64(0)}},
		p.exec("SUBSCRIBE c", "PUBLISH c m", "PING", "UNSUBSCRIBE c"))
	p.gets([]any{"message", "c", "m"})
	require.Equal(t, []any{resp.Error("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"),
		resp.Error("ERR MONITOR isn't allowed for DENY BLOCKING client")}, p.exec("SSUBSCRIBE c", "MONITOR"))
	p.ok("MULTI", "QUIT")
	p.Closed()
}

// What makes EXEC do nothing, and what does not.
func TestWatch(t *testing.T) {
	w := newWorld(t)
	p, other := w.v2(), w.v2()
	for name, tt := range map[string]struct {
		before, change string // by the watcher before WATCH, by another after it
		fails          bool
	}{
		"a write":                      {"SET k 1", "SET k 2", true},
		"the same value":               {"SET k 1", "SET k 1", true},
		"another key":                  {"SET k 1", "SET l 1", false},
		"removed":                      {"SET k 1", "DEL k", true},
		"created":                      {"PING", "SET k 1", true},
		"removed though it is missing": {"PING", "DEL k", false},
		"a read":                       {"SET k 1", "GET k", false},
		"a touch":                      {"SET k 1", "TOUCH k", false},
		"a time to live":               {"SET k 1", "EXPIRE k 100", true},
		"a time to live removed":       {"SET k 1 EX 100", "PERSIST k", true},
		"none to remove":               {"SET k 1", "PERSIST k", false},
		"renamed":                      {"SET k 1", "RENAME k l", true},
		"renamed to itself":            {"SET k 1", "RENAME k k", false},
		"overwritten by RENAME":        {"SET l 1", "RENAME l k", true},
		"copied from":                  {"SET k 1", "COPY k l", false},
		"copied to":                    {"SET l 1", "COPY l k", true},
		"FLUSHALL":                     {"SET k 1", "FLUSHALL", true},
		"FLUSHDB ASYNC":                {"SET k 1", "FLUSHDB ASYNC", true},
		"FLUSHALL of nothing":          {"PING", "FLUSHALL", false},
		"SWAPDB away":                  {"SET k 1", "SWAPDB 0 1", true},
		"SWAPDB of others":             {"SET k 1", "SWAPDB 2 3", false},
		"SWAPDB with itself":           {"SET k 1", "SWAPDB 0 0", false},
		"SWAPDB of nothing":            {"PING", "SWAPDB 0 1", false},
		"an element":                   {"RPUSH k a", "LSET k 0 b", true},
		"an element that is there":     {"SADD k a", "SADD k a", false},
		"emptied":                      {"SADD k a", "SREM k a", true},
		"a script's write":             {"SET k 1", "EVAL return(redis.call('set','k','2')) 0", true},
	} {
		other.ok("FLUSHALL")
		p.do(tt.before)
		p.ok("WATCH nothing k")
		other.do(tt.change)
		want := any([]any{"PONG"})
		if tt.fails {
			want = nil
		}
		require.Equal(t, want, p.exec("PING"), name)
		require.Equal(t, []any{"PONG"}, p.exec("PING"), "EXEC ended the watch: %s", name)
	}
}

func TestWatchOnesOwnChanges(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.ok("WATCH k", "SET k 1")
	require.Nil(t, p.exec("GET k"))
	p.ok("WATCH k")
	require.Equal(t, []any{"OK", "2"}, p.exec("SET k 2", "GET k"))
	p.ok("WATCH k", "MULTI") // and between MULTI and EXEC
	w.admin.ok("SET k 3")
	p.does("QUEUED", "SET k 4")
	p.does(nil, "EXEC")
	p.does("3", "GET k")
}

func TestWatchOtherDatabase(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.ok("WATCH k", "SELECT 1")
	w.admin.ok("SELECT 1", "SET k 1", "SELECT 0")
	require.Equal(t, []any{"PONG"}, p.exec("PING"))
	p.ok("SELECT 0", "WATCH k", "SELECT 1")
	w.admin.ok("SET k 1")
	require.Nil(t, p.exec("PING"))
	p.ok("SELECT 0", "WATCH k")
	w.admin.ok("SELECT 1")
	w.admin.does(int64(0), "MOVE k 0")
	w.admin.ok("SELECT 0")
	require.Equal(t, []any{"PONG"}, p.exec("PING"))
}

func TestUnwatch(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	for _, lines := range [][]string{{"UNWATCH"}, {"MULTI", "DISCARD"}} {
		p.ok("WATCH k")
		w.admin.ok("SET k 1")
		p.ok(lines...)
		w.admin.ok("SET k 2")
		require.Equal(t, []any{"PONG"}, p.exec("PING"), lines)
	}
	p.ok("WATCH k")
	w.admin.ok("SET k 3")
	p.does("RESET", "RESET")
	require.Equal(t, []any{"OK"}, p.exec("UNWATCH"))
	require.Equal(t, "0", p.info("watch"))
}

// A key that expires under WATCH has changed, whether or not anybody noticed; one
// that had expired before has not, even when it is removed.
func TestWatchAndExpiry(t *testing.T) {
	w := newWorld(t)
	w.admin.ok("DEBUG SET-ACTIVE-EXPIRE 0")
	p := w.v2()
	watchLive := func() (at int64) {
		for {
			p.ok("MULTI")
			p.does("QUEUED", "SET k v PX 5")
			p.does("QUEUED", "PEXPIRETIME k")
			at = p.do("EXEC").([]any)[1].(int64)
			p.ok("WATCH k")
			if p.do("EXISTS k") == int64(1) {
				return at
			}
			p.ok("UNWATCH")
		}
	}
	w.pass(watchLive())
	require.Nil(t, p.exec("PING"), "expired, still there")
	w.pass(watchLive())
	w.admin.does(nil, "GET k")
	require.Nil(t, p.exec("PING"), "expired and removed")

	for name, change := range map[string]struct {
		line string
		want any
	}{
		"nothing":        {"PING", []any{"PONG"}},
		"removed":        {"GET k", []any{"PONG"}},
		"flushed":        {"FLUSHALL", []any{"PONG"}},
		"set again":      {"SET k v", nil},
		"removed by DEL": {"DEL k", []any{"PONG"}},
	} {
		w.pass(w.hold(p, 1, "k"))
		p.ok("WATCH k")
		w.admin.do(change.line)
		require.Equal(t, change.want, p.exec("PING"), name)
	}
	w.admin.ok("DEBUG SET-ACTIVE-EXPIRE 1")
}

// Memory is looked at when commands are queued, and again at EXEC if one of them
// may need some.
func TestMultiOutOfMemory(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	low := func() { t.Helper(); w.admin.ok("CONFIG SET maxmemory 1") }
	enough := func() { t.Helper(); w.admin.ok("CONFIG SET maxmemory 0") }
	defer enough()
	p.ok("MULTI")
	low()
	p.fails(errOOM, "SET k 1")
	enough()
	p.fails(errAborted, "EXEC")

	p.ok("MULTI")
	p.does("QUEUED", "SET k 1")
	low()
	p.fails("EXECABORT Transaction discarded because of: "+errOOM, "EXEC")
	p.fails("ERR EXEC without MULTI", "EXEC")

	p.ok("MULTI")
	p.does("QUEUED", "GET k")
	p.does("QUEUED", "DEL k")
	p.does([]any{nil, int64(0)}, "EXEC")
}

// A client that kills itself in a transaction ends behind it: all commands run, and the
// reply to the one that killed it is its last.
func TestKillOneselfInATransaction(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.ok("MULTI")
	for _, line := range []string{"SET a 1", fmt.Sprint("CLIENT KILL ID ", p.id, " SKIPME no"), "SET b 1", "GET b"} {
		p.does("QUEUED", line)
	}
	p.pipe("EXEC", "SET c 1")
	require.Equal(t, "*4\r\n+OK\r\n:1\r\n", p.ReadAll())
	w.admin.does([]any{"1", "1", nil}, "MGET a b c")
}
