package wire_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/internal/wire"
)

// A stream tells nobody of anything before it is started: its owner may not know it yet.
func TestStreamIsNotReadBeforeStart(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	goroutines, ready := 0, make(chan uint8, 1)
	s := wire.NewStream(near, func(fn func()) { goroutines++; go fn() }, func(flags uint8) { ready <- flags })
	require.Zero(t, goroutines)
	s.Start()
	_, err := far.Write([]byte("hello"))
	require.NoError(t, err)
	require.NotZero(t, <-ready&wire.Readable)
	p := make([]byte, 10)
	n, err := s.Read(p)
	require.NoError(t, err)
	require.Equal(t, "hello", string(p[:n]))
	require.NoError(t, s.Close())
}
