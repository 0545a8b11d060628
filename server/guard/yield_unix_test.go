//go:build unix

package guard

import (
	"net"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestYieldLooksAtTheNetwork has a byte come for another while one goroutine keeps
// the only processor.
func TestYieldLooksAtTheNetwork(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	server, err := l.Accept()
	require.NoError(t, err)
	defer server.Close()

	came := make(chan struct{})
	go func() {
		server.Read(make([]byte, 1))
		close(came)
	}()
	runtime.Gosched() // now it waits
	_, err = client.Write([]byte{1})
	require.NoError(t, err)

	Yield() // the first one opens the pipe
	poll.last.Store(-int64(pollEvery))
	Yield()
	runtime.Gosched() // who became ready with us goes first
	select {
	case <-came:
	default:
		require.Fail(t, "the network was not looked at")
	}
}
