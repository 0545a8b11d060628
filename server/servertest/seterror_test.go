package servertest

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// A provider that does not let its clients track: one that should cache goes on
// without, which RequireCaching finds.
func TestSetErrorRefusesTracking(t *testing.T) {
	srv := Run(t)
	refused := resp.Error("ERR unknown subcommand 'TRACKING'. Try CLIENT HELP.")
	srv.SetError(string(refused), ErrorFor("CLIENT TRACKING"))
	c := srv.Connect3(t)
	require.Equal(t, refused, c.Do("CLIENT", "TRACKING", "ON"))
	require.Equal(t, c.ID(), c.Do("CLIENT", "ID"))
	require.NoError(t, srv.Set("k", "1"))
	require.Equal(t, "1", c.Do("GET", "k"))

	srv.SetError("", ErrorFor("CLIENT TRACKING"))
	require.Equal(t, "OK", c.Do("CLIENT", "TRACKING", "ON"))
}

func TestSetErrorEndsAll(t *testing.T) {
	srv := Run(t)
	c := srv.Connect(t)
	srv.SetError("A", ErrorFor("GET"), ErrorTimes(5))
	srv.SetError("B", ErrorFor("SET"))
	srv.SetError("C")
	require.Equal(t, resp.Error("A"), c.Do("GET", "k"))
	require.Equal(t, resp.Error("B"), c.Do("SET", "k", "1"))
	require.Equal(t, resp.Error("C"), c.Do("DEL", "k"))
	srv.SetError("")
	require.Equal(t, "OK", c.Do("SET", "k", "1"))
	require.Equal(t, "1", c.Do("GET", "k"))
	require.Equal(t, int64(1), c.Do("DEL", "k"))
}

func TestHostAndPort(t *testing.T) {
	srv := Run(t)
	require.Equal(t, srv.Addr(), net.JoinHostPort(srv.Host(), srv.Port()))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go srv.Serve(l) // a listener of one's own
	require.Equal(t, "PONG", Dial(t, l.Addr().String()).Do("PING"))
}
