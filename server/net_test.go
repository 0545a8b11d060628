package server

import (
	"io"
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// A cycle that cannot be ended takes the server down, and says so on standard error.
// Nothing hangs: not the clients, not Close.
func TestACycleThatCannotBeEnded(t *testing.T) {
	s, err := Start(Options{})
	require.NoError(t, err)
	c, err := net.Dial("tcp", s.Addr().String())
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Write([]byte("PING\r\n"))
	require.NoError(t, err)
	_, err = io.ReadFull(c, make([]byte, 7))
	require.NoError(t, err)

	stderr := os.Stderr
	r, w, err := os.Pipe()
	require.NoError(t, err)
	os.Stderr = w
	s.Do(func() { s.tracker = nil })
	os.Stderr = stderr
	w.Close()
	said, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Contains(t, string(said), "panic at the end of a cycle, the server goes down")

	<-s.Done()
	_, err = c.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	require.NoError(t, s.Close())
}
