// Package memconn is a network inside the process: connections with a buffer in
// each direction, deadlines, and a listener to dial. Unlike with net.Pipe, a write
// does not wait for its reader. Unlike with a socket, all waiting is on channels,
// so it works inside a bubble of testing/synctest.
package memconn

import (
	"context"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// bufferMax is how many bytes one direction holds before a write blocks, about as
// many as a loopback socket.
const bufferMax = 256 << 10

// Pipe returns the two ends of a connection.
func Pipe() (a, b net.Conn) {
	ab, ba := newStream(), newStream()
	return &conn{r: ba, w: ab}, &conn{r: ab, w: ba}
}

// addr is the address of every connection in memory.
type addr struct{}

func (addr) Network() string { return "mem" }
func (addr) String() string  { return "memory" }

// stream is one direction of a connection.
type stream struct {
	mu      sync.Mutex
	buf     []byte
	closed  bool          // by the writer: the reader drains, then sees the end
	broken  bool          // by the reader: writes fail
	changed chan struct{} // closed and replaced at each change
}

func newStream() *stream { return &stream{changed: make(chan struct{})} }

// signal wakes everybody who waits for a change. The lock must be held.
func (s *stream) signal() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *stream) read(p []byte, d *deadline) (int, error) {
	for {
		expired, moved := d.channels()
		s.mu.Lock()
		switch {
		case s.broken:
			s.mu.Unlock()
			return 0, net.ErrClosed
		case isClosed(expired):
			s.mu.Unlock()
			return 0, os.ErrDeadlineExceeded
		case len(s.buf) > 0:
			n := copy(p, s.buf)
			s.buf = s.buf[n:]
			if len(s.buf) == 0 {
				s.buf = nil
			}
			s.signal()
			s.mu.Unlock()
			return n, nil
		case s.closed:
			s.mu.Unlock()
			return 0, io.EOF
		}
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-expired:
		case <-moved:
		}
	}
}

func (s *stream) write(p []byte, d *deadline) (n int, err error) {
	for {
		expired, moved := d.channels()
		s.mu.Lock()
		switch {
		case s.broken || s.closed:
			s.mu.Unlock()
			return n, io.ErrClosedPipe
		case isClosed(expired):
			s.mu.Unlock()
			return n, os.ErrDeadlineExceeded
		case len(s.buf) < bufferMax:
			take := min(len(p), bufferMax-len(s.buf))
			s.buf = append(s.buf, p[:take]...)
			p, n = p[take:], n+take
			s.signal()
			if len(p) == 0 {
				s.mu.Unlock()
				return n, nil
			}
		}
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-expired:
		case <-moved:
		}
	}
}

func (s *stream) close(byReader bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.broken = s.broken || byReader
	s.signal()
}

// deadline is a time that can be changed while others wait for it.
type deadline struct {
	mu      sync.Mutex
	timer   *time.Timer
	expired chan struct{} // closed when the time has come
	move    chan struct{} // closed when the deadline is set anew
}

func newDeadline() *deadline {
	return &deadline{expired: make(chan struct{}), move: make(chan struct{})}
}

// channels returns a channel that is closed when the time has come, and one that is
// closed when the deadline changes.
func (d *deadline) channels() (expired, moved <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.expired, d.move
}

// set changes the deadline; the zero time means none.
func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	expired := make(chan struct{})
	d.expired = expired
	close(d.move)
	d.move = make(chan struct{})
	if t.IsZero() {
		return
	}
	left := time.Until(t)
	if left <= 0 {
		close(expired)
		return
	}
	d.timer = time.AfterFunc(left, func() { close(expired) })
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// conn is one end.
type conn struct {
	r, w *stream

	once     sync.Once
	readEnd  lazyDeadline
	writeEnd lazyDeadline
}

// lazyDeadline saves the channels of a deadline that nobody sets.
type lazyDeadline struct {
	once sync.Once
	d    *deadline
}

func (l *lazyDeadline) get() *deadline {
	l.once.Do(func() { l.d = newDeadline() })
	return l.d
}

func (c *conn) Read(p []byte) (int, error)  { return c.r.read(p, c.readEnd.get()) }
func (c *conn) Write(p []byte) (int, error) { return c.w.write(p, c.writeEnd.get()) }

func (c *conn) Close() error {
	c.once.Do(func() {
		c.w.close(false)
		c.r.close(true)
		c.readEnd.get().set(time.Time{})
		c.writeEnd.get().set(time.Time{})
	})
	return nil
}

func (c *conn) LocalAddr() net.Addr  { return addr{} }
func (c *conn) RemoteAddr() net.Addr { return addr{} }

func (c *conn) SetDeadline(t time.Time) error {
	c.readEnd.get().set(t)
	c.writeEnd.get().set(t)
	return nil
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.readEnd.get().set(t)
	return nil
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	c.writeEnd.get().set(t)
	return nil
}

// Listener accepts the connections that its Dial makes.
type Listener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// Listen returns a new Listener.
func Listen() *Listener {
	return &Listener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// Dial returns one end of a new connection once the other has been accepted.
func (l *Listener) Dial(ctx context.Context) (net.Conn, error) {
	mine, theirs := Pipe()
	select {
	case l.conns <- theirs:
		return mine, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept returns the other end of the next dialed connection.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close makes Accept and Dial fail; existing connections stay open.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr returns the address of every connection in memory.
func (l *Listener) Addr() net.Addr { return addr{} }
