package server

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tattle-server/tattle/server/internal/wire"
	"github.com/tattle-server/tattle/tracking"
)

// faults change the invalidations of one client on their way into its stream. A client
// without faults has a nil pointer, which is all that they cost.
type faults struct {
	// by has the outcomes that a test wants for messages, each with the number of the
	// Faulted event by which it began.
	by       map[tracking.Outcome]uint64
	withheld []push
	armed    []armedPush
	drop     int // how many are dropped; -1 for all
	delay    time.Duration
}

// event returns the number of the Faulted event behind an outcome, or 0.
func (f *faults) event(o tracking.Outcome) uint64 {
	if f == nil {
		return 0
	}
	return f.by[o]
}

// fate returns what becomes of an invalidation that is queued for the client now.
func (c *client) fate() tracking.Outcome { return c.fateAfter(0) }

// fateAfter returns what becomes of an invalidation that is queued in this cycle behind n others.
func (c *client) fateAfter(n int) tracking.Outcome {
	f := c.faults
	switch {
	case c.phase >= closing || n > 0 && f.event(tracking.Cut) != 0:
		return tracking.ConnectionEnded
	case f.event(tracking.Cut) != 0:
		return tracking.Cut
	case f.event(tracking.Dropped) != 0 && (f.drop < 0 || n < f.drop):
		return tracking.Dropped
	case f.event(tracking.Held) != 0:
		return tracking.Held
	case f.event(tracking.Delayed) != 0:
		return tracking.Delayed
	}
	return tracking.Sent
}

// correctOutcome says in the event of a message what the server makes of it: to tracking, a
// message that leaves it is sent.
func (s *Server) correctOutcome(e *tracking.Event) {
	if e.Fault != 0 {
		return // it says what became of a message at the end of a fault
	}
	if c := s.clients[e.Receiver]; c != nil && e.Outcome == tracking.Sent {
		e.Outcome = c.fate()
		e.Fault = c.faults.event(e.Outcome)
	}
	if c := s.clients[e.Client]; c != nil && e.Receiver == brokenTarget {
		e.Fault = c.faults.event(tracking.BrokenRedirect)
	}
}

// pushThrough queues an invalidation, unless the client's faults make something else of it.
func (c *client) pushThrough(message push) {
	f := c.faults
	switch c.fate() {
	case tracking.Cut:
		f.by[tracking.ConnectionEnded] = f.by[tracking.Cut]
		c.closeAtCycleEnd("fault: cut before a push")
	case tracking.Dropped:
		if f.drop--; f.drop == 0 {
			delete(f.by, tracking.Dropped)
		}
	case tracking.Held:
		f.withheld = append(f.withheld, message)
	case tracking.Delayed:
		c.later(message, f.delay)
	case tracking.Sent:
		c.queuePush(message)
		if again := f.event(tracking.Duplicated); again != 0 {
			c.srv.noteOutcome(&message, tracking.Duplicated, again)
			c.queuePush(message)
		}
	}
}

// queuePush queues a message in the client's stream. If that is too much for the client, the
// message is lost.
func (c *client) queuePush(message push) {
	if c.phase >= closing {
		return
	}
	c.stream().Raw(message.bytes)
	c.srv.notePushed(c, message)
	if c.told(); c.dropped {
		c.srv.noteOutcome(&message, tracking.ConnectionEnded, 0)
	}
}

// queueLate queues a message that a fault has kept back, or says that it comes too late.
func (c *client) queueLate(message push, fault uint64) {
	o := tracking.Sent
	if c.phase >= closing {
		o = tracking.ConnectionEnded
	}
	c.srv.noteOutcome(&message, o, fault)
	c.queuePush(message)
}

// later queues a message after a time.
func (c *client) later(message push, d time.Duration) {
	s, fault := c.srv, c.faults.event(tracking.Delayed)
	time.AfterFunc(d, func() {
		s.post(func() { c.queueLate(message, fault) })
	})
}

// loseWithheld gives up the messages that are withheld from a client that is gone.
func (c *client) loseWithheld() {
	if f := c.faults; f != nil {
		for _, message := range f.withheld {
			c.queueLate(message, f.by[tracking.Held])
		}
		f.withheld = nil
		c.srv.addArmed(-len(f.armed))
		f.armed = nil
	}
}

// The errors of faults.
var (
	ErrNoClient   = errors.New("server: the client is gone")
	ErrNotHeld    = errors.New("server: no pushes of the client are held")
	ErrNoRedirect = errors.New("server: the client redirects to nobody")
)

// Faults makes the invalidations of one client go wrong. Each call is an event of the kind
// Faulted, and the events that it leads to have its number. The methods return
// [ErrNoClient] if the client is gone. They must not be called from inside a cycle.
type Faults struct {
	s  *Server
	id uint64
}

// Faults returns the faults of a client.
func (l *Lab) Faults(client uint64) Faults { return Faults{l.s, client} }

func (f Faults) change(fn func(*client, *faults) error) (err error) {
	f.s.doBeside(func() {
		c := f.s.clients[f.id]
		if c == nil || c.phase >= freed {
			err = ErrNoClient
			return
		}
		if c.faults == nil {
			c.faults = &faults{by: map[tracking.Outcome]uint64{}}
		}
		err = fn(c, c.faults)
		c.fitFaults()
	})
	return err
}

// fitFaults lets go of the faults if there are none.
func (c *client) fitFaults() {
	if f := c.faults; f != nil && len(f.by)+len(f.withheld)+len(f.armed) == 0 {
		c.faults = nil
	}
}

// note makes the event of a call.
func (f Faults) note(format string, args ...any) uint64 {
	return f.s.noteFault(f.id, fmt.Sprintf(format, args...))
}

// begin makes an outcome the fate of the client's messages.
func (f Faults) begin(o tracking.Outcome, format string, args ...any) error {
	return f.change(func(_ *client, x *faults) error {
		x.by[o] = f.note(format, args...)
		return nil
	})
}

// end ends that, if it has begun.
func (f Faults) end(o tracking.Outcome, text string) error {
	return f.change(func(_ *client, x *faults) error {
		if x.by[o] != 0 {
			f.note("%s", text)
		}
		delete(x.by, o)
		return nil
	})
}

// Hold withholds all invalidations from now on.
func (f Faults) Hold() error { return f.begin(tracking.Held, "pushes are held") }

// Release sends what was withheld, in its order or in reverse, and ends Hold. Without Hold it
// fails with [ErrNotHeld].
func (f Faults) Release(reverse bool) error {
	return f.change(func(c *client, x *faults) error {
		if x.by[tracking.Held] == 0 {
			return ErrNotHeld
		}
		list, order := x.withheld, "in order"
		delete(x.by, tracking.Held)
		if x.withheld = nil; reverse {
			slices.Reverse(list)
			order = "in reverse order"
		}
		n := f.note("what was held is sent, %s: %d", order, len(list))
		for _, message := range list {
			c.queueLate(message, n)
		}
		return nil
	})
}

// ReleaseSome sends the first n of the messages that were withheld, and goes on with Hold. Without Hold it
// fails with [ErrNotHeld].
func (f Faults) ReleaseSome(n int) error {
	return f.change(func(c *client, x *faults) error {
		if x.by[tracking.Held] == 0 {
			return ErrNotHeld
		}
		n = min(n, len(x.withheld))
		fault := f.note("of what is held the first is sent: %d", n)
		for range n {
			c.queueLate(x.takeWithheld(0), fault)
		}
		return nil
	})
}

// ReleaseOne sends one of the messages that were withheld, known by the event that says so, and goes on
// with Hold. It fails with [ErrNotHeld].
func (f Faults) ReleaseOne(event uint64) error {
	return f.change(func(c *client, x *faults) error {
		i := x.findWithheld(event)
		if i < 0 {
			return ErrNotHeld
		}
		c.queueLate(x.takeWithheld(i), f.note("of what is held, event %d is sent", event))
		return nil
	})
}

// DropOne drops one of the messages that were withheld, as ReleaseOne sends it.
func (f Faults) DropOne(event uint64) error {
	return f.change(func(_ *client, x *faults) error {
		i := x.findWithheld(event)
		if i < 0 {
			return ErrNotHeld
		}
		message := x.takeWithheld(i)
		f.s.noteOutcome(&message, tracking.Dropped, f.note("of what is held, event %d is dropped", event))
		return nil
	})
}

// findWithheld returns the index of the message whose last event this is, or -1.
func (f *faults) findWithheld(event uint64) int {
	return slices.IndexFunc(f.withheld, func(p push) bool { return event != 0 && p.event.Seq == event })
}

func (f *faults) takeWithheld(i int) push {
	message := f.withheld[i]
	f.withheld = slices.Delete(f.withheld, i, i+1)
	return message
}

// Drop drops the next n invalidations: all with -1, no more with 0.
func (f Faults) Drop(n int) error {
	if n == 0 {
		return f.end(tracking.Dropped, "pushes are dropped no more")
	}
	return f.change(func(_ *client, x *faults) error {
		what := fmt.Sprintf("pushes are dropped, the next %d", n)
		if x.drop = n; n < 0 {
			what = "pushes are dropped"
		}
		x.by[tracking.Dropped] = f.note("%s", what)
		return nil
	})
}

// Duplicate sends each invalidation twice, or ends that.
func (f Faults) Duplicate(on bool) error {
	if !on {
		return f.end(tracking.Duplicated, "pushes are sent twice no more")
	}
	return f.begin(tracking.Duplicated, "pushes are sent twice")
}

// Delay sends each invalidation d later, by the real clock; 0 ends that.
func (f Faults) Delay(d time.Duration) error {
	if d == 0 {
		return f.end(tracking.Delayed, "pushes are delayed no more")
	}
	return f.change(func(_ *client, x *faults) error {
		x.delay, x.by[tracking.Delayed] = d, f.note("pushes are delayed by %v", d)
		return nil
	})
}

// CutBeforePush closes the connection in place of the next invalidation: what was
// queued before it is still written.
func (f Faults) CutBeforePush() error {
	return f.begin(tracking.Cut, "the connection ends before the next push")
}

// Kill closes the connection now, as CLIENT KILL does.
func (f Faults) Kill() error {
	return f.change(func(c *client, x *faults) error {
		x.by[tracking.ConnectionEnded] = f.note("the connection is killed")
		f.s.kill(c, "killed")
		return nil
	})
}

// StallWrites keeps everything from being written to the client until it is called with
// false. To the client it looks as if the server did not answer.
func (f Faults) StallWrites(on bool) error {
	return f.change(func(c *client, _ *faults) error {
		if on != c.out.stalled {
			f.note("writes %s", stallText(on))
		}
		c.out.stalled = on
		f.s.markUnwritten(c)
		return nil
	})
}

func stallText(on bool) string {
	if on {
		return "stall"
	}
	return "go on"
}

// BreakRedirect makes the server believe that the target of the client's redirection is
// gone. If the client does not redirect it fails with [ErrNoRedirect].
func (f Faults) BreakRedirect() error {
	return f.change(func(c *client, x *faults) error {
		if !c.track.On || c.track.Redirect == 0 {
			return ErrNoRedirect
		}
		x.by[tracking.BrokenRedirect] = f.note("the redirect to client %d is broken", c.track.Redirect)
		c.track.Redirect = brokenTarget
		return nil
	})
}

// ClearFaults ends the faults of all clients: what is held is sent, what stalls goes on. A broken redirect stays
// broken until CLIENT TRACKING is called again.
func (l *Lab) ClearFaults() {
	for _, info := range l.s.Clients() {
		f := l.Faults(info.ID)
		f.Release(false)
		f.Drop(0)
		f.Delay(0)
		f.Duplicate(false)
		f.end(tracking.Cut, "the connection does not end before the next push")
		f.change(func(c *client, _ *faults) error {
			c.takeArmed(BeforeReply)
			c.takeArmed(InsideReply)
			return nil
		})
		f.StallWrites(false)
		f.StallReads(false)
	}
}

// brokenTarget is an id that no client has.
const brokenTarget = 1<<63 - 1

// throttle delays the commands that a client sends.
type throttle struct {
	delay   time.Duration
	stalled bool  // nothing runs until the throttle is taken away
	missed  uint8 // the flags with which the client was handed in meanwhile
	passes  bool  // its delay is over
}

// throttled reports whether a client must wait for its turn. If so the client gets it
// later.
func (s *Server) throttled(c *client, flags uint8) bool {
	t := c.throttle
	if t == nil {
		return false
	}
	if t.passes {
		t.passes = false
		return false
	}
	if flags&wire.Hangup != 0 {
		s.leaveLease(c) // its end is seen when it is its turn
	}
	first := t.missed == 0
	t.missed |= flags
	if first && !t.stalled {
		time.AfterFunc(t.delay, func() { s.post(func() { t.pass(c) }) })
	}
	return true
}

// pass gives a client its turn when its delay is over.
func (t *throttle) pass(c *client) {
	if t.missed != 0 && c.throttle == t {
		t.passes = true
		c.srv.loop.Ready(c, t.missed)
		t.missed = 0
	}
}

// unthrottle takes the throttle away.
func (s *Server) unthrottle(c *client) {
	if t := c.throttle; t != nil {
		c.throttle = nil
		s.loop.Ready(c, t.missed)
	}
}

// StallReads keeps everything that the client sends from running until it is called with
// false.
func (f Faults) StallReads(on bool) error {
	return f.change(func(c *client, _ *faults) error {
		if on != (c.throttle != nil && c.throttle.stalled) {
			f.note("reads %s", stallText(on))
		}
		f.s.unthrottle(c)
		if on {
			c.throttle = &throttle{stalled: true}
		}
		return nil
	})
}

// DelayCommands runs each batch that the client sends d later, by the real clock; 0 ends
// that.
func (f Faults) DelayCommands(d time.Duration) error {
	return f.change(func(c *client, _ *faults) error {
		switch {
		case d > 0:
			f.note("commands are delayed by %v", d)
		case c.throttle != nil:
			f.note("commands are delayed no more")
		}
		f.s.unthrottle(c)
		if d > 0 {
			c.throttle = &throttle{delay: d}
		}
		return nil
	})
}
