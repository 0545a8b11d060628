package server_test

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/servertest"
)

// Once Close has begun no command of a client runs any more, however many wait.
func TestCloseDoesNotRunWhatWaits(t *testing.T) {
	srv, err := server.Start(server.Options{})
	require.NoError(t, err)
	var pipeline []byte
	for range 1000 {
		pipeline = resp.AppendCommand(pipeline, "INCR", "n")
	}
	srv.Do(func() {
		for range 50 {
			c, err := srv.Dial(context.Background())
			require.NoError(t, err)
			defer c.Close()
			go c.Write(pipeline)
			s, err := net.Dial("tcp", srv.Addr().String())
			require.NoError(t, err)
			defer s.Close()
			_, err = s.Write(pipeline)
			require.NoError(t, err)
		}
		go srv.Close()
		for err == nil { // until it has begun
			_, err = srv.Dial(context.Background())
		}
	})
	<-srv.Done()
	n, err := srv.Call(0, "EXISTS", "n")
	require.NoError(t, err)
	require.Equal(t, int64(0), n)
}

// The caller of a script that the end of the server cuts short hears nothing: nobody has
// killed its script.
func TestCloseEndsAScript(t *testing.T) {
	srv, err := server.Start(server.Options{})
	require.NoError(t, err)
	_, err = srv.Call(0, "CONFIG", "SET", "busy-reply-threshold", "1")
	require.NoError(t, err)
	p, other := servertest.Dial(t, srv.Addr().String()), servertest.Dial(t, srv.Addr().String())
	p.Send("EVAL", endless, 0)
	for other.Do("PING") != resp.Error(errBusy) {
	}
	require.NoError(t, srv.Close())
	require.Empty(t, p.Closed())
}
