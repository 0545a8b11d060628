package server

import (
	"math"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/config"
)

// output is a client's one ordered stream of replies and pushes. Commands append to w. At
// the cycle's end as much is written as the connection takes at once. The rest waits until
// the connection takes more. So a client that does not read does not delay others.
type output struct {
	w       resp.Writer
	pieces  [][]byte // what comes before w: see seal
	before  int      // bytes in pieces
	sent    int      // bytes at the start of all that are written already
	peak    int      // the most that waited to be written, up to keepBuffer
	dirty   bool     // in Server.dirty
	own     bool     // a command of the client ran in this cycle
	queued  bool     // in Server.unwritten
	full    bool     // the connection takes nothing now; the loop hands it in when it does
	stalled bool     // a test lets nothing be written
}

// keepBuffer bounds the buffers that are kept for reuse, so that a large reply does not take
// memory for as long as its connection lasts.
const keepBuffer = 16 << 10

// pieceMin is how much output is put aside as a piece of its own.
const pieceMin = 64 << 10

// seal puts output aside if it is large. So more of it does not copy it, and what is written
// gives its memory back. No command of the client may run.
func (o *output) seal() {
	if n := len(o.w.Buf); n >= pieceMin {
		o.pieces, o.before = append(o.pieces, o.w.Buf), o.before+n
		o.w.Buf, o.w.Max = nil, 0
	}
}

// pending returns the bytes that are not written yet.
func (o *output) pending() int { return o.before + len(o.w.Buf) - o.sent }

// next returns the bytes to be written next.
func (o *output) next() []byte {
	if len(o.pieces) > 0 {
		return o.pieces[0][o.sent:]
	}
	return o.w.Buf[o.sent:]
}

// discard forgets what is not written yet.
func (o *output) discard() { o.w.Buf, o.pieces, o.before, o.sent = nil, nil, 0, 0 }

// wrote notes that n more bytes are written, at most those of next.
func (o *output) wrote(n int) {
	o.sent += n
	o.w.Max = 0 // it counts from sent: see bounded
	switch {
	case len(o.pieces) > 0:
		if first := len(o.pieces[0]); o.sent == first {
			o.pieces[0] = nil
			o.pieces, o.before, o.sent = o.pieces[1:], o.before-first, 0
		}
	case o.sent == len(o.w.Buf):
		o.sent, o.w.Buf = 0, o.w.Buf[:0]
		if cap(o.w.Buf) > keepBuffer {
			o.w.Buf = nil
		}
	case o.sent > keepBuffer && o.sent > len(o.w.Buf)/2:
		o.w.Buf = o.w.Buf[:copy(o.w.Buf, o.w.Buf[o.sent:])]
		o.sent = 0
	}
}

// fewOthers is how many other clients are written to before the clients whose commands ran.
// So when the reply to a write arrives, the push to a single reader is on its way.
const fewOthers = 2

// sliceMax bounds the other clients that are written to in one cycle. The rest is written to
// in later cycles, so that clients which become ready meanwhile get their turn.
const sliceMax = 64

// write writes what the cycle has queued. First come the clients whose commands ran, then the
// others, a slice in each cycle. If there are only a few others they come first.
func (s *Server) write() {
	var later []*client
	for _, c := range s.dirty {
		switch {
		case s.runs(c):
			later = append(later, c) // its script goes on, so the reply is not complete
			continue
		case !c.out.own:
			s.markUnwritten(c)
		}
		c.out.dirty = false
	}
	if len(s.unwritten) <= fewOthers {
		s.writeOthers()
	}
	for _, c := range s.dirty {
		if c.out.own && !c.out.dirty {
			c.out.own = false
			s.send(c)
		}
	}
	clear(s.dirty)
	s.dirty = append(s.dirty[:0], later...)
	s.writeOthers()
	if s.weighs && len(s.unwritten) == 0 {
		s.evictClients()
	}
}

// markUnwritten queues a client to be written to, in this cycle or a later one.
func (s *Server) markUnwritten(c *client) {
	if !c.out.queued {
		c.out.queued = true
		s.unwritten = append(s.unwritten, c)
	}
}

func (s *Server) writeOthers() {
	n := min(len(s.unwritten), sliceMax)
	for _, c := range s.unwritten[:n] {
		c.out.queued = false
		s.send(c)
	}
	rest := copy(s.unwritten, s.unwritten[n:])
	clear(s.unwritten[rest:])
	s.unwritten = s.unwritten[:rest]
}

// send writes what the connection takes at once.
func (s *Server) send(c *client) {
	o := &c.out
	if o.full || o.stalled || c.phase == closed || s.runs(c) { // whose reply is not whole
		return
	}
	o.peak = max(o.peak, min(o.pending(), keepBuffer))
	done, err := c.conn.Flush()
	for err == nil && done && o.pending() > 0 {
		var n int
		b := o.next()
		n, err = c.conn.Write(b)
		s.netOut += int64(n)
		s.stats.writes++
		o.wrote(n)
		if done = n == len(b); done && err == nil {
			done, err = c.conn.Flush()
		}
	}
	s.weigh(c)
	switch {
	case err != nil && c.capped && c.phase < freed: // what it has sent still runs
		o.discard()
	case err != nil:
		s.kill(c, "writing failed: "+err.Error())
	case !done && !c.gone:
		o.full = true
	case c.phase == freed:
		s.closeConn(c)
	}
}

// unauthenticatedMax bounds the output that is queued for a client that has not given the
// password: the fixed buffer of a client in Redis, and 1 KiB.
const unauthenticatedMax = keepBuffer + 1<<10

// Output is compared with its limits whenever something was queued: after each message, after
// each command at the door, and after each command of EXEC. Inside of one reply the writer
// keeps to the hard limit by itself. Whatever is within keepBuffer counts as nothing, since
// Redis has a fixed buffer of this size for each client and counts what is beyond it.

// outputLimit returns the client's limits.
func (c *client) outputLimit() config.OutputLimit {
	class := config.ClassNormal
	if c.Subscribed() {
		class = config.ClassPubSub
	}
	l := c.srv.cfg.OutputLimit(class)
	if c.srv.authRequired(c) {
		l.Hard = unauthenticatedMax
	}
	return l
}

// bounded returns the writer of the client's stream, which takes no more than the hard limit
// allows.
func (c *client) bounded() *resp.Writer {
	o, hard := &c.out, c.outputLimit().Hard
	if o.w.Max = 0; hard > 0 {
		o.w.Max = max(o.sent-o.before+int(min(max(hard, keepBuffer), math.MaxInt/2)), 1)
	}
	return &o.w
}

// checkLimits checks the clients for which something was queued in this cycle.
func (s *Server) checkLimits() {
	for i := 0; i < len(s.dirty); i++ { // cutting one off may add to the list
		s.checkLimit(s.dirty[i])
	}
}

// checkLimit cuts a client off whose output is over client-output-buffer-limit: at once over
// the hard limit, after a time over the soft limit.
func (s *Server) checkLimit(c *client) {
	s.weigh(c)
	pending := int64(c.out.pending())
	if pending <= keepBuffer && len(s.softOver) == 0 || c.phase != open {
		return
	}
	l := c.outputLimit()
	over := func(limit int64) bool { return limit > 0 && pending > max(limit, keepBuffer) }
	switch {
	case !over(l.Soft):
		delete(s.softOver, c)
	case s.softOver[c].IsZero():
		s.softOver[c] = s.now()
	}
	if over(l.Hard) || over(l.Soft) && s.now().Sub(s.softOver[c]) > l.SoftTime {
		s.cutOff(c)
	}
}

// cutOff ends a client whose output is over its limit. From now on nothing is queued for it,
// and to tracking it is gone. It leaves the tables at the end of the cycle, since the
// message that was too much may be one for many.
func (s *Server) cutOff(c *client) {
	c.dropped = true
	c.closeAtCycleEnd("output buffer limit")
	s.unweigh(c) // so that nobody is evicted for it
	s.stats.outputLimitDisconnections++
	s.log.Warningf("Client %s scheduled to be closed ASAP for overcoming of output buffer limits.", c.line())
}
