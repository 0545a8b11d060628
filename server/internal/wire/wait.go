package wire

import (
	"errors"
	"net"
	"os"
	"time"
)

// waiting is what the goroutine that reads is in.
type waiting uint8

const (
	nothing waiting = iota
	reading
	watching
)

// maxWatched bounds what is read ahead of a client that is blocked. Beyond it the
// client's own system holds the rest, and the end of the connection shows when
// the client is no longer blocked.
const maxWatched = 1 << 20

// past is a deadline that ends a wait at once.
var past = time.Unix(1, 0)

var errInterrupted = errors.New("wire: interrupted")

// Watch waits for Interrupt, and returns nil then, or for the end of the
// connection, and returns its error. It is for the time when no command of the
// client may be run: what the client sends is kept for the next Read. After an
// error there is no such: a client that is gone has nothing more to say.
//
// An Interrupt that comes before Watch ends it as well; each ends one.
func (c *Conn) Watch() error {
	for c.err == nil {
		var err error
		if len(c.buf)-c.r < maxWatched {
			err = c.watchMore()
		} else {
			err = c.watchOnly()
		}
		if err == errInterrupted {
			c.touch() // the time that it was blocked does not count as idle
			return nil
		}
		if err != nil {
			c.end(err)
		}
	}
	return c.err
}

// watchSize is what a blocked client costs in memory that sends nothing.
const watchSize = 64

func (c *Conn) watchMore() error {
	if c.r == len(c.buf) {
		c.release()
		c.buf = make([]byte, 0, watchSize)
	}
	c.makeRoom()
	n, err := c.fetch(c.buf[len(c.buf):cap(c.buf)], watching)
	if c.buf = c.buf[:len(c.buf)+n]; len(c.buf) == 0 {
		c.release()
	}
	return err
}

// watchOnly waits without reading.
func (c *Conn) watchOnly() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.interrupted && !c.closed {
		wake := make(chan struct{})
		c.wake = wake
		c.mu.Unlock()
		<-wake
		c.mu.Lock()
	}
	if c.closed {
		return net.ErrClosed
	}
	c.interrupted = false
	return errInterrupted
}

// fetch reads from the connection. It returns bytes or an error, never both.
func (c *Conn) fetch(p []byte, as waiting) (int, error) {
	for expired := false; ; {
		if err := c.prepare(as, expired); err != nil {
			return 0, err
		}
		n, err := c.receive(p)
		if n > 0 {
			c.touch()
			c.hooks.BytesRead(n)
			return n, nil
		}
		// Deadlines are set for Interrupt and IdleChanged too, and may be left from
		// before: prepare finds out what one means.
		expired = errors.Is(err, os.ErrDeadlineExceeded)
		if err != nil && !expired {
			return 0, err
		}
	}
}

func (c *Conn) receive(p []byte) (int, error) {
	if c.socket != nil {
		return c.socket.Read(p)
	}
	return c.Conn.Read(p)
}

// prepare sets the deadline for a read, or tells that the wait is over.
func (c *Conn) prepare(as waiting, expired bool) error {
	var limit time.Duration
	if as == reading {
		limit = c.hooks.IdleTimeout()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waits = as
	if as == watching && c.interrupted {
		c.waits, c.interrupted = nothing, false
		return errInterrupted
	}
	var want time.Time
	if limit > 0 {
		want = c.born.Add(time.Duration(c.active.Load()) + limit)
		if expired && !want.After(time.Now()) {
			return ErrIdle
		}
	}
	// One that ends too early costs a look at the clock, which is cheaper than to
	// set it anew for each read.
	early := !c.deadline.IsZero() && c.deadline.After(time.Now()) && (want.IsZero() || !c.deadline.After(want))
	if !early {
		c.setDeadline(want)
	}
	return nil
}

// setDeadline is called with mu held.
func (c *Conn) setDeadline(t time.Time) {
	if c.deadline != t {
		c.deadline = t
		c.Conn.SetReadDeadline(t)
	}
}

// Interrupt ends the Watch that runs, or the next one.
func (c *Conn) Interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.interrupted = true
	if c.waits == watching {
		c.setDeadline(past)
	}
	c.wakeUp()
}

// IdleChanged has a Read that waits ask for the IdleTimeout again. It is for
// timeouts that become shorter; longer ones it finds by itself.
func (c *Conn) IdleChanged() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waits == reading {
		c.setDeadline(past)
	}
}

// touch notes that the client is not idle.
func (c *Conn) touch() { c.active.Store(int64(time.Since(c.born))) }

// Close closes the connection. Read and Watch return.
func (c *Conn) Close() error {
	c.mu.Lock()
	c.closed = true
	c.wakeUp()
	c.mu.Unlock()
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && c.Plain() {
		half.CloseWrite() // the peer hears of it now; Close waits for Serve to return
	}
	return c.Conn.Close()
}

// wakeUp is called with mu held.
func (c *Conn) wakeUp() {
	if c.wake != nil {
		close(c.wake)
		c.wake = nil
	}
}
