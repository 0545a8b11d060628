//go:build unix

package wire

import (
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestYieldLooksAtTheNetwork has a byte come for another while one goroutine keeps
// the only processor.
//
// It yields more than once: the scheduler may let who yields run again before others,
// and each time it does the pipe of Yield is looked at anew. So many turns are over
// long before the 10 ms after which the runtime would look by itself.
func TestYieldLooksAtTheNetwork(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	// A pipe, since what is written to it is there at once.
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()

	came := make(chan struct{})
	go func() {
		r.Read(make([]byte, 1))
		close(came)
	}()
	for range 100 {
		runtime.Gosched() // now it waits
	}
	_, err = w.Write([]byte{1})
	require.NoError(t, err)

	for range 100 {
		poll.last.Store(-int64(pollEvery)) // it is long ago
		Yield()
		select {
		case <-came:
			return
		default:
		}
	}
	require.Fail(t, "the network was not looked at")
}
