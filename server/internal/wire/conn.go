package wire

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Hooks is what the guard asks of the server about one connection, and tells it.
// The goroutine that reads the connection calls them.
type Hooks interface {
	// Authenticated reports whether the client may send what it likes, or only what
	// AUTH needs.
	Authenticated() bool
	// MaxBulk is the largest string that is accepted, proto-max-bulk-len.
	MaxBulk() int64
	// IdleTimeout is how long the client may be silent now; 0 is for ever.
	IdleTimeout() time.Duration
	// BytesRead tells that n bytes have come.
	BytesRead(n int)
	// Violation tells that the client broke the protocol and how, in the words that
	// follow "ERR Protocol error: ". It is called at most once, when all commands
	// before have been run. The connection must then be closed once the answer is
	// written: until that happens Read throws away what comes.
	Violation(text string)
}

// The errors that end a connection, besides those of the connection itself.
var (
	ErrViolation = errors.New("wire: the client broke the protocol")
	ErrOversize  = errors.New("wire: the command is too large")
	ErrIdle      = errors.New("wire: the client was silent for too long")
)

// Conn is a connection from which only well-formed commands are read.
//
// One goroutine at a time reads, serves, calls Next or Unread, or waits in Watch.
// Write, TryWrite, Interrupt, IdleChanged and Close may be called by any.
type Conn struct {
	net.Conn
	hooks  Hooks
	socket *socket // nil where Conn is no plain socket

	// Owned by the goroutine that reads.
	//
	//	buf:  ... passed on ... | framed | not yet looked at
	//	                        r        s
	//
	// made is what is left of a command made from an inline one; it goes before
	// buf[r:]. An idle connection holds neither.
	buf   []byte
	r, s  int
	made  []byte
	frame framer
	ended bool  // a command ends at s
	mid   bool  // what was passed on last is a part of a command
	err   error // what all reads return from now on

	// Any goroutine.
	born   time.Time
	active atomic.Int64 // when the client was last heard of or written to: since born

	mu          sync.Mutex
	waits       waiting
	deadline    time.Time // as set on the connection
	interrupted bool
	closed      bool
	wake        chan struct{} // closed to end watchOnly
}

// NewConn puts a guard before c.
func NewConn(c net.Conn, h Hooks) *Conn {
	return &Conn{Conn: c, hooks: h, socket: newSocket(c), born: time.Now()}
}

// Hooks returns the hooks that NewConn was called with.
func (c *Conn) Hooks() Hooks { return c.hooks }

// NetConn returns the connection underneath.
func (c *Conn) NetConn() net.Conn { return c.Conn }

// Write writes through to the connection, except for nothing, which redcon
// likes to write and a TLS connection would make a record of.
func (c *Conn) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c.touch()
	return c.Conn.Write(p)
}

// Plain reports whether the connection is a plain socket, which Serve and TryWrite are
// for.
func (c *Conn) Plain() bool { return c.socket != nil }

// TryWrite writes as much of p as can be without waiting, which may be nothing, and
// is nothing where the connection is no plain socket. Errors are left to Write. It
// must not be called while another TryWrite or Write runs.
func (c *Conn) TryWrite(p []byte) int {
	if c.socket == nil {
		return 0
	}
	if c.hooks.IdleTimeout() > 0 {
		c.touch()
	}
	return c.socket.Write(p)
}

// Read returns one whole command as an array of bulk strings, or a part of one
// that is too long. What has come behind it is left to Next, or to the next Read.
// Its errors are those of the connection and of this package.
//
// A part ends where p ends, so that redcon, which enlarges p when it is full,
// needs few of them.
func (c *Conn) Read(p []byte) (n int, err error) {
	for n == 0 || c.mid && n < len(p) {
		n += c.pass(p[n:])
		if n == len(p) || n > 0 && !c.mid || c.err != nil {
			break
		}
		if c.frame.fault != "" {
			if n == 0 {
				c.violated()
			}
			break
		}
		k, err := c.more(p[n:])
		n += k
		if err != nil {
			c.end(err)
		}
	}
	if n == 0 {
		return 0, c.err
	}
	c.rewind()
	return n, nil
}

// pass moves to p what is framed of one command.
func (c *Conn) pass(p []byte) (n int) {
	for n < len(p) && c.next() {
		src := c.made
		if len(src) == 0 {
			src = c.buf[c.r:c.s]
		}
		k := copy(p[n:], src)
		n += k
		if c.passed(k); !c.mid {
			break
		}
	}
	return n
}

// passed notes that k bytes of what is framed are passed on.
func (c *Conn) passed(k int) {
	if len(c.made) > 0 {
		if c.made = c.made[k:]; len(c.made) == 0 {
			c.made = nil
		}
		c.mid = c.made != nil
		return
	}
	c.r += k
	if c.mid = c.r < c.s || !c.ended; !c.mid {
		c.ended = false
	}
}

// next frames what has come, up to a piece that can be passed on: to the end of a
// command, or as far as it goes if the command was begun before. It returns false
// if there is none.
func (c *Conn) next() bool {
	for len(c.made) == 0 && !c.ended && c.s < len(c.buf) && c.frame.fault == "" {
		n, e := c.frame.advance(c.buf[c.s:], c.hooks, nil)
		c.s += n
		switch e {
		case unfinished:
			if c.frame.drop {
				c.r = c.s
			}
			return c.mid && c.r < c.s
		case whole:
			c.ended = true
		case blank:
			c.r = c.s
		case inline:
			c.makeInline()
		case oversize:
			c.end(ErrOversize)
			return false
		}
	}
	return len(c.made) > 0 || c.ended || c.mid && c.r < c.s
}

// makeInline makes a command of the line that was framed.
func (c *Conn) makeInline() {
	made, ok := appendInline(nil, c.buf[c.r:c.s])
	if !ok {
		c.s = c.r
		c.frame.violate(violationQuotes)
		return
	}
	c.made, c.r = made, c.s
}

// Next appends to words those of the next command, if a whole one has come behind
// what was passed on, and returns the bytes that it took; 0 if there is none, or
// none in good order, and it is Read's turn. It never waits.
//
// The words of an array are the connection's own memory: they are valid until the
// next Read or Watch. So a pipeline needs no memory for each command, and redcon sees
// only the first of what came together.
func (c *Conn) Next(words [][]byte) ([][]byte, int) {
	for c.r < len(c.buf) && c.err == nil {
		b := c.buf[c.r:]
		var f framer
		n, e := f.advance(b, c.hooks, &words)
		if e == inline {
			made, ok := appendInline(nil, b[:n])
			if !ok {
				return words, 0
			}
			if e = blank; len(made) > 0 {
				_, e = f.advance(made, c.hooks, &words)
			}
		}
		if e != whole && e != blank {
			return words, 0
		}
		c.r += n
		c.s = c.r
		if e == whole {
			return words, n
		}
	}
	return words, 0
}

// Unread returns how many bytes have come that neither Read nor Next returned.
func (c *Conn) Unread() int { return len(c.made) + len(c.buf) - c.r }

// rewind forgets what was framed and not passed on, violations too. Whether it is
// allowed may depend on the commands before it, such as AUTH, and these have not
// run yet.
func (c *Conn) rewind() {
	if !c.mid {
		c.s, c.ended, c.frame = c.r, false, framer{}
	}
}

// more waits for bytes. In the two cases that matter for speed they go straight
// to p, and it returns how many of them can be passed on.
func (c *Conn) more(p []byte) (n int, err error) {
	if c.r < len(c.buf) {
		return 0, c.fill()
	}
	c.release()
	switch {
	case !c.frame.open:
		// An idle connection waits here, without a buffer.
		k, err := c.fetch(p, reading)
		return c.keep(p[:k]), err
	case c.frame.bulk > 0 && c.mid:
		k, err := c.fetch(p[:min(len(p), c.frame.bulk)], reading)
		if k == 0 {
			return 0, err
		}
		_, e := c.frame.advance(p[:k], c.hooks, nil)
		c.mid = e != whole
		return k, err
	}
	return 0, c.fill()
}

// keep passes on the whole command that b begins with and buffers the rest.
func (c *Conn) keep(b []byte) (n int) {
	if len(b) == 0 {
		return 0
	}
	k, e := c.frame.advance(b, c.hooks, nil)
	if e == whole {
		n = k
	}
	c.frame = framer{}
	if n < len(b) {
		c.buf = append(takeBuffer(), b[n:]...)
	}
	return n
}

// fill reads into the buffer. When that is full of an unfinished command, this is
// to be passed on in parts from now on; only for a long line it grows.
func (c *Conn) fill() error {
	if c.buf == nil {
		c.buf = takeBuffer()
	}
	if len(c.buf) == cap(c.buf) && c.r == 0 && c.s > 0 {
		c.mid = true
		return nil
	}
	c.makeRoom()
	n, err := c.fetch(c.buf[len(c.buf):cap(c.buf)], reading)
	c.buf = c.buf[:len(c.buf)+n]
	return err
}

// violated reports the violation and waits for the connection to be closed.
// Reading on meanwhile matters: a socket that is closed with bytes unread sends a
// reset, which may overtake the answer.
func (c *Conn) violated() {
	c.hooks.Violation(c.frame.fault)
	c.end(ErrViolation)
	scratch := takeBuffer()
	defer giveBuffer(scratch)
	for err := error(nil); err == nil; {
		_, err = c.fetch(scratch[:cap(scratch)], reading)
	}
}

// end makes all further reads fail.
func (c *Conn) end(err error) {
	c.err = err
	c.made, c.ended = nil, false
	c.release()
}
