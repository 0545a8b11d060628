package wire

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// failing is a listener that has errors to return.
type failing struct {
	net.Listener
	errs     []error
	accepted atomic.Int64
}

func (f *failing) Accept() (net.Conn, error) {
	f.accepted.Add(1)
	if len(f.errs) == 0 {
		return f.Listener.Accept()
	}
	err := f.errs[0]
	f.errs = f.errs[1:]
	return nil, err
}

func (f *failing) Close() error { return nil }

func accepting(call string, errno syscall.Errno) error {
	return &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError(call, errno)}
}

func TestAcceptBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &failing{}
		for range 12 {
			f.errs = append(f.errs, accepting("accept4", syscall.EMFILE))
		}
		f.errs = append(f.errs, net.ErrClosed)
		begin := time.Now()
		_, err := (&listener{Listener: f, failed: func(error) {}, closed: make(chan struct{})}).Accept()
		require.ErrorIs(t, err, net.ErrClosed)
		// 5 + 10 + ... + 640 ms, then 1 s each.
		require.Equal(t, 1275*time.Millisecond+4*time.Second, time.Since(begin))
	})
}

func TestAcceptClosedWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &listener{Listener: &failing{errs: []error{accepting("accept4", syscall.ENOBUFS)}}, failed: func(error) {}, closed: make(chan struct{})}
		done := start(func() error { _, err := l.Accept(); return err })
		synctest.Wait()
		require.NoError(t, l.Close())
		require.NoError(t, l.Close())
		require.ErrorIs(t, <-done, net.ErrClosed)
	})
}

func TestAcceptGivesUp(t *testing.T) {
	broken := errors.New("broken")
	for _, err := range []error{broken, io.EOF, accepting("accept4", syscall.EBADF)} {
		f := &failing{errs: []error{err}}
		_, got := (&listener{Listener: f, failed: func(error) {}, closed: make(chan struct{})}).Accept()
		require.ErrorIs(t, got, err)
		require.ErrorIs(t, got, net.ErrClosed)
		require.EqualValues(t, 1, f.accepted.Load())
	}
}

// TestAccept has redcon accept, and go on where that fails for a while. What it hands
// over stays open.
func TestAccept(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	taken, ended := make(chan net.Conn, 1), make(chan error, 1)
	patient := &failing{Listener: l, errs: []error{accepting("accept4", syscall.ECONNABORTED)}}
	go func() { ended <- Accept(patient, func(c net.Conn) { taken <- c }, func(error) {}) }()
	c, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer c.Close()
	server := <-taken
	_, err = server.Write([]byte("x"))
	require.NoError(t, err)
	got := make([]byte, 1)
	_, err = io.ReadFull(c, got)
	require.NoError(t, err)
	server.Close()
	l.Close()
	require.ErrorIs(t, <-ended, net.ErrClosed)
}

// start runs something that waits, and returns its result when there is one.
func start[T any](fn func() T) <-chan T {
	done := make(chan T, 1)
	go func() { done <- fn() }()
	return done
}
