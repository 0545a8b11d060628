package server_test

import (
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

// eventually waits for a condition that other goroutines bring about.
func eventually(t *testing.T, condition func() bool, what string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("still waiting for: %s", what)
		}
	}
}

// stillServes asserts that the server answers others and has n clients, the one
// that asks included.
func stillServes(t *testing.T, c *servertest.Conn, n int) {
	t.Helper()
	require.Equal(t, "PONG", c.Do("PING"))
	eventually(t, func() bool { return infoField(c, "connected_clients") == fmt.Sprint(n) }, fmt.Sprint(n, " clients"))
}

// infoField returns one field of INFO.
func infoField(c *servertest.Conn, name string) string {
	text, _ := c.Do("INFO", "everything").(string)
	for line := range strings.SplitSeq(text, "\r\n") {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return value
		}
	}
	return ""
}

func TestHalfACommandThenDisconnect(t *testing.T) {
	srv := servertest.Run(t, servertest.WithSetting("dir", t.TempDir()))
	other := srv.Connect(t)
	for _, half := range []string{"*2\r\n$3\r\nGET", "*2\r\n", "$", "GET k", "*1\r\n$536870912\r\nabc", "*"} {
		c := srv.Connect(t)
		c.WriteRaw(half)
		c.Close()
	}
	stillServes(t, other, 1)
}

func TestTheTwoInputsThatEndRedcon(t *testing.T) {
	srv := servertest.Run(t, servertest.WithSetting("dir", t.TempDir()))
	other := srv.Connect(t)
	c := srv.Connect(t)
	c.WriteRaw("SET k 1\r\n*1\r\n$9223372036854775800\r\n")
	require.Equal(t, []any{"OK", resp.Error("ERR Protocol error: invalid bulk length")}, c.Closed())
	c = srv.Connect(t)
	c.WriteRaw("*9000000000000000000\r\n")
	require.Equal(t, []any{resp.Error("ERR Protocol error: invalid multibulk length")}, c.Closed())
	stillServes(t, other, 1)
}

func TestABulkOverTheLimit(t *testing.T) {
	srv := servertest.Run(t, servertest.WithSetting("dir", t.TempDir()))
	other := srv.Connect(t)
	c := srv.Connect(t)
	c.WriteRaw("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870913\r\n")
	require.Equal(t, []any{resp.Error("ERR Protocol error: invalid bulk length")}, c.Closed())
	stillServes(t, other, 1)
}

func TestAMillionArguments(t *testing.T) {
	srv := servertest.Run(t, servertest.WithSetting("dir", t.TempDir()))
	c := srv.Connect(t)
	const n = 1_000_000
	args := make([]any, 0, n+1)
	args = append(args, "DEL")
	for i := range n {
		args = append(args, i)
	}
	require.Equal(t, int64(0), c.Do(args...))
	stillServes(t, c, 1)
}

// A client that does not read its pushes is closed at its output limit, and
// nobody else notices.
func TestAClientThatNeverReads(t *testing.T) {
	srv := servertest.Run(t, servertest.WithSetting("client-output-buffer-limit", "normal 100000 0 0"))
	lazy, writer := srv.Connect3(t), srv.Connect(t)
	require.Equal(t, "OK", lazy.Do("CLIENT", "TRACKING", "ON", "BCAST"))
	long := strings.Repeat("k", 10_000)
	eventually(t, func() bool {
		for i := range 100 {
			writer.Do("SET", long+fmt.Sprint(i), "v")
		}
		return infoField(writer, "client_output_buffer_limit_disconnections") == "1"
	}, "the lazy client to be closed")
	stillServes(t, writer, 1)
	require.Equal(t, "0", infoField(writer, "tracking_clients"))
	require.Equal(t, "0", infoField(writer, "tracking_total_prefixes"))
}

func TestAClientThatVanishes(t *testing.T) {
	srv := servertest.Run(t, servertest.WithSetting("dir", t.TempDir()))
	other := srv.Connect(t)
	for name, prepare := range map[string]func(c *servertest.Conn){
		"blocked":    func(c *servertest.Conn) { c.Send("BLPOP", "l", "0") },
		"subscribed": func(c *servertest.Conn) { c.Do("SUBSCRIBE", "x") },
		"multi":      func(c *servertest.Conn) { c.Do("MULTI"); c.Do("SET", "k", "1") },
		"watch":      func(c *servertest.Conn) { c.Do("WATCH", "k") },
		"tracking":   func(c *servertest.Conn) { c.Do("CLIENT", "TRACKING", "ON"); c.Do("GET", "k") },
		"bcast":      func(c *servertest.Conn) { c.Do("CLIENT", "TRACKING", "ON", "BCAST") },
		"monitor":    func(c *servertest.Conn) { c.Do("MONITOR") },
	} {
		t.Run(name, func(t *testing.T) {
			c := srv.Connect(t)
			prepare(c)
			eventually(t, func() bool { return infoField(other, "connected_clients") == "2" }, "two clients")
			if name == "blocked" {
				srv.WaitBlocked(t, 1)
			}
			c.Close()
			stillServes(t, other, 1)
			for _, field := range []string{"blocked_clients", "pubsub_clients", "watching_clients", "tracking_clients", "tracking_total_prefixes"} {
				require.Equal(t, "0", infoField(other, field), field)
			}
			require.Equal(t, "OK", other.Do("SET", "k", "2"))
			require.Equal(t, int64(1), other.Do("RPUSH", "l", "x"))
			require.Equal(t, int64(1), other.Do("DEL", "l"))
			other.Quiet()
		})
	}
}

func TestARedirectTargetThatVanishes(t *testing.T) {
	srv := servertest.Run(t, servertest.WithSetting("dir", t.TempDir()))
	source, target, writer := srv.Connect3(t), srv.Connect(t), srv.Connect(t)
	id := target.ID()
	require.Equal(t, "OK", source.Do("CLIENT", "TRACKING", "ON", "REDIRECT", id))
	source.Do("GET", "k")
	target.Close()
	stillServes(t, writer, 2)
	writer.Do("SET", "k", "1")
	require.Equal(t, resp.Push{"tracking-redir-broken", id}, source.Read())
}

func TestTenThousandConnections(t *testing.T) {
	srv := servertest.Run(t, servertest.WithSetting("dir", t.TempDir()))
	other := srv.Connect(t)
	addr := srv.Addr()
	first, err := net.Dial("tcp", addr) // with it comes the goroutine that all sockets share
	require.NoError(t, err)
	defer first.Close()
	_, err = first.Write([]byte("PING\r\n"))
	require.NoError(t, err)
	_, err = first.Read(make([]byte, 10))
	require.NoError(t, err)
	before := runtime.NumGoroutine()
	for range 100 {
		var open []net.Conn
		for range 100 {
			c, err := net.Dial("tcp", addr)
			require.NoError(t, err)
			open = append(open, c)
		}
		for _, c := range open {
			c.Close()
		}
	}
	stillServes(t, other, 2)
	eventually(t, func() bool { return runtime.NumGoroutine() <= before }, "goroutines to end")
}

func TestAHandlerThatPanics(t *testing.T) {
	srv := servertest.Run(t, servertest.WithSetting("dir", t.TempDir()))
	other, c := srv.Connect(t), srv.Connect3(t)
	c.Do("CLIENT", "TRACKING", "ON", "BCAST")
	c.WriteRaw("SET k 1\r\nDEBUG PANIC\r\nSET k 2\r\n")
	c.Closed()
	stillServes(t, other, 1)
	require.Equal(t, "1", other.Do("GET", "k"))
	require.Equal(t, "0", infoField(other, "tracking_total_prefixes"))
}

func TestNothingIsLeftAfterClose(t *testing.T) {
	before := runtime.NumGoroutine()
	srv := servertest.Run(t, servertest.WithSetting("dir", t.TempDir()))
	for range 10 {
		srv.Connect3(t).Do("CLIENT", "TRACKING", "ON")
	}
	srv.Connect(t).Send("BLPOP", "l", "0")
	require.NoError(t, srv.Close())
	require.NoError(t, srv.Close(), "closing again")
	eventually(t, func() bool { return runtime.NumGoroutine() <= before }, "goroutines to end")
}
