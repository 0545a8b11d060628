package render_test

import (
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/internal/transcript"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/journal/render"
	"github.com/tattle-server/tattle/server/servertest"
	"github.com/tattle-server/tattle/tracking"
)

// recorded returns what happens on a server while fn runs.
func recorded(t *testing.T, fn func(t *testing.T, srv *servertest.Server), opts ...servertest.Option) []tracking.Event {
	srv := servertest.Run(t, opts...)
	var mu sync.Mutex
	var events []tracking.Event
	srv.OnEvent(func(e tracking.Event) { mu.Lock(); events = append(events, e); mu.Unlock() })
	fn(t, srv)
	srv.Close() // waits for OnEvent
	mu.Lock()
	defer mu.Unlock()
	return events
}

func written(t *testing.T, format string, events []tracking.Event) string {
	var b strings.Builder
	require.NoError(t, render.Write(&b, format, events))
	return b.String()
}

// manual lets a session have a time of its own.
var manual = servertest.WithManualClock(time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC))

// sessions are what the tests of the formats record.
var sessions = []struct {
	name string
	opts []servertest.Option
	run  func(t *testing.T, srv *servertest.Server)
}{
	{"every mode", nil, func(t *testing.T, srv *servertest.Server) {
		a, b, app := srv.Connect3(t), srv.Connect(t), srv.Connect3(t)
		app.Do("CLIENT", "SETNAME", "app")
		a.Do("CLIENT", "TRACKING", "ON", "NOLOOP")
		app.Do("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "user:", "PREFIX", "x y")
		a.Do("GET", "user:1")
		a.Do("SET", "user:1", "Ada\r\n\xff\"\\")
		app.Read()
		a.Do("GET", "user:1")
		b.Do("MSET", "user:1", "2", "x yz", "", "other", "3")
		a.Read()
		app.Read()
		app.Read()
		a.Do("CLIENT", "TRACKING", "OFF")
		a.Do("CLIENT", "TRACKING", "ON", "OPTIN")
		a.Do("GET", "other")
		a.Do("CLIENT", "CACHING", "YES")
		a.Do("GET", "other")
		b.Do("DEL", "other")
		a.Read()
		b.Do("FLUSHALL")
		a.Read()
		app.Read()
		a.Do("INCR", "user:1")
		app.Read()
		b.Do("LPUSH", "user:1", "wrong type")
		b.Do("EVAL", "return {1, redis.call('SET', KEYS[1], ARGV[1]), false, {'a'}}", "1", "$k", "12")
		b.Do("HSET", "h", "f", "v", "g", "w")
		a.Do("HGETALL", "h")
		a.Do("ZADD", "z", "1.5", "m")
		a.Do("ZSCORE", "z", "m")
		a.Do("SADD", "s", "x", "y")
		a.Do("SMEMBERS", "s")
		a.Do("TIME")
		a.Do("INFO")
	}},
	{"own writes, transactions, flushes", nil, func(t *testing.T, srv *servertest.Server) {
		a, b := srv.Connect3(t), srv.Connect3(t)
		a.Do("CLIENT", "TRACKING", "ON")
		a.Do("MGET", "k", "l")
		a.Do("SET", "k", "1")
		a.Read()
		a.Do("GET", "k")
		a.Do("MULTI")
		a.Do("SET", "l", "2")
		a.Do("INCR", "k")
		a.Do("TIME")
		a.Do("EXEC")
		a.Read()
		a.Read()
		a.Do("GET", "k")
		a.Do("FLUSHALL")
		a.Read()
		b.Do("CLIENT", "TRACKING", "ON", "BCAST")
		a.Do("MULTI")
		a.Do("FLUSHDB")
		a.Do("EXEC")
		a.Read()
		b.Read()
		b.Do("SET", "k", "1")
		b.Read()
		b.Do("MULTI")
		b.Do("SET", "k", "never")
	}},
	{"redirection", nil, func(t *testing.T, srv *servertest.Server) {
		a, to, b := srv.Connect3(t), srv.Connect(t), srv.Connect3(t)
		to.Do("SUBSCRIBE", "__redis__:invalidate", "more")
		to.Read()
		a.Do("CLIENT", "TRACKING", "ON", "REDIRECT", to.Client(srv).ID)
		a.Do("CLIENT", "GETREDIR")
		a.Do("CLIENT", "TRACKINGINFO")
		a.Do("CLIENT", "ID")
		a.Do("GET", "k")
		b.Do("SET", "k", "1")
		to.Read()
		b.Do("FLUSHALL")
		to.Read()
		b.Do("CLIENT", "TRACKING", "ON", "REDIRECT", a.ID())
		b.Do("GET", "k")
		a.Do("SET", "k", "2") // its own push for another follows the reply
		a.Read()
		a.Do("GET", "k")
		to.Close()
		srv.Eventually(t, "it to be gone", func() bool { return len(srv.Clients()) == 2 })
		b.Do("SET", "k", "3")
		a.Read()
		a.Do("CLIENT", "KILL", "ID", b.Client(srv).ID)
		b.Closed()
		a.Do("QUIT")
	}},
	{"pipelines", nil, func(t *testing.T, srv *servertest.Server) {
		a, b := srv.Connect3(t), srv.Connect3(t)
		a.Do("CLIENT", "TRACKING", "ON", "BCAST")
		b.Do("CLIENT", "TRACKING", "ON", "OPTIN")
		b.WriteRaw("CLIENT CACHING YES\r\nMULTI\r\nPTTL k\r\nGET k\r\nEXEC\r\n")
		for range 5 {
			b.Read()
		}
		b.WriteRaw("SET k 1\r\nSET l 2\r\nGET l\r\nSET m 3\r\n")
		for range 5 {
			b.Read()
		}
		require.Equal(t, resp.Push{"invalidate", []any{"k", "l", "m"}}, a.Read())
	}},
	{"channels", nil, func(t *testing.T, srv *servertest.Server) {
		a, b := srv.Connect3(t), srv.Connect(t)
		b.Do("CONFIG", "SET", "notify-keyspace-events", "KEA")
		b.Do("PSUBSCRIBE", "*:k")
		a.Do("CLIENT", "TRACKING", "ON")
		a.Do("SUBSCRIBE", "ch")
		a.Do("GET", "k")
		a.Do("SET", "k", "1")
		a.Read() // its invalidation
		b.Read()
		a.Do("PUBLISH", "ch", "to myself")
		a.Read()
	}},
	{"databases and direct access", nil, func(t *testing.T, srv *servertest.Server) {
		a := srv.Connect3(t)
		a.Do("CLIENT", "TRACKING", "ON")
		a.Do("GET", "k")
		srv.DB(3).Set("k", "1")
		a.Read()
		srv.HSet("h", "f", "v")
		srv.Call(3, "GET", "k")
	}},
	{"what blocks, and what is silent", nil, func(t *testing.T, srv *servertest.Server) {
		a, b, c := srv.Connect3(t), srv.Connect(t), srv.Connect3(t)
		a.Do("CLIENT", "TRACKING", "ON", "BCAST")
		b.Send("BLPOP", "l", "0")
		srv.WaitBlocked(t, 1)
		a.Do("RPUSH", "l", "x", "y")
		a.Read()
		b.Read()
		c.Send("CLIENT", "REPLY", "OFF")
		c.Send("SET", "k", "1")
		a.Read()
		b.Send("BLPOP", "empty", "0")
		srv.WaitBlocked(t, 1)
		a.Do("GET", "k")
	}},
	{"keys that expire", []servertest.Option{manual}, func(t *testing.T, srv *servertest.Server) {
		a, b := srv.Connect3(t), srv.Connect3(t)
		a.Do("CLIENT", "TRACKING", "ON")
		b.Do("SET", "k", "1", "PX", "20")
		b.Do("SET", "l", "1", "PX", "400") // a real server may take 100 ms to notice
		a.Do("MGET", "k", "l")
		srv.FastForward(25 * time.Millisecond)
		a.Read()
		a.Do("GET", "k")
		srv.FastForward(400 * time.Millisecond)
		a.Read()
	}},
	{"keys that are found expired", []servertest.Option{manual}, func(t *testing.T, srv *servertest.Server) {
		a, b := srv.Connect3(t), srv.Connect3(t)
		b.Do("DEBUG", "SET-ACTIVE-EXPIRE", "0")
		a.Do("CLIENT", "TRACKING", "ON")
		b.Do("SET", "k", "1", "PX", "20")
		a.Do("GET", "k")
		srv.FastForward(25 * time.Millisecond)
		a.Do("GET", "k")
		a.Read()
	}},
	{"secrets and long words", nil, func(t *testing.T, srv *servertest.Server) {
		a := srv.Connect3(t)
		a.Do("CONFIG", "SET", "requirepass", "s3cret")
		a.Do("AUTH", "s3cret")
		a.Do("CONFIG", "SET", "requirepass", "")
		a.Do("SET", "long", strings.Repeat("x", 5000))
		a.Do("EVAL", "return string.rep('y', 5000)", "0")
		a.Do("NO-SUCH-COMMAND")
		a.Do("PING")
	}},
	{"names", nil, func(t *testing.T, srv *servertest.Server) {
		for _, name := range []string{"app", "app", "c9", "func", "two-words", "t"} {
			c := srv.Connect3(t)
			c.Do("CLIENT", "SETNAME", name)
			c.Do("GET", "k")
		}
		c := srv.Connect(t)
		c.Do("HELLO", "3", "SETNAME", "greeter")
		c.Do("HELLO", "2")
		c.Do("HELLO", "4")
	}},
}

// A transcript of a session passes on a fresh server.
func TestTranscriptsPlay(t *testing.T) {
	for _, s := range sessions {
		t.Run(s.name, func(t *testing.T) {
			text := written(t, "transcript", recorded(t, s.run, s.opts...))
			script, err := transcript.Parse(s.name, text)
			require.NoError(t, err, text)
			require.NoError(t, script.Run(servertest.Run(t).Addr()), text)
		})
	}
}

// Go tests of sessions compile and pass.
func TestGoTestsPass(t *testing.T) {
	dir, err := os.MkdirTemp(".", "_sessions-") // inside of the module, for its imports
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	for i, s := range sessions {
		code := written(t, "gotest", recorded(t, s.run, s.opts...))
		tidy, err := format.Source([]byte(code))
		require.NoError(t, err, code)
		require.Equal(t, string(tidy), code)
		code = strings.Replace(code, "TestSession", "TestSession"+strings.Repeat("I", i), 1)
		require.NoError(t, os.WriteFile(filepath.Join(dir, strings.ReplaceAll(s.name, " ", "-")+"_test.go"), []byte(code), 0o600))
	}
	out, err := exec.Command("go", "test", "-count=1", "./"+dir).CombinedOutput()
	require.NoError(t, err, string(out))
}
