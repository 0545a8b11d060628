package server

import (
	"bufio"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever stalls itself and goes away leaves nothing frozen either, though nothing more is read from it.
func TestLeaseOfAStalledClient(t *testing.T) {
	s, err := Start(Options{Tattle: func(l *Lab, r *Request) (any, error) {
		l.SetManual(true)
		return "OK", l.Faults(r.Client.ID).StallReads(true)
	}})
	require.NoError(t, err)
	defer s.Close()
	nc, err := net.Dial("tcp", s.Addr().String())
	require.NoError(t, err)
	says(t, bufio.NewReadWriter(bufio.NewReader(nc), bufio.NewWriter(nc)), "TATTLE LOOP PAUSE", "$2")
	nc.Close()
	for over := false; !over; {
		s.Do(func() { over = s.loopHeld != nil && s.loopHeld.over })
	}
	s.Do(func() {
		s.runOut(s.loopHeld)
		require.False(t, s.loop.Manual())
	})
}
