package server

import (
	"fmt"
	"os"
	"runtime/debug"

	"github.com/tattle-server/tattle/server/internal/wire"
)

// A cycle is one exclusive pass over all tables, by whoever has the loop's turn:
//
//	connections that are ready, in the order in which they became so:
//	    read, then run command by command; after each what waited for its reply
//	beforeSleep
//	write
//
// Invariants: one cycle at a time; nothing in a cycle waits, for a socket, a channel or
// a lock that is held during I/O; and nothing that runs in a cycle can keep it.

// engine is the server as its loop sees it.
type engine struct{ s *Server }

// Begin begins a cycle.
func (e engine) Begin() {
	s := e.s
	s.readClock()
	s.cycleBegan = s.read
	s.refreshTime()
	s.stats.cycles++
}

// Serve reads what has come from a client and runs it.
func (e engine) Serve(c *client, flags uint8) { e.s.serve(c, flags) }

// End ends a cycle. With a manual loop whoever steps does it.
func (e engine) End() {
	s := e.s
	defer s.net()
	began := s.cycleBegan
	s.stats.commandTime += s.lap(began)
	if s.loop.Manual() {
		return
	}
	s.beforeSleep()
	s.write()
	s.stats.cycleTime += s.lap(began)
}

// Unfinished reports whether some have not been written to yet. With a manual loop they
// wait for the end of its cycle.
func (e engine) Unfinished() bool { return len(e.s.unwritten) > 0 && !e.s.loop.Manual() }

// batchMax bounds the commands that one client runs in a cycle; the rest of a longer
// pipeline goes into the next, so that others get their turn.
const batchMax = 1024

// readMax is what is read from one client in a cycle, as in Redis.
const readMax = 16 << 10

// aheadMax bounds what is read of a client while none of its commands may run. Beyond it
// the client's own system holds the rest.
const aheadMax = 1 << 20

// serve gives a client its turn.
func (s *Server) serve(c *client, flags uint8) {
	if flags&wire.Writable != 0 {
		c.out.full = false
		s.markUnwritten(c)
	}
	switch {
	case c.freed || flags&wire.Readable == 0 || s.throttled(c, flags):
		return
	case s.beside != nil && s.runs(c):
		s.beside.script.missed |= flags // served when its script is over
		return
	}
	if c.capped { // what it has sent is here already; there may be more
		c.capped = false
		s.runOrWait(c)
		s.loop.Ready(c, flags)
		return
	}
	s.receive(c, flags)
}

// receive reads once and runs what has come.
func (s *Server) receive(c *client, flags uint8) {
	if c.blocked != nil && c.in.Len() >= aheadMax {
		c.behind |= flags
		return
	}
	scratch := s.takeScratch()
	space := c.in.Space(scratch)
	n, err := c.conn.Read(space)
	c.in.Filled(n)
	s.netIn += int64(n)
	if n > 0 {
		s.runOrWait(c)
	}
	c.in.Settle()
	s.scratch = scratch
	switch {
	case c.freed:
	case err != nil && (c.steps || c.capped): // the end comes behind what it has sent
	case err != nil:
		c.gone = true
		c.closeAfterReply("connection ended")
	case n == len(space):
		s.loop.Ready(c, flags) // there may be more, after others
	case n > 0 && flags&wire.Hangup != 0:
		s.loop.Ready(c, flags) // what is behind it is the end
	}
}

// runOrWait runs what a client has sent or, with a manual loop, has it wait to be
// stepped. Beside a script nothing waits.
func (s *Server) runOrWait(c *client) {
	if s.loop.Manual() && s.beside == nil {
		s.wait(c)
		return
	}
	s.runInput(c)
}

// takeScratch returns memory to read into. It is used again, but for one whose command
// is put aside.
func (s *Server) takeScratch() []byte {
	scratch := s.scratch
	s.scratch = nil
	if scratch == nil {
		scratch = make([]byte, 0, readMax)
	}
	return scratch
}

// runInput runs the commands that a client has sent, in order, until they are done, the
// client is blocked or closed, or it is others' turn.
func (s *Server) runInput(c *client) {
	words := s.words
	s.words = nil // whose turn comes inside of a command takes its own, see busy.go
	c.out.own = true
	for n := 0; !c.closing && c.blocked == nil; n++ {
		if n == batchMax {
			c.capped = true
			s.loop.Ready(c, wire.Readable)
			break
		}
		args, size, err := c.in.Next(c.limits(), words[:0])
		if err != nil {
			s.violated(c, err)
			break
		}
		if size == 0 {
			break
		}
		c.size = size
		s.process(c, args)
		c.size = 0
		overwrite(args)
		words = args
	}
	s.words = words[:0]
}

func (c *client) limits() wire.Limits {
	return wire.Limits{Authenticated: c.authenticated, MaxBulk: c.srv.cfg.ProtoMaxBulkLen}
}

// violated answers a client that broke the protocol, and closes it.
func (s *Server) violated(c *client, err error) {
	text, ok := err.(wire.Violation)
	if !ok {
		s.kill(c, err.Error())
		return
	}
	s.markDirty(c)
	s.countError("ERR")
	c.out.w.ErrorText("ERR Protocol error: " + string(text))
	c.closeAfterReply("protocol error")
}

// net catches a panic in the work at a cycle's end. Nobody knows what state it has left
// behind, so the server goes down, and says so where it is read even if nobody reads
// the log.
func (s *Server) net() {
	r := recover()
	if r == nil {
		return
	}
	what := fmt.Sprintf("tattle: panic at the end of a cycle, the server goes down: %v\n%s", r, debug.Stack())
	s.log.Warningf("%s", what)
	fmt.Fprint(os.Stderr, what)
	s.exec, s.beside = nil, nil
	s.dirty, s.unwritten, s.toFree = nil, nil, nil
	s.closeOnce.Do(func() { go s.end() })
}

// beforeSleep ends a cycle. The order is part of the contract: what the cycle caused is
// in every client's stream before anything is written.
func (s *Server) beforeSleep() {
	s.serveBlocked()
	s.fastExpire()
	s.fitMemory()
	s.tracker.BeforeSleep()
	s.endFlushes()
	s.limitTable()
	s.checkLimits()
	s.dropClosed()
	s.noteCycleEnded()
	s.arm()
}

// markDirty notes that a client has something to be written.
func (s *Server) markDirty(c *client) {
	if !c.out.dirty {
		c.out.dirty = true
		s.dirty = append(s.dirty, c)
	}
}

// dropClosed takes clients out of all tables that have ended while a command of theirs
// ran. One whose script goes on stays.
func (s *Server) dropClosed() {
	ended := s.toFree
	s.toFree = nil
	for _, c := range ended {
		if s.runs(c) {
			s.toFree = append(s.toFree, c)
		} else {
			s.free(c)
		}
	}
}
