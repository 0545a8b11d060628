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

const moving = ">2\r\n$6\r\nMOVING\r\n:30\r\n"

// pushTo pushes bytes to a client.
func pushTo(t *testing.T, srv *servertest.Server, c *servertest.Conn, frame string, where server.Place) {
	t.Helper()
	require.NoError(t, srv.Lab().Push(uint64(c.ID()), []byte(frame), where))
}

func TestPush(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect3(t)
	pushTo(t, srv, c, moving, server.Now)
	require.Equal(t, resp.Push{"MOVING", int64(30)}, c.Read())

	// Before the reply to what comes next, though nothing comes before that.
	pushTo(t, srv, c, moving, server.BeforeReply)
	c.Send("GET", "k")
	require.Equal(t, resp.Push{"MOVING", int64(30)}, c.Read())
	require.Nil(t, c.Read())
	require.Equal(t, "PONG", c.Do("PING"))

	// Before the acknowledgement of SUBSCRIBE, as old servers did.
	pushTo(t, srv, c, ">2\r\n$10\r\ninvalidate\r\n_\r\n", server.BeforeReply)
	c.Send("SUBSCRIBE", "ch")
	require.Equal(t, resp.Push{"invalidate", nil}, c.Read())
	require.Equal(t, resp.Push{"subscribe", "ch", int64(1)}, c.Read())

	// Torn: the rest follows, or does not.
	id := uint64(c.ID())
	require.NoError(t, srv.Lab().Push(id, []byte(moving[:9]), server.Now))
	require.NoError(t, srv.Lab().Push(id, []byte(moving[9:]), server.Now))
	require.Equal(t, resp.Push{"MOVING", int64(30)}, c.Read())
	require.ErrorIs(t, srv.Lab().Push(12345, nil, server.Now), server.ErrNoClient)
}

// Inside of a reply there must be something to be inside of: other replies go by.
func TestPushInsideAReply(t *testing.T) {
	srv := servertest.Run(t)
	c := servertest.Dial(t, srv.Addr())
	c.Do("RPUSH", "l", "a", "b")
	c.Do("SET", "long", strings.Repeat("x", 100<<10))
	pushTo(t, srv, c, moving, server.InsideReply)
	pushTo(t, srv, c, ">1\r\n+two\r\n", server.InsideReply)
	require.Equal(t, "PONG", c.Do("PING"))
	require.Equal(t, []any{}, c.Do("LRANGE", "none", 0, -1))
	require.Nil(t, c.Do("BLPOP", "none", 0.01))
	c.Send("LRANGE", "l", 0, -1)
	c.Send("PING")
	c.NetConn().(interface{ CloseWrite() error }).CloseWrite()
	require.Equal(t, "*2\r\n"+moving+">1\r\n+two\r\n$1\r\na\r\n$1\r\nb\r\n+PONG\r\n", c.ReadAll())

	c = servertest.Dial(t, srv.Addr())
	pushTo(t, srv, c, moving, server.InsideReply)
	c.Send("MGET", "long", "long")
	c.NetConn().(interface{ CloseWrite() error }).CloseWrite()
	long := "$102400\r\n" + strings.Repeat("x", 100<<10) + "\r\n"
	require.Equal(t, "*2\r\n"+moving+long+long, c.ReadAll())
}

// A push that waits goes with its client, whatever else is there: a hook, other faults, TATTLE.
func TestPushesThatWait(t *testing.T) {
	srv := servertest.Run(t)
	c, other := srv.Connect3(t), srv.Connect3(t)
	srv.Before(func(*servertest.Request) error { return nil })
	pushTo(t, srv, c, moving, server.BeforeReply)
	require.Equal(t, "PONG", other.Do("PING"))
	c.Send("PING")
	require.Equal(t, resp.Push{"MOVING", int64(30)}, c.Read())
	require.Equal(t, "PONG", c.Read())
	srv.Before(nil)

	pushTo(t, srv, c, moving, server.InsideReply)
	pushTo(t, srv, other, moving, server.BeforeReply)
	c.Close()
	srv.Do("PING")
	other.Send("PING")
	require.Equal(t, resp.Push{"MOVING", int64(30)}, other.Read())
}

// A push is an event that its Faulted event causes.
func TestPushIsAFault(t *testing.T) {
	for _, where := range []server.Place{server.Now, server.BeforeReply, server.InsideReply} {
		t.Run(where.String(), func(t *testing.T) {
			x := watch(t)
			require.NoError(t, x.Lab().Push(uint64(x.a.ID()), []byte(moving), where))
			x.a.Send("MGET", "a", "b")
			x.a.Send("PING")
			for x.a.Read() != "PONG" {
			}
			events := x.w.Since(0)
			fault, pushed := only(t, events, tracking.Faulted), only(t, events, tracking.Pushed)
			require.Equal(t, "bytes are pushed "+where.String()+`: ">2\r\n$6\r\nMOVING\r\n:30\r\n"`, fault.Text)
			require.Equal(t, fault.Seq, pushed.CausedBy)
			require.Equal(t, moving, string(pushed.Bytes))
		})
	}
}

// The table lets go of a key as at its limit: its holders are told and BCAST is not, and all of it leads to the call.
func TestEvictKey(t *testing.T) {
	x := watch(t)
	x.a.Do("CLIENT", "TRACKING", "ON")
	x.b.Do("CLIENT", "TRACKING", "ON", "BCAST")
	x.a.Do("GET", "k")
	require.False(t, x.Lab().EvictKey("none"))
	require.True(t, x.Lab().EvictKey("k"))
	require.Equal(t, resp.Push{"invalidate", []any{"k"}}, x.a.Read())
	require.False(t, x.Lab().Holds(uint64(x.a.ID()), "k"))
	require.Equal(t, "PONG", x.b.Do("PING"))
	events := x.w.Since(0)
	fault, forgotten, message, pushed := only(t, events, tracking.Faulted), only(t, events, tracking.Forgotten), only(t, events, tracking.Message), only(t, events, tracking.Pushed)
	require.Equal(t, `the key "k" is taken out of the tracking table`, fault.Text)
	require.Equal(t, []uint64{fault.Seq, fault.Seq, message.Seq}, []uint64{forgotten.CausedBy, message.CausedBy, pushed.CausedBy})
	require.Equal(t, tracking.Limit, message.Cause)
}
