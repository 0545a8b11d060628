package server_test

import (
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/servertest"
)

// This file is connections that are no sockets which the server can poll: those of a
// caller's listener and, on all systems but Linux, every one.

// streams is a listener whose connections hide what they are.
type streams struct{ net.Listener }

func (l streams) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return struct{ net.Conn }{nc}, nil
}

func listenStreams(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return streams{l}
}

// What a client has sent before it is let in runs when it is.
func TestStreamsThatAreInAHurry(t *testing.T) {
	srv, l := servertest.Run(t), listenStreams(t)
	var list []*servertest.Conn
	for range 100 {
		c := servertest.Dial(t, l.Addr().String())
		c.Send("INCR", "k")
		list = append(list, c)
	}
	go srv.Serve(l)
	for _, c := range list {
		require.IsType(t, int64(0), c.Read())
	}
	srv.CheckGet(t, "k", "100")
}

// Large values come whole in both directions, and the end of a connection is heard of.
func TestStreams(t *testing.T) {
	srv, l := servertest.Run(t), listenStreams(t)
	go srv.Serve(l)
	c := servertest.Dial(t, l.Addr().String())
	value := strings.Repeat("0123456789", 1<<20)
	require.Equal(t, "OK", c.Do("SET", "k", value))
	require.Equal(t, value, c.Do("GET", "k"))
	c.WriteRaw(strings.Repeat("PING\r\n", 5000))
	for range 5000 {
		require.Equal(t, "PONG", c.Read())
	}
	c.Send("QUIT")
	require.Equal(t, "+OK\r\n", c.ReadAll())

	half := servertest.Dial(t, l.Addr().String())
	half.Send("PING")
	require.NoError(t, half.NetConn().(*net.TCPConn).CloseWrite())
	require.Equal(t, "+PONG\r\n", half.ReadAll())
}

// A server ends though a peer neither reads nor writes.
func TestStreamsAreClosed(t *testing.T) {
	srv, l := servertest.Run(t), listenStreams(t)
	go srv.Serve(l)
	require.NoError(t, srv.Set("k", strings.Repeat("x", 16<<20)))
	c := servertest.Dial(t, l.Addr().String())
	c.Send("GET", "k")
	for srv.Lab().PendingOutput() == 0 {
	}
	require.NoError(t, srv.Close())
	c.NetConn().SetReadDeadline(time.Now().Add(10 * time.Second))
	n, _ := io.Copy(io.Discard, c.NetConn())
	require.Less(t, n, int64(16<<20))
}

// lateListener accepts one more connection when it is closed already.
type lateListener struct {
	once   sync.Once
	closed chan struct{}
	late   chan net.Conn
}

func (l *lateListener) Accept() (net.Conn, error) {
	<-l.closed
	for range 1000 {
		runtime.Gosched() // the end of the server goes on meanwhile, if it does not wait
	}
	if nc, ok := <-l.late; ok {
		return nc, nil
	}
	return nil, net.ErrClosed
}

func (l *lateListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *lateListener) Addr() net.Addr { return &net.TCPAddr{} }

// Close waits for those who serve: a connection that is accepted in the last moment is
// closed when it returns.
func TestCloseWaitsForServe(t *testing.T) {
	cfg := config.New()
	cfg.Port = 0
	s, err := server.Start(server.Options{Config: cfg})
	require.NoError(t, err)
	near, far := net.Pipe()
	l := &lateListener{closed: make(chan struct{}), late: make(chan net.Conn, 1)}
	l.late <- near
	close(l.late)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	for s.Addr() == nil {
		runtime.Gosched()
	}
	require.NoError(t, s.Close())
	far.SetReadDeadline(time.Now())
	_, err = far.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err)
	require.Equal(t, server.ErrClosed, <-served)
	require.Equal(t, server.ErrClosed, s.Serve(listenStreams(t)), "it has ended")
}
