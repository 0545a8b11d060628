package server

import (
	"sync"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/config"
)

// output is a client's one ordered stream of replies and pushes.
//
// Commands append to w during a cycle, without a lock. At the cycle's end what
// they wrote is handed over to ready, under a lock that is never held while
// anybody does I/O. From there one goroutine at a time writes it to the socket:
// the client's own or that of the cycle's leader, as far as the socket takes it at
// once, else one started for the purpose, which ends when nothing is left. So a client that does not read
// delays neither the loop, nor other clients, nor the reading of its own
// commands.
type output struct {
	c *client

	// Owned by the loop.
	w     resp.Writer
	dirty bool // in Server.dirty
	own   bool // the client is part of this cycle, its goroutine will flush
	kill  bool // close without writing the rest

	mu      sync.Mutex
	ready   []byte // handed over, not yet taken to be written
	spare   []byte // memory of what was written, to be ready next
	writing bool
	flight  int  // bytes being written
	last    bool // close when all is written
	dead    bool // the connection is closed or failed: drop everything
	stalled bool // a test lets nothing be written
}

// Buffers larger than this are not kept for reuse, so that one large reply does
// not stay in memory for as long as its connection.
const keepBuffer = 16 << 10

func (o *output) init(c *client) { o.c, o.w.Proto, c.held.Proto = c, 2, 2 }

// handOver moves what the cycle wrote to where it can be written. It returns the
// bytes that wait altogether.
func (o *output) handOver() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dead {
		o.w.Buf = o.w.Buf[:0]
		return 0
	}
	if len(o.ready) == 0 {
		o.ready, o.w.Buf = o.w.Buf, o.ready[:0]
	} else {
		o.ready = append(o.ready, o.w.Buf...)
		o.w.Buf = o.w.Buf[:0]
	}
	if cap(o.w.Buf) > keepBuffer {
		o.w.Buf = nil
	}
	o.last = o.last || o.c.closing
	return len(o.ready) + o.flight
}

// take claims the right to write and what is to be written. It returns nil when
// there is nothing, or somebody else writes; over tells that the connection is to be
// closed.
func (o *output) take() (b []byte, over bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.writing || o.dead || o.stalled || len(o.ready) == 0 {
		return nil, o.over()
	}
	return o.next(), false
}

// next moves ready to be in flight. Called with the lock held.
func (o *output) next() []byte {
	o.writing = true
	b := o.ready
	o.flight = len(b)
	o.ready, o.spare = o.spare[:0], nil
	return b
}

// done gives back what was written and returns what came meanwhile, or nil when
// the right to write is given up; over is as for take.
func (o *output) done(b []byte, err error) (next []byte, over bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flight = 0
	if err != nil {
		o.dead, o.ready, o.spare = true, nil, nil
	} else if cap(b) <= keepBuffer {
		o.spare = b[:0]
	}
	if len(o.ready) > 0 && !o.stalled {
		return o.next(), false
	}
	o.writing = false
	return nil, o.over()
}

// over reports whether the connection waited for the last byte to be closed. Called
// with the lock held.
func (o *output) over() bool {
	over := (o.last || o.dead) && !o.writing && len(o.ready) == 0
	o.dead = o.dead || over
	return over
}

// flush writes what is ready, and never waits for the socket: what it does not
// take at once is left to a goroutine started for that. The caller must not be
// inside a cycle, but for [Server.replyFirst].
func (o *output) flush() {
	b, over := o.take()
	for b != nil {
		n := o.c.conn.TryWrite(b)
		o.c.srv.netOut.Add(int64(n))
		if n < len(b) {
			go o.drain(b, b[n:])
			return
		}
		b, over = o.done(b, nil)
	}
	o.end(over)
}

// drain writes the rest of b, waiting for the socket, and all that follows.
func (o *output) drain(b, rest []byte) {
	b, over := o.done(b, o.write(rest))
	for b != nil {
		b, over = o.done(b, o.write(b))
	}
	o.end(over)
}

func (o *output) write(b []byte) error {
	n, err := o.c.conn.Write(b)
	o.c.srv.netOut.Add(int64(n))
	return err
}

// end closes the connection if it is over.
func (o *output) end(over bool) {
	if over {
		go o.c.conn.Close() // which waits for who reads, and that may be the caller
	}
}

// stall stops writing, or lets it go on; flush afterwards.
func (o *output) stall(on bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stalled = on
}

// endStall writes what a test has stalled: the client leaves the tables, so nobody
// could let it go on later, and it would never be closed.
func (o *output) endStall() {
	o.mu.Lock()
	was := o.stalled
	o.stalled = false
	o.mu.Unlock()
	if was {
		go o.flush()
	}
}

// drop gives up what waits to be written, and all that comes.
func (o *output) drop() {
	o.mu.Lock()
	o.dead, o.ready, o.spare = true, nil, nil
	o.mu.Unlock()
}

// abandon closes the connection now and drops what waits.
func (o *output) abandon() {
	o.drop()
	o.c.conn.Close()
}

// pending returns the bytes that are not written yet. Called in a cycle.
func (o *output) pending() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.w.Buf) + len(o.ready) + o.flight
}

// unauthenticatedMax is the output that may wait for a client that has not given
// the password: what Redis lets collect in a client's fixed buffer, and 1 KiB.
const unauthenticatedMax = keepBuffer + 1<<10

// checkLimit closes a client whose output is over client-output-buffer-limit:
// over the hard limit at once, over the soft one when it stayed so for its time.
func (s *Server) checkLimit(c *client, pending int) {
	l := s.cfg.OutputLimit(config.ClassNormal)
	if c.Subscribed() {
		l = s.cfg.OutputLimit(config.ClassPubSub)
	}
	hard := l.Hard > 0 && int64(pending) > l.Hard
	soft := l.Soft > 0 && int64(pending) > l.Soft
	hard = hard || pending > unauthenticatedMax && s.authRequired(c)
	switch {
	case !soft:
		delete(s.softOver, c)
	case s.softOver[c].IsZero():
		s.softOver[c] = s.now()
	}
	if hard || soft && s.now().Sub(s.softOver[c]) > l.SoftTime {
		s.stats.outputLimitDisconnections++
		s.log.Warningf("Client id=%d addr=%s scheduled to be closed ASAP for overcoming of output buffer limits.", c.id, c.addr)
		c.closeNow("output buffer limit")
	}
}
