// Package memconn is a network inside the process: connections with a buffer in
// each direction. The client's end is a net.Conn with deadlines, whose writes do not
// wait for their reader as those of net.Pipe do. The server's end never waits: it is
// told when it can go on, by the goroutine that reads or writes the other end. All
// waiting is on channels, so that it works inside a bubble of testing/synctest.
package memconn

import (
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// bufferMax is how many bytes one direction holds before a write blocks, about as
// many as a loopback socket.
const bufferMax = 256 << 10

// Pipe returns the two ends of a connection.
func Pipe() (client net.Conn, server *End) {
	up, down, n := newStream(), newStream(), addr(pipes.Add(1))
	return &conn{r: down, w: up, addr: n}, &End{r: up, w: down, addr: n}
}

// pipes counts the connections, so that each has an address of its own.
var pipes atomic.Uint64

// addr is the address of a client's end: the number of its connection. That of the server's end
// is 0.
type addr uint64

func (addr) Network() string { return "mem" }

func (a addr) String() string {
	if a == 0 {
		return "memory"
	}
	return "memory:" + strconv.FormatUint(uint64(a), 10)
}

// stream is one direction of a connection.
type stream struct {
	mu      sync.Mutex
	buf     []byte
	closed  bool          // by the writer: the reader drains, then sees the end
	broken  bool          // by the reader: writes fail
	changed chan struct{} // closed and replaced at each change

	// The server is told, without the lock, of data and the end, or of room again.
	onData, onRoom func()
	full           bool // a write of the server's did not fit
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
			full := s.full
			s.full = false
			s.mu.Unlock()
			if full {
				tell(s.onRoom)
			}
			return n, nil
		case s.closed:
			s.mu.Unlock()
			return 0, io.EOF
		}
		changed := s.changed
		s.mu.Unlock()
		wait(changed, expired, moved)
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
			changed := s.changed
			s.mu.Unlock()
			tell(s.onData)
			if len(p) == 0 {
				return n, nil
			}
			wait(changed, expired, moved)
			continue
		}
		changed := s.changed
		s.mu.Unlock()
		wait(changed, expired, moved)
	}
}

func wait(a, b, c <-chan struct{}) {
	select {
	case <-a:
	case <-b:
	case <-c:
	}
}

func (s *stream) close(byReader bool) {
	s.mu.Lock()
	s.closed = true
	s.broken = s.broken || byReader
	s.signal()
	s.mu.Unlock()
	if byReader {
		tell(s.onRoom)
	} else {
		tell(s.onData)
	}
}

// tell calls one of the server's functions, if it wants to be told.
func tell(fn func()) {
	if fn != nil {
		fn()
	}
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
	addr addr

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

func (c *conn) LocalAddr() net.Addr  { return c.addr }
func (c *conn) RemoteAddr() net.Addr { return addr(0) }

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
