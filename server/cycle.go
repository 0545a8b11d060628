package server

import (
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/tattle-server/tattle/server/internal/wire"
)

// A cycle is one exclusive pass over all tables. Only the goroutine that has the loop's turn
// runs it:
//
//	for each connection that is ready, in the order of arrival:
//	    read, then run each command; what waited for its reply follows it
//	beforeSleep
//	write
//
// Invariants: there is one cycle at a time. Nothing in a cycle waits for a socket, a channel,
// or a lock that is held during I/O. Nothing that runs in a cycle can keep it from ending.

// engine is the server as its loop sees it.
type engine struct{ s *Server }

// Begin begins a cycle.
func (e engine) Begin() {
	s := e.s
	s.readClock()
	s.cycleBegan = s.realTime
	s.refreshTime()
	s.stats.cycles++
}

// Serve reads what has come from a client and runs it.
func (e engine) Serve(c *client, flags uint8) {
	if s := e.s; !s.broken && !s.stopping.Load() {
		s.serve(c, flags)
	}
}

// cycleLong is how long a cycle may take before the rest of the queue is left to the next.
// So a reply is written soon even if many others have sent what takes long.
const cycleLong = 2 * time.Millisecond

// Full reports whether the cycle has taken long.
func (e engine) Full() bool { return e.s.full() }

func (s *Server) full() bool { return s.realTime.Sub(s.cycleBegan) >= cycleLong }

// End ends a cycle. With a manual loop [Lab.EndCycle] does.
func (e engine) End() {
	s := e.s
	defer s.catch()
	began := s.cycleBegan
	s.stats.commandTime += s.lap(began)
	if s.loop.Manual() || s.broken {
		return
	}
	s.beforeSleep()
	s.write()
	s.stats.cycleTime += s.lap(began)
}

// Unfinished reports whether there are clients that have not been written to, or not let go,
// yet. With a manual loop they wait for the end of its cycle.
func (e engine) Unfinished() bool {
	return len(e.s.unwritten)+len(e.s.departures) > 0 && !e.s.loop.Manual()
}

// batchMax bounds the commands that one client runs in a cycle. The rest of a longer
// pipeline runs in the next, so that others get their turn.
const batchMax = 1024

// readMax bounds the bytes that are read from one client in a cycle, as in Redis.
const readMax = 16 << 10

// serve gives a client its turn.
func (s *Server) serve(c *client, flags uint8) {
	if flags&wire.Writable != 0 {
		c.out.full = false
		s.markUnwritten(c)
	}
	switch {
	case c.phase >= freed || flags&wire.Readable == 0 || s.throttled(c, flags):
		return
	case s.beside != nil && s.runs(c):
		s.beside.script.missed |= flags // it is served when its script ends
		return
	}
	if c.capped { // commands of it are here already; more may come
		c.capped = false
		s.runOrWait(c)
		c.in.Settle()
		s.loop.Ready(c, flags)
		return
	}
	s.receive(c, flags)
}

// receive reads once and runs what has come.
func (s *Server) receive(c *client, flags uint8) {
	scratch := s.takeScratch()
	space := c.in.Space(scratch)
	space = space[:min(len(space), max(readMax, c.in.Wanted()))]
	n, err := c.conn.Read(space)
	c.in.Filled(n)
	s.netIn += int64(n)
	s.stats.reads++
	if n > 0 && !s.overQuery(c) && c.pending == nil {
		s.runOrWait(c)
	}
	c.in.Settle()
	s.weigh(c)
	s.scratch = scratch
	switch {
	case c.phase >= freed:
	case err != nil && (c.steps || c.capped || c.asksInstrument()): // the end comes behind what it has sent
		s.endBehind(c)
	case err != nil:
		s.hangUp(c)
	case n == len(space):
		s.loop.Ready(c, flags) // there may be more, after others
	case n > 0 && flags&wire.Hangup != 0:
		s.loop.Ready(c, flags) // the end of the stream comes next
	}
}

// hangUp ends a connection of which the peer has closed at least its half. What is queued is
// written only if the connection takes it at once.
func (s *Server) hangUp(c *client) {
	c.gone = true
	c.closeAfterReply("connection ended")
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

// takeScratch returns memory to read into. The caller gives it back in s.scratch. While a
// command is put aside, its client's memory is in use, and others get new memory.
func (s *Server) takeScratch() []byte {
	scratch := s.scratch
	s.scratch = nil
	if scratch == nil {
		scratch = make([]byte, 0, readMax)
	}
	return scratch
}

// runInput runs the commands that a client has sent, in order; the first may be one that was
// postponed. It ends when they are done, when the client is blocked or closed, when the
// server ends, and after batchMax of them. It returns how many they were.
func (s *Server) runInput(c *client) (ran int) {
	words := s.words
	s.words = nil // a client that is served beside a script needs its own: see busy.go
	for ; c.phase == open && c.blocked == nil && !s.stopping.Load(); ran++ {
		if c.pending != nil {
			s.process(c, c.pending)
			c.pending = nil
			continue
		}
		if ran == batchMax {
			s.leaveToNext(c)
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
		if s.weighs {
			if s.evictClients(); c.phase != open {
				break
			}
		}
		c.size, c.out.own = size, true
		if !s.between || s.beside != nil {
			s.process(c, args)
		} else {
			s.processBetween(c, args)
		}
		c.size = 0
		overwrite(args)
		clear(args) // they point into memory that may be large
		words = args
	}
	s.words = reuse(words)
	return ran
}

// leaveToNext leaves what a client has sent to a later cycle.
func (s *Server) leaveToNext(c *client) {
	c.capped = true
	s.loop.Ready(c, wire.Readable)
}

func (c *client) limits() wire.Limits {
	return wire.Limits{Authenticated: c.authenticated, MaxBulk: c.srv.cfg.Limits.StringMax}
}

// violated answers a client that broke the protocol, and closes it.
func (s *Server) violated(c *client, err error) {
	text, ok := err.(wire.Violation)
	if !ok {
		s.closeOverQuery(c)
		return
	}
	s.markDirty(c)
	s.countError("ERR")
	c.out.w.ErrorText("ERR Protocol error: " + string(text))
	c.closeAfterReply("protocol error")
}

// catch catches a panic in the work at a cycle's end. The state that it leaves behind cannot
// be trusted, so no command runs any more, and the server goes down. It says so on stderr
// too, since the log may be discarded.
func (s *Server) catch() {
	r := recover()
	if r == nil {
		return
	}
	s.broken = true
	what := fmt.Sprintf("tattle: panic at the end of a cycle, the server goes down: %v\n%s", r, debug.Stack())
	s.log.Warningf("%s", what)
	fmt.Fprint(os.Stderr, what)
	s.exec, s.beside = nil, nil
	s.dirty, s.unwritten, s.toFree = nil, nil, nil
	s.closeOnce.Do(func() { go s.end() })
}

// beforeSleep ends a cycle. The order is part of the contract. After it, all that the cycle
// caused is in the clients' streams; nothing is written before.
func (s *Server) beforeSleep() {
	s.serveBlocked()
	s.fastExpire()
	s.fitMemory()
	s.tracker.BeforeSleep()
	s.endFlushes()
	s.limitTable()
	s.checkLimits()
	s.dropClosed()
	s.finishDepartures(departAtOnce)
	s.noteCycleEnded()
	s.arm()
}

// markDirty notes that something was queued for a client.
func (s *Server) markDirty(c *client) {
	if !c.out.dirty {
		c.out.dirty = true
		s.dirty = append(s.dirty, c)
	}
}

// dropClosed frees the clients that have ended while a command of their own ran. A client
// whose script goes on stays until later.
func (s *Server) dropClosed() {
	ended := s.toFree
	s.toFree, s.unwanted.Buf = nil, reuse(s.unwanted.Buf)
	for _, c := range ended {
		if s.runs(c) {
			s.toFree = append(s.toFree, c)
		} else {
			s.free(c)
		}
	}
}
