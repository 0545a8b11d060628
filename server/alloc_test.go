package server_test

import (
	"io"
	"net"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
)

// wire is a client that allocates nothing.
type wire struct {
	conn net.Conn
	in   [1024]byte
}

func dialWire(t *testing.T, s *server.Server) *wire {
	conn, err := net.Dial("tcp", s.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return &wire{conn: conn}
}

// do sends a request and hears a reply.
func (w *wire) do(request []byte, reply string) {
	if _, err := w.conn.Write(request); err != nil {
		panic(err)
	}
	w.hear(reply)
}

func (w *wire) hear(want string) {
	b := w.in[:len(want)]
	if _, err := io.ReadFull(w.conn, b); err != nil || string(b) != want {
		panic("heard " + string(b))
	}
}

// TestHotPathsDoNotAllocate sends commands over sockets, and counts what the whole
// process allocates for one.
func TestHotPathsDoNotAllocate(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("a connection that cannot be polled has goroutines of its own")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // which would empty the pools of buffers
	cfg := config.New()
	cfg.Port = 0
	s, err := server.Start(server.Options{Config: cfg})
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.Listen("tcp", "127.0.0.1:0"))
	a, b := dialWire(t, s), dialWire(t, s)
	command := func(words ...any) []byte { return resp.AppendCommand(nil, words...) }
	get, set, other := command("GET", "key"), command("SET", "key", "value"), command("SET", "other", "value")
	const ok, value, push = "+OK\r\n", "$5\r\nvalue\r\n", ">2\r\n$10\r\ninvalidate\r\n*1\r\n$3\r\nkey\r\n"
	b.do(set, ok)
	b.do(other, ok)

	allocs := func(f func()) float64 { return testing.AllocsPerRun(500, f) }
	require.Zero(t, allocs(func() { b.do(get, value) }), "GET")
	require.Zero(t, allocs(func() { b.do(set, ok) }), "SET over a value as long")

	_, err = a.conn.Write(append(command("HELLO", "3"), command("CLIENT", "TRACKING", "ON")...))
	require.NoError(t, err)
	for heard := ""; !strings.HasSuffix(heard, ok); {
		n, err := a.conn.Read(a.in[:])
		require.NoError(t, err)
		heard += string(a.in[:n])
	}
	a.do(get, value)
	require.Zero(t, allocs(func() { a.do(get, value) }), "GET of a key that the client holds")
	require.Zero(t, allocs(func() {
		a.do(get, value)
		b.do(set, ok)
		a.hear(push)
	}), "to remember a key and to tell its holder")
	require.Zero(t, allocs(func() { b.do(other, ok) }), "SET of a key that nobody holds")
}
