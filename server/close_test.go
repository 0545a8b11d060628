package server_test

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
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
