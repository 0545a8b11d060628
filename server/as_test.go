package server_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/servertest"
	"github.com/tattle-server/tattle/tracking"
)

// as runs a line as a client.
func as(t *testing.T, srv *servertest.Server, id uint64, line string) any {
	t.Helper()
	reply, err := srv.Lab().As(id, strings.Fields(line)...)
	if e, failed := err.(resp.Error); failed {
		return e
	}
	require.NoError(t, err)
	return reply
}

func idOf(c *servertest.Conn) uint64 { return uint64(c.ID()) }

// The reply is the caller's; whatever else the command does is as if the client had sent it.
func TestAs(t *testing.T) {
	srv := servertest.Run(t)
	c, other := srv.Connect3(t), srv.Connect3(t)
	id := idOf(c)
	require.Equal(t, "OK", as(t, srv, id, "SELECT 3"))
	require.Equal(t, "OK", as(t, srv, id, "CLIENT TRACKING ON NOLOOP OPTIN"))
	require.Equal(t, "OK", as(t, srv, id, "CLIENT CACHING YES"))
	require.Nil(t, as(t, srv, id, "GET k"))
	require.True(t, srv.Lab().Holds(id, "k"))
	require.Nil(t, as(t, srv, id, "GET k2"), "CACHING is used up")
	require.False(t, srv.Lab().Holds(id, "k2"))
	require.Equal(t, "OK", as(t, srv, id, "SET k v"), "its own write, of which NOLOOP keeps silent")
	require.False(t, srv.Lab().Holds(id, "k"))
	require.Equal(t, "PONG", c.Do("PING"))
	srv.DB(3).CheckGet(t, "k", "v")

	require.Equal(t, resp.Map{{Key: "f", Value: "v"}}, func() any { as(t, srv, id, "HSET h f v"); return as(t, srv, id, "HGETALL h") }())
	require.Equal(t, resp.Error("WRONGTYPE Operation against a key holding the wrong kind of value"), as(t, srv, id, "GET h"))
	require.Equal(t, resp.WrongArity("get"), as(t, srv, id, "GET"))
	require.Contains(t, as(t, srv, id, "NOPE"), "unknown command")
	require.Nil(t, as(t, srv, id, "BLPOP l 0"), "as in a transaction nothing waits")

	other.Do("CLIENT", "TRACKING", "ON")
	other.Do("SELECT", 3)
	other.Do("GET", "k")
	as(t, srv, id, "DEL k")
	require.Equal(t, resp.Push{"invalidate", []any{"k"}}, other.Read())
	require.Equal(t, "PONG", c.Do("PING"))
}

// Pushes go to the client, behind what it has been sent.
func TestAsSendsPushesToTheClient(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect3(t)
	id := idOf(c)
	c.Do("CLIENT", "TRACKING", "ON")
	c.Do("MGET", "a", "b")
	require.Equal(t, "OK", as(t, srv, id, "MSET a 1 b 2"))
	require.Equal(t, resp.Push{"invalidate", []any{"a"}}, c.Read())
	require.Equal(t, resp.Push{"invalidate", []any{"b"}}, c.Read())
	c.Do("SUBSCRIBE", "ch")
	require.Equal(t, int64(1), as(t, srv, id, "PUBLISH ch hello"))
	require.Equal(t, resp.Push{"message", "ch", "hello"}, c.Read())
	require.Equal(t, "PONG", c.Do("PING"))
}

// A transaction is the client's, whoever speaks for it.
func TestAsInATransaction(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect3(t)
	id := idOf(c)
	c.Do("CLIENT", "TRACKING", "ON")
	c.Do("GET", "k")
	require.Equal(t, "OK", as(t, srv, id, "MULTI"))
	require.Equal(t, "QUEUED", c.Do("SET", "k", "1"))
	require.Equal(t, "QUEUED", as(t, srv, id, "GET k"))
	require.Equal(t, "QUEUED", as(t, srv, id, "CLIENT REPLY ON"))
	require.Equal(t, []any{"OK", "1", "OK"}, as(t, srv, id, "EXEC"))
	require.Equal(t, resp.Push{"invalidate", []any{"k"}}, c.Read())
	require.Equal(t, "PONG", c.Do("PING"))

	srv.Handle("MY.GET", func(*servertest.Request) (any, error) { return "x", nil })
	c.Do("MULTI")
	c.Do("MY.GET")
	require.Equal(t, resp.Error("EXECABORT Transaction discarded because of: 'exec' can be run by its own client only"), as(t, srv, id, "EXEC"))
	require.Equal(t, resp.Error("ERR a function of the test answers this command, and nothing can wait for it here"), as(t, srv, id, "MY.GET"))
}

// What changes the connection itself is done, and its reply is the caller's too.
func TestAsChangesTheConnection(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect(t)
	id := idOf(c)
	require.IsType(t, resp.Map{}, as(t, srv, id, "HELLO 3"))
	c.Do("HSET", "h", "f", "v")
	require.Equal(t, resp.Map{{Key: "f", Value: "v"}}, c.Do("HGETALL", "h"))
	require.Nil(t, as(t, srv, id, "CLIENT REPLY OFF"))
	require.Nil(t, as(t, srv, id, "PING"))
	require.Equal(t, "OK", as(t, srv, id, "CLIENT REPLY ON"))
	require.Nil(t, as(t, srv, id, "CLIENT REPLY SKIP"))
	require.Equal(t, "PONG", as(t, srv, id, "PING"))
	c.Send("PING")
	require.Equal(t, "x", c.Do("ECHO", "x"))
	require.Equal(t, "RESET", as(t, srv, id, "RESET"))
	require.Equal(t, []any{"f", "v"}, c.Do("HGETALL", "h"))
	require.Equal(t, "OK", as(t, srv, id, "QUIT"))
	require.Empty(t, c.Closed())
	_, err := srv.Lab().As(id, "PING")
	require.ErrorIs(t, err, server.ErrNoClient)
}

func TestAsIsRefused(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect(t)
	id := idOf(c)
	for _, line := range []string{"SUBSCRIBE ch", "TATTLE STATS", "SUNSUBSCRIBE"} {
		require.Contains(t, as(t, srv, id, line), "can be run by its own client only")
	}
	require.Contains(t, as(t, srv, id, "MONITOR"), "DENY BLOCKING")
	require.Equal(t, resp.ErrSyntax, as(t, srv, id, ""))
	srv.Do("ACL", "SETUSER", "default", "-get")
	require.Contains(t, as(t, srv, id, "GET k"), "NOPERM")
	srv.Do("ACL", "SETUSER", "default", "+get")
	require.NoError(t, srv.Lab().InjectError(server.InjectedError{Text: "OOPS", Times: 1}))
	require.Equal(t, resp.Error("OOPS"), as(t, srv, id, "GET k"))

	c.Send("BLPOP", "l", 0)
	srv.WaitBlocked(t, 1)
	require.Contains(t, as(t, srv, id, "GET k"), "waits in a command")
	srv.Do("RPUSH", "l", "x")
	require.Equal(t, []any{"l", "x"}, c.Read())
	srv.Do("CLIENT", "PAUSE", 1000000, "WRITE")
	require.Equal(t, resp.Error("ERR CLIENT PAUSE postpones this command"), as(t, srv, id, "SET k v"))
	require.Nil(t, as(t, srv, id, "GET k"))
}

// A command that panics costs the connection of the client whose command it is.
func TestAsPanics(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect(t)
	_, err := srv.Lab().As(idOf(c), "DEBUG", "PANIC")
	require.ErrorContains(t, err, "DEBUG panicked")
	require.Empty(t, c.Closed())
}

// The events of the command are the client's, and refer to the call.
func TestAsIsAFault(t *testing.T) {
	x := watch(t)
	id := idOf(x.a)
	_, err := x.Lab().As(id, "SET", "k", "v")
	require.NoError(t, err)
	events := x.w.Since(0)
	fault := only(t, events, tracking.Faulted)
	require.Equal(t, "somebody else runs a command as this client: SET", fault.Text)
	require.Equal(t, id, fault.Client)
	n := 0
	for _, e := range events {
		if e.Command == "set" && (e.Kind == tracking.Began || e.Kind == tracking.Ended) {
			require.Equal(t, []uint64{fault.Seq, id}, []uint64{e.Fault, e.Client}, e.String())
			n++
		}
	}
	require.Equal(t, 2, n)
}
