package wire

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"
)

// How long Accept waits after it failed: twice as long each time. A process that
// is out of file descriptors fails at once, so without a wait it would spin.
const (
	acceptWaitMin = 5 * time.Millisecond
	acceptWaitMax = time.Second
)

// Listen returns a listener whose connections are those of l after guarded has
// put a guard before them.
//
// Accept fails only when l is closed or broken for good, and then with an error
// that is net.ErrClosed, by which redcon knows the end.
func Listen(l net.Listener, guarded func(net.Conn) *Conn) net.Listener {
	return &listener{Listener: l, guarded: guarded, closed: make(chan struct{})}
}

type listener struct {
	net.Listener
	guarded func(net.Conn) *Conn
	once    sync.Once
	closed  chan struct{}
}

func (l *listener) Accept() (net.Conn, error) {
	for wait := acceptWaitMin; ; wait = min(2*wait, acceptWaitMax) {
		nc, err := l.Listener.Accept()
		switch {
		case err == nil:
			return l.guarded(nc), nil
		case errors.Is(err, net.ErrClosed):
			return nil, err
		case !passing(err):
			return nil, fmt.Errorf("accepting: %w (%w)", err, net.ErrClosed)
		}
		select {
		case <-time.After(wait):
		case <-l.closed:
			return nil, net.ErrClosed
		}
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// passing reports whether a failed accept may be tried again. All that the system
// says of a socket which is open is about the one connection, or about a want of
// memory or descriptors.
func passing(err error) bool {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno != syscall.EBADF && errno != syscall.EINVAL
	}
	var temporary interface{ Temporary() bool }
	return errors.As(err, &temporary) && temporary.Temporary()
}
