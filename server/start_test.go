package server_test

import (
	"context"
	"net"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/servertest"
)

// The zero Options listens where nobody else can reach it, on a port of its own.
func TestZeroOptions(t *testing.T) {
	a, err := server.Start(server.Options{})
	require.NoError(t, err)
	defer a.Close()
	b, err := server.Start(server.Options{})
	require.NoError(t, err)
	defer b.Close()
	require.NotEqual(t, a.Addr().String(), b.Addr().String())
	require.True(t, a.Addr().(*net.TCPAddr).IP.IsLoopback())
}

// Two servers started with the same Config share nothing.
func TestConfigIsCopied(t *testing.T) {
	cfg := config.New()
	cfg.Port = 0
	a, err := server.Start(server.Options{Config: cfg})
	require.NoError(t, err)
	defer a.Close()
	b, err := server.Start(server.Options{Config: cfg})
	require.NoError(t, err)
	defer b.Close()
	_, err = a.Call(0, "CONFIG", "SET", "maxmemory", "1000000", "appendfsync", "no")
	require.NoError(t, err)
	for name, want := range map[string]string{"maxmemory": "0", "appendfsync": "everysec"} {
		got, err := b.Call(0, "CONFIG", "GET", name)
		require.NoError(t, err)
		require.Equal(t, resp.Map{{Key: name, Value: want}}, got)
	}
}

// Serve serves until the server ends.
func TestServe(t *testing.T) {
	srv, err := server.Start(server.Options{})
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan error)
	go func() { ended <- srv.Serve(l) }()
	c := servertest.Dial(t, l.Addr().String())
	require.Equal(t, "PONG", c.Do("PING"))
	require.NoError(t, srv.Close())
	require.ErrorIs(t, <-ended, server.ErrClosed)
	require.ErrorIs(t, srv.Serve(l), server.ErrClosed)
	_, err = srv.Dial(context.Background())
	require.ErrorIs(t, err, net.ErrClosed)
}

// A function that Do runs may panic, and may end its goroutine, as a failed require
// does. Both are its caller's, and the server goes on.
func TestDoSurvivesItsGuests(t *testing.T) {
	srv, err := server.Start(server.Options{})
	require.NoError(t, err)
	defer srv.Close()
	require.PanicsWithValue(t, "x", func() { srv.Do(func() { panic("x") }) })
	var wg sync.WaitGroup
	wg.Go(func() { srv.Do(runtime.Goexit) })
	wg.Wait()
	require.Equal(t, "PONG", servertest.Dial(t, srv.Addr().String()).Do("PING"))
}

// Active expiry comes hz times a second, counted from the server's start, also after a
// time with nothing to do: a key that runs out in between is taken at the next tick.
func TestExpiryTicksOnItsGrid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		srv := servertest.Run(t)
		a, b := srv.Connect3(t), srv.Connect3(t)
		time.Sleep(305 * time.Millisecond) // the bubble's time
		b.Do("SET", "k", "v", "PX", "10")
		a.Do("CLIENT", "TRACKING", "ON")
		a.Do("GET", "k")
		require.Equal(t, resp.Push{"invalidate", []any{"k"}}, a.Read())
		require.Equal(t, 400*time.Millisecond, time.Since(began))
	})
}
