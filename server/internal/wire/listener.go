package wire

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/tidwall/redcon"
)

// How long Accept waits after it failed: twice as long each time. A process that
// is out of file descriptors fails at once, so without a wait it would spin.
const (
	acceptWaitMin = 5 * time.Millisecond
	acceptWaitMax = time.Second
)

// Accept has redcon accept the connections of l and hands each over to take, at once
// and with nothing read. It returns when l is closed or broken for good, with the error
// that says so. If accepting fails for a while failed is called once with the reason.
func Accept(l net.Listener, take func(net.Conn), failed func(error)) error {
	patient := &listener{Listener: l, failed: failed, closed: make(chan struct{})}
	redcon.Serve(patient, nil, func(c redcon.Conn) bool {
		// From here on the connection is the loop's. redcon may have the shell, which it
		// closes.
		take(c.NetConn().(*shell).Conn)
		return false
	}, nil)
	return patient.err
}

// shell is a connection whose Close closes nothing.
type shell struct{ net.Conn }

func (*shell) Close() error { return nil }

// listener goes on where accepting fails for a reason that may pass.
type listener struct {
	net.Listener
	failed func(error)
	once   sync.Once
	closed chan struct{}
	err    error // why Accept ended
}

func (l *listener) Accept() (net.Conn, error) {
	for wait := acceptWaitMin; ; wait = min(2*wait, acceptWaitMax) {
		nc, err := l.Listener.Accept()
		switch {
		case err == nil:
			return &shell{nc}, nil
		case errors.Is(err, net.ErrClosed):
			l.err = err
			return nil, err
		case !passing(err):
			l.err = err
			return nil, fmt.Errorf("accepting: %w (%w)", err, net.ErrClosed) // by which redcon knows the end
		}
		if wait == acceptWaitMin {
			l.failed(err)
		}
		select {
		case <-time.After(wait):
		case <-l.closed:
			l.err = net.ErrClosed
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
