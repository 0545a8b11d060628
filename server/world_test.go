package server_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

// world is the server under test. Every expectation of the tests that use it is what
// Redis 8.0.2 does. To check that, run them against one:
//
//	redis-server --port 6411 --save '' --enable-debug-command yes
//	TATTLE_TEST_ADDR=127.0.0.1:6411 go test ./server
//
// It loses all its keys and its connections, and some of its settings.
//
// With TATTLE_TEST_STREAMS=1 the server's connections are no sockets that it can poll, as
// on all systems but Linux.
type world struct {
	t     *testing.T
	addr  string
	redis bool // a real one, with TATTLE_TEST_ADDR
	admin peer // a RESP2 connection that tracks nothing
}

// newWorld starts a server, or cleans the one of TATTLE_TEST_ADDR.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, addr: os.Getenv("TATTLE_TEST_ADDR")}
	if w.redis = w.addr != ""; w.redis {
		w.admin = w.v2()
		w.reset()
		t.Cleanup(func() { servertest.Dial(t, w.addr).Do("CONFIG", "SET", "maxmemory", "0") })
	} else {
		srv := servertest.Run(t)
		if os.Getenv("TATTLE_TEST_STREAMS") != "" {
			l := listenStreams(t)
			w.addr = l.Addr().String()
			go srv.Serve(l)
		} else {
			w.addr = srv.Addr()
		}
		w.admin = w.v2()
	}
	return w
}

func (w *world) reset() {
	w.t.Helper()
	w.admin.Do("CLIENT", "KILL", "SKIPME", "yes")
	w.until(func() bool { return w.stat("connected_clients") == 1 && w.stat("tracking_clients") == 0 })
	for _, line := range []string{
		"CONFIG SET maxmemory 0 maxmemory-policy noeviction tracking-table-max-keys 1000000 notify-keyspace-events",
		"CONFIG SET requirepass", "CONFIG RESETSTAT", "DEBUG SET-ACTIVE-EXPIRE 1", "SCRIPT FLUSH", "FUNCTION FLUSH", "FLUSHALL",
	} {
		args := words(line)
		if strings.HasSuffix(line, "events") || strings.HasSuffix(line, "pass") {
			args = append(args, "")
		}
		require.Equal(w.t, "OK", w.admin.Do(args...), line)
	}
}

// v2 returns a new connection that speaks RESP2, v3 one that speaks RESP3.
func (w *world) v2() peer {
	w.t.Helper()
	c := servertest.Dial(w.t, w.addr)
	return peer{c, w.t, c.ID()}
}

func (w *world) v3() peer {
	w.t.Helper()
	p := w.v2()
	p.Hello3()
	return p
}

// stat returns a number of INFO.
func (w *world) stat(name string) int {
	w.t.Helper()
	_, after, found := strings.Cut(w.admin.Do("INFO").(string), "\r\n"+name+":")
	require.True(w.t, found, "INFO has no %s", name)
	text, _, _ := strings.Cut(after, "\r\n")
	n, err := strconv.Atoi(text)
	require.NoError(w.t, err)
	return n
}

// until waits for a condition that other goroutines or processes make true.
func (w *world) until(cond func() bool) {
	w.t.Helper()
	for end := time.Now().Add(10 * time.Second); !cond(); {
		require.True(w.t, time.Now().Before(end), "it does not come true")
	}
}

// close ends a connection and waits until the server has seen it.
func (w *world) close(p peer) {
	w.t.Helper()
	p.Close()
	w.until(func() bool { return w.admin.do("CLIENT LIST ID", p.id) == "" })
}

// dial returns a connection that has sent nothing yet.
func (w *world) dial() *servertest.Conn {
	w.t.Helper()
	return servertest.Dial(w.t, w.addr)
}

// hold makes keys with a time to live that p has read, all in one transaction, so
// that they cannot expire in between. It returns when they expire.
func (w *world) hold(p peer, ms int, keys ...string) (at int64) {
	w.t.Helper()
	p.ok("MULTI")
	for _, key := range keys {
		p.does("QUEUED", "SET", key, "v", "PX", ms)
		p.does("QUEUED", "PEXPIRETIME", key)
	}
	for _, v := range p.do("EXEC").([]any) {
		if n, isTime := v.(int64); isTime {
			at = max(at, n)
		}
	}
	return at
}

// pass waits until the server's clock is past a time. It touches no key.
func (w *world) pass(at int64) {
	w.t.Helper()
	w.until(func() bool {
		now := w.admin.do("TIME").([]any)
		sec, _ := strconv.ParseInt(now[0].(string), 10, 64)
		usec, _ := strconv.ParseInt(now[1].(string), 10, 64)
		return sec*1000+usec/1000 > at
	})
}

// peer is a connection in words that make the rules short.
type peer struct {
	*servertest.Conn
	t  *testing.T
	id int64
}

func words(line string, more ...any) []any {
	var args []any
	for _, word := range strings.Fields(line) {
		args = append(args, word)
	}
	return append(args, more...)
}

// do runs a command: its words, then further arguments.
func (p peer) do(line string, more ...any) any {
	p.t.Helper()
	return p.Do(words(line, more...)...)
}

// send sends a command and reads nothing.
func (p peer) send(line string, more ...any) {
	p.t.Helper()
	p.Send(words(line, more...)...)
}

// pipe sends commands in one write and reads nothing.
func (p peer) pipe(lines ...string) {
	p.t.Helper()
	var b []byte
	for _, line := range lines {
		b = resp.AppendCommand(b, words(line)...)
	}
	p.WriteRaw(string(b))
}

// does runs a command whose reply must be want.
func (p peer) does(want any, line string, more ...any) {
	p.t.Helper()
	require.Equal(p.t, want, p.do(line, more...), line)
}

// ok runs commands that must be answered with OK.
func (p peer) ok(lines ...string) {
	p.t.Helper()
	for _, line := range lines {
		p.does("OK", line)
	}
}

// fails runs a command that must be answered with an error.
func (p peer) fails(err string, line string, more ...any) {
	p.t.Helper()
	p.does(resp.Error(err), line, more...)
}

// next reads values that must come in this order.
func (p peer) next(want ...any) {
	p.t.Helper()
	for _, value := range want {
		require.Equal(p.t, value, p.Read())
	}
}

// gets reads values that must come in this order, and nothing else may.
func (p peer) gets(want ...any) {
	p.t.Helper()
	p.next(want...)
	p.Quiet()
}

// info returns a field of CLIENT INFO.
func (p peer) info(field string) string {
	p.t.Helper()
	text := p.do("CLIENT INFO")
	if v, ok := text.(resp.Verbatim); ok {
		text = v.Text
	}
	for _, f := range strings.Fields(text.(string)) {
		if name, value, _ := strings.Cut(f, "="); name == field {
			return value
		}
	}
	p.t.Fatalf("CLIENT INFO has no field %s", field)
	return ""
}

// inv is the push that invalidates keys.
func inv(keys ...string) resp.Push {
	l := []any{}
	for _, key := range keys {
		l = append(l, key)
	}
	return resp.Push{"invalidate", l}
}

func texts(list []any) []string {
	s := []string{}
	for _, v := range list {
		s = append(s, v.(string))
	}
	return s
}
