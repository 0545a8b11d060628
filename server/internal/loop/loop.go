package loop

import (
	"sync"
	"sync/atomic"
)

// Source is what the loop keeps of a connection. Embed it.
type Source struct {
	queued bool
	flags  uint8
}

func (s *Source) source() *Source { return s }

// Conn is a connection: a pointer to something that embeds [Source].
type Conn interface {
	comparable
	source() *Source
}

// item is one thing in the queue: a connection, a function, or a goroutine that waits for
// the turn.
type item[C Conn] struct {
	conn C
	fn   func()
	turn *turn
}

// turn is what a goroutine waits for.
type turn struct {
	given chan bool     // closed when the goroutine has the turn; true if it has it beside a command
	back  chan struct{} // then it closes this; nil if it cannot run beside one
}

// Engine does the work of a turn. A cycle is Begin, some calls of Serve and of functions,
// and End.
type Engine[C Conn] interface {
	Begin()
	// Serve serves a connection. The flags are all with which it was handed in since it
	// was last served. The loop does not know their meaning.
	Serve(c C, flags uint8)
	// Full reports whether the cycle has done enough. The rest of the queue is for the
	// next one.
	Full() bool
	// End ends a cycle, even one that a panic of a function has cut short.
	End()
	// Unfinished reports whether another cycle is wanted though nothing is ready.
	Unfinished() bool
}

// Poller knows which connections have become ready.
type Poller[C Conn] interface {
	// Look calls ready for each connection that has become ready since the last look,
	// in that order. It never waits.
	Look(ready func(c C, flags uint8))
	// Wait calls look again and again, whenever a connection may have become ready,
	// until it returns true. It fails when the poller is closed.
	Wait(look func() bool) error
}

// Loop is the queue and the turn. Its methods may be called from any goroutine that
// does not have the turn, unless they say otherwise.
type Loop[C Conn] struct {
	engine Engine[C]

	mu     sync.Mutex
	taken  bool      // a goroutine has the turn
	queue  []item[C] // from head on
	head   int
	poller Poller[C] // nil while there are no sockets

	manual  atomic.Bool
	waiting []C           // to be stepped
	arrived chan struct{} // closed and replaced when one more waits

	pushed func(c C, flags uint8) // push, bound once
}

// New makes a loop for an engine.
func New[C Conn](e Engine[C]) *Loop[C] {
	l := &Loop[C]{engine: e, arrived: make(chan struct{})}
	l.pushed = l.push
	return l
}

// cycleMax bounds the items of one cycle, so that the reply to the first of them is written
// soon.
const cycleMax = 256

// Poll serves the connections of a poller too. When the poller is closed, so is the channel.
// A loop has one poller at most.
func (l *Loop[C]) Poll(p Poller[C]) (ended <-chan struct{}) {
	l.mu.Lock()
	l.poller = p
	l.mu.Unlock()
	done := make(chan struct{})
	look := l.lookAndTake
	go func() {
		defer close(done)
		for p.Wait(look) == nil {
			l.run()
		}
		l.mu.Lock()
		l.poller = nil
		l.mu.Unlock()
	}()
	return done
}

// lookAndTake queues what is ready, and takes the turn if it is free and something is queued.
// If it is not free, the goroutine that has it serves the queue.
func (l *Loop[C]) lookAndTake() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.look()
	if l.taken || l.waits() == 0 {
		return false
	}
	l.taken = true
	return true
}

// look queues the sockets that have become ready. Called with mu held.
func (l *Loop[C]) look() {
	if l.poller != nil {
		l.poller.Look(l.pushed)
	}
}

// push queues a connection. If it is queued already, it keeps its place.
// Called with mu held.
func (l *Loop[C]) push(c C, flags uint8) {
	s := c.source()
	s.flags |= flags
	if !s.queued {
		s.queued = true
		l.append(item[C]{conn: c})
	}
}

// keepQueue is how long a queue that is empty may have been and keep its memory.
const keepQueue = 1 << 10

// append puts an item at the end of the queue. Before the queue grows, those behind the head
// move to its begin: a queue that is never empty must not grow for ever.
// Called with mu held.
func (l *Loop[C]) append(it item[C]) {
	if len(l.queue) == cap(l.queue) && l.head >= l.waits() {
		n := copy(l.queue, l.queue[l.head:])
		clear(l.queue[n:])
		l.queue, l.head = l.queue[:n], 0
	}
	l.queue = append(l.queue, it)
}

// Ready queues a connection that can be served, behind all that is ready now. It returns at
// once. It may also be called with the turn: then the connection is served in a later cycle.
func (l *Loop[C]) Ready(c C, flags uint8) {
	l.mu.Lock()
	l.look()
	l.push(c, flags)
	l.start()
	l.mu.Unlock()
}

// Post queues fn, to run with the turn, and returns at once. Unlike the function of [Loop.Do]
// it may also run beside a command that takes long: see [Loop.Beside].
func (l *Loop[C]) Post(fn func()) {
	l.mu.Lock()
	l.look()
	l.append(item[C]{fn: fn})
	l.start()
	l.mu.Unlock()
}

// start starts a goroutine that serves the queue, if the turn is free. Called with mu held.
func (l *Loop[C]) start() {
	if !l.taken && l.waits() > 0 {
		l.taken = true
		go l.run()
	}
}

// waits returns how many things are queued. Called with mu held.
func (l *Loop[C]) waits() int { return len(l.queue) - l.head }

// pop takes the first item off the queue. ok is false if the queue is empty, or if its first
// item is a goroutine that waits for the turn. From now on a connection may be queued again.
// Called with mu held.
func (l *Loop[C]) pop() (it item[C], flags uint8, ok bool) {
	if l.waits() == 0 || l.queue[l.head].turn != nil {
		return it, 0, false
	}
	it = l.drop()
	if it.fn == nil {
		s := it.conn.source()
		flags = s.flags
		s.queued, s.flags = false, 0
	}
	return it, flags, true
}

// drop takes the first item off the queue. Called with mu held.
func (l *Loop[C]) drop() item[C] {
	it := l.queue[l.head]
	l.queue[l.head] = item[C]{}
	if l.head++; l.head == len(l.queue) {
		l.queue, l.head = l.queue[:0], 0
		if cap(l.queue) > keepQueue {
			l.queue = nil
		}
	}
	return it
}

// Do runs fn in a cycle, behind all that is ready now, and returns when the cycle is
// over. The caller's goroutine runs it.
func (l *Loop[C]) Do(fn func()) { l.do(fn, nil) }

// DoBeside is Do for what need not wait for a command that takes long: see [Loop.Beside]. Beside it fn runs
// in the cycle of that command.
func (l *Loop[C]) DoBeside(fn func()) { l.do(fn, make(chan struct{})) }

func (l *Loop[C]) do(fn func(), back chan struct{}) {
	if beside := l.enter(back); beside {
		defer close(back)
		fn()
		return
	}
	defer l.leave()
	l.engine.Begin()
	defer l.engine.End()
	fn()
}

// enter waits for the turn, and reports whether it got it beside a command, which it can if back
// is not nil.
func (l *Loop[C]) enter(back chan struct{}) (beside bool) {
	l.mu.Lock()
	l.look()
	if l.taken {
		t := &turn{make(chan bool), back}
		l.append(item[C]{turn: t})
		l.mu.Unlock()
		return <-t.given
	}
	l.taken = true
	before := l.waits()
	l.mu.Unlock()
	for before > 0 {
		served := l.cycle(min(before, cycleMax))
		if served == 0 {
			return false // the rest was served beside a command
		}
		before -= served
	}
	return false
}

// leave gives the turn up. Another goroutine serves the queue, since the caller of Do need not
// wait for work that came later.
func (l *Loop[C]) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waits() > 0 || l.engine.Unfinished() {
		go l.run()
		return
	}
	l.taken = false
}

// run serves the queue until it is empty, or until a goroutine that waits for the turn is
// first, which then gets it. Called with the turn.
func (l *Loop[C]) run() {
	for {
		l.mu.Lock()
		if l.waits() == 0 {
			l.look() // what is ready comes before what is unfinished
		}
		n := l.waits()
		switch {
		case n > 0 && l.queue[l.head].turn != nil:
			t := l.drop().turn
			l.mu.Unlock()
			close(t.given)
			return
		case n == 0 && !l.engine.Unfinished():
			l.taken = false
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
		l.cycle(min(n, cycleMax))
	}
}

// cycle runs one cycle of at most n items, and returns how many it has served.
func (l *Loop[C]) cycle(n int) (served int) {
	l.engine.Begin()
	defer l.engine.End()
	for served < n && l.serveNext() {
		if served++; l.engine.Full() {
			break
		}
	}
	return served
}

// serveNext serves the first item of the queue, unless it is a goroutine that waits for the
// turn. Items are taken one by one, so that those behind a command that takes long can be
// served beside it.
func (l *Loop[C]) serveNext() (served bool) {
	l.mu.Lock()
	it, flags, ok := l.pop()
	l.mu.Unlock()
	switch {
	case !ok:
	case it.fn != nil:
		it.fn()
	default:
		l.engine.Serve(it.conn, flags)
	}
	return ok
}

// Beside serves the queue, except goroutines that wait for the turn in Do, while a command of the
// running cycle goes on. Called with the turn.
func (l *Loop[C]) Beside() {
	l.mu.Lock()
	l.look()
	var others, turns []item[C]
	for _, it := range l.queue[l.head:] {
		if it.turn != nil && it.turn.back == nil {
			turns = append(turns, it)
		} else {
			others = append(others, it)
		}
	}
	l.queue, l.head = append(others, turns...), 0
	l.mu.Unlock()
	for range others {
		if !l.serveNext() {
			l.lend()
		}
	}
}

// lend gives the turn to the goroutine that is first in the queue, and waits until that gives it back.
func (l *Loop[C]) lend() {
	l.mu.Lock()
	t := l.drop().turn
	l.mu.Unlock()
	t.given <- true
	<-t.back
}
