package server

import (
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/tattle-server/tattle/server/internal/wire"
)

// The loop makes many goroutines into Redis's one thread.
//
// Invariants: at most one cycle runs at a time; a client has at most one batch
// in a cycle; nothing in a cycle waits for a socket, a channel or a lock that is
// held during I/O.
//
// The obvious way is a loop goroutine fed by channels. It costs two goroutine
// switches a batch even when nobody else wants the loop. So there is none: the
// goroutine of a connection that has a batch runs the cycle itself if the loop
// is free. If it is not, the batch queues up, and who runs the loop takes all
// that waits into one cycle, as a group commit does. When the leader's own work
// is done it does not go on for the others: it makes the first of those who
// wait the next leader, so that nobody's reply waits for work that came later.
//
//	A: ─ runs cycle [A] ───── runs nothing more, writes its reply
//	B:     queues ──────────── leads ─ runs cycle [B C D] ─ writes
//	C:        queues ──────────────────────────── woken ─ writes
//	D:           queues ───────────────────────── woken ─ writes
type loop struct {
	mu    sync.Mutex
	busy  bool
	queue []*job

	manual manual // batches wait to be stepped, see manual.go
}

// job is what one goroutine wants done in a cycle: the batch of a client, or a
// function.
type job struct {
	c       *client
	fn      func()
	beside  bool // fn may run beside a script that does not end, see busy.go
	turn    chan verdict
	verdict verdict // set by the cycle

	// others are clients with something to be written that are not part of the
	// cycle which this job led. Who led it writes to them, after its own reply.
	others []*client
}

// cycleCap bounds the jobs of one cycle, so that the first of them does not wait
// for ever for its reply to be written.
const cycleCap = 256

// do runs fn in a cycle of its own, or with others, and returns when the cycle is
// over. It must not be called from inside one.
func (s *Server) do(fn func()) {
	j := &job{fn: fn, turn: make(chan verdict, 1)}
	s.submit(j)
	j.deliver()
}

// doBeside is do for what only lets clients in and out.
func (s *Server) doBeside(fn func()) {
	j := &job{fn: fn, beside: true, turn: make(chan verdict, 1)}
	s.submit(j)
	j.deliver()
}

// deliverMax is to how many others a leader writes itself. Each write is a system
// call, and its own client waits; more go to a goroutine.
const deliverMax = 8

// yieldEvery is how many others are written to before who else is ready gets his
// turn.
const yieldEvery = 32

// fewOthers are told before the leader writes its own reply: who has heard of his
// write can be nearly sure that a single reader of the key has been told.
const fewOthers = 2

// deliver writes to the clients that the job's cycle told something. None of them
// is waited for. Where they are more than a few it is called after the leader has
// written its own reply, so that a writer does not wait for the sockets of its
// readers.
func (j *job) deliver() {
	others := j.others
	if len(others) > deliverMax {
		j.others = nil
		go writeTo(others)
		return
	}
	writeTo(others)
	clear(others)
	j.others = others[:0]
}

func writeTo(clients []*client) {
	for i, c := range clients {
		c.out.flush()
		if i%yieldEvery == yieldEvery-1 {
			wire.Yield() // readers are many, and nobody else need wait for them
		}
	}
}

// submit has a job done and returns what became of it.
func (s *Server) submit(j *job) verdict {
	l := &s.loop
	l.mu.Lock()
	switch {
	case l.manual.on && j.c != nil:
		l.manual.arrive(j)
	case !l.busy:
		l.busy = true // and nobody waits
		l.mu.Unlock()
		if j.c == nil || !s.hasPrefixes.Load() {
			return s.leadWith(append(s.jobs[:0], j))
		}
		s.gather()
		return s.leadAll(j)
	default:
		l.queue = append(l.queue, j)
	}
	l.mu.Unlock()
	if v := <-j.turn; v != lead {
		return v
	}
	return s.leadAll(j)
}

// gather lets batches that are about to come be part of the next cycle: with BCAST
// each cycle is a message to every subscriber. Where others are ready, more may have
// come to the sockets meanwhile.
func (s *Server) gather() {
	runtime.Gosched()
	s.loop.mu.Lock()
	some := len(s.loop.queue) > 0
	s.loop.mu.Unlock()
	if some {
		wire.Yield()
	}
}

// leadAll leads a cycle of j and all jobs that wait, up to the cap.
func (s *Server) leadAll(j *job) verdict {
	l := &s.loop
	jobs := append(s.jobs[:0], j)
	l.mu.Lock()
	n := min(len(l.queue), cycleCap-1)
	jobs = append(jobs, l.queue[:n]...)
	rest := copy(l.queue, l.queue[n:])
	clear(l.queue[rest:])
	l.queue = l.queue[:rest]
	l.mu.Unlock()
	return s.leadWith(jobs)
}

// leadWith runs one cycle, whose first job is the leader's, then hands the loop on.
func (s *Server) leadWith(jobs []*job) verdict {
	l := &s.loop
	j := jobs[0]
	s.cycle(jobs)
	for _, other := range jobs[1:] {
		other.turn <- other.verdict
	}
	mine := j.verdict
	j.others = append(j.others[:0], s.others...)
	clear(s.others)
	s.others = s.others[:0]
	clear(jobs)
	s.jobs = jobs

	l.mu.Lock()
	if len(l.queue) == 0 {
		l.busy = false
		l.mu.Unlock()
		return mine
	}
	next := l.queue[0]
	rest := copy(l.queue, l.queue[1:])
	l.queue[rest] = nil
	l.queue = l.queue[:rest]
	l.mu.Unlock()
	next.turn <- lead
	return mine
}

// cycle runs jobs as one exclusive pass.
func (s *Server) cycle(jobs []*job) {
	s.readClock()
	began := s.read
	s.refreshTime()
	s.stats.cycles++
	for _, j := range jobs {
		if j.c != nil {
			j.verdict = s.runBatch(j.c)
			j.c.out.own = true
		} else {
			s.runFunc(j.fn)
			j.verdict = ran
			s.readClock()
		}
	}
	s.stats.commandTime += s.read.Sub(began)
	if s.loop.manual.on {
		return // whoever steps ends the cycle too
	}
	s.beforeSleep()
	s.stats.cycleTime += s.lap(began)
	for _, j := range jobs {
		if j.c != nil {
			j.c.out.own = false
		}
	}
}

func (s *Server) runFunc(fn func()) {
	defer func() {
		if r := recover(); r != nil {
			s.log.Warningf("panic in a function run by the loop: %v\n%s", r, debug.Stack())
		}
	}()
	fn()
}

// batchCap bounds the commands that one client runs in a cycle; the rest of a
// longer pipeline goes into the next, so that others get their turn.
const batchCap = 1024

// runBatch runs a client's commands in order until they are done, the client is
// parked or closed, or the cap is reached.
func (s *Server) runBatch(c *client) verdict {
	words := s.words // whose turn comes inside of a command takes its own, see busy.go
	s.words = nil
	defer func() { s.words = words[:0] }()
	args := c.first
	c.first, c.pipelined = nil, false
	for n := 1; c.taken > 0 && !c.closing; n++ {
		c.pipelined = n > 1
		s.process(c, args)
		if c.blocked != nil {
			return parked
		}
		overwrite(args)
		if n == batchCap {
			break
		}
		words, c.taken = c.conn.Next(words[:0])
		args = words
	}
	if c.closing {
		return ended
	}
	return ran
}

// beforeSleep ends a cycle. The order is part of the contract: what the cycle
// caused is in every client's stream before anything is written.
func (s *Server) beforeSleep() {
	s.serveBlocked()
	s.fastExpire()
	s.fitMemory()
	s.tracker.BeforeSleep()
	s.limitTable()
	s.handOut()
	s.dropClosed()
	s.hasPrefixes.Store(s.tracker.Prefixes() > 0)
	s.noteCycleEnded()
	s.arm()
}

// handOut hands every dirty client's bytes to be written. Clients of this cycle
// write their own when it is over; the others are left to the leader.
func (s *Server) handOut() {
	if len(s.dirty) > fanOut {
		s.replyFirst()
	}
	for i := 0; i < len(s.dirty); i++ { // closing a client may add to the list
		c := s.dirty[i]
		c.out.dirty = false
		if c.out.kill {
			continue
		}
		pending := c.out.handOver()
		s.checkLimit(c, pending)
		if !c.out.own && !c.out.kill {
			s.others = append(s.others, c)
		}
	}
	clear(s.dirty)
	s.dirty = s.dirty[:0]
}

// fanOut is how many clients a cycle tells something before those of the cycle get
// their replies at once: to hand out to so many takes as long as some writes.
const fanOut = 64

// replyFirst writes what the clients of this cycle are to get, before the others are
// seen to. It never waits for a socket.
func (s *Server) replyFirst() {
	for _, c := range s.dirty {
		if c.out.own && !c.out.kill {
			c.out.handOver()
			c.out.flush()
		}
	}
}

// markDirty notes that a client has something to be handed out.
func (s *Server) markDirty(c *client) {
	if !c.out.dirty {
		c.out.dirty = true
		s.dirty = append(s.dirty, c)
	}
}

// dropClosed takes closed clients out of all tables.
func (s *Server) dropClosed() {
	for i := 0; i < len(s.toFree); i++ {
		c := s.toFree[i]
		if c.out.kill {
			c.out.drop() // now: nothing of this cycle may go out any more
			go c.out.abandon()
		} else {
			c.out.endStall()
		}
		s.free(c)
	}
	clear(s.toFree)
	s.toFree = s.toFree[:0]
}
