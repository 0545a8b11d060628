package server

import "time"

// faults are what a test does to the invalidations of one client on their way
// into its stream. Without any the pointer is nil, which is all that it costs.
type faults struct {
	hold      bool
	held      []push
	drop      int // how many of the next are dropped; -1 for all
	duplicate bool
	delay     time.Duration
	cut       bool // the connection ends in place of the next
}

// idle tells that nothing is left to do for.
func (f *faults) idle() bool {
	return !f.hold && len(f.held) == 0 && f.drop == 0 && !f.duplicate && f.delay == 0 && !f.cut
}

// pushThrough takes an invalidation through the client's faults.
func (c *client) pushThrough(message push) {
	f := c.faults
	switch {
	case f == nil:
		c.deliver(message)
	case f.cut:
		c.closeAfterReply("fault: cut before a push")
	case f.drop != 0:
		if f.drop > 0 {
			f.drop--
		}
	case f.hold:
		f.held = append(f.held, message)
	case f.delay > 0:
		c.later(message, f.delay)
	default:
		c.deliver(message)
		if f.duplicate {
			c.deliver(message)
		}
	}
}

// deliver queues a message in the client's stream.
func (c *client) deliver(message push) {
	c.stream().Raw(message.bytes)
	c.srv.notePushed(c, message)
}

// later queues a message when d has passed.
func (c *client) later(message push, d time.Duration) {
	s := c.srv
	time.AfterFunc(d, func() {
		s.post(func() {
			if !c.freed {
				c.deliver(message)
			}
		})
	})
}

// Faults makes the invalidations of one client go wrong. Its methods may be
// called from anywhere but inside a cycle, and return false when the client is
// gone.
type Faults struct {
	s  *Server
	id uint64
}

// Faults returns the faults of a client.
func (l *Lab) Faults(client uint64) Faults { return Faults{l.s, client} }

func (f Faults) change(fn func(*client, *faults)) (there bool) {
	f.s.do(func() {
		c := f.s.clients[f.id]
		if c == nil {
			return
		}
		there = true
		if c.faults == nil {
			c.faults = &faults{}
		}
		fn(c, c.faults)
		if c.faults.idle() {
			c.faults = nil
		}
	})
	return there
}

// Hold keeps back all invalidations from now on.
func (f Faults) Hold() bool { return f.change(func(_ *client, x *faults) { x.hold = true }) }

// Release lets go those held, in their order or in the reverse one, and holds no
// more.
func (f Faults) Release(reverse bool) bool {
	return f.change(func(c *client, x *faults) {
		held := x.held
		x.hold, x.held = false, nil
		for i := range held {
			if reverse {
				c.deliver(held[len(held)-1-i])
			} else {
				c.deliver(held[i])
			}
		}
	})
}

// Drop drops the next n invalidations, all of them with -1, none more with 0.
func (f Faults) Drop(n int) bool { return f.change(func(_ *client, x *faults) { x.drop = n }) }

// Duplicate sends each invalidation twice, or ends that.
func (f Faults) Duplicate(on bool) bool {
	return f.change(func(_ *client, x *faults) { x.duplicate = on })
}

// Delay sends each invalidation d later; 0 ends that.
func (f Faults) Delay(d time.Duration) bool {
	return f.change(func(_ *client, x *faults) { x.delay = d })
}

// CutBeforePush closes the connection in place of the next invalidation: what was
// queued before it is still written.
func (f Faults) CutBeforePush() bool { return f.change(func(_ *client, x *faults) { x.cut = true }) }

// Cut closes the connection now, as CLIENT KILL does.
func (f Faults) Cut() bool {
	return f.change(func(c *client, _ *faults) { f.s.kill(c, "fault: cut") })
}

// StallWrites lets nothing be written to the client until it is called with
// false: for the client it is as if the server did not answer.
func (f Faults) StallWrites(on bool) bool {
	return f.change(func(c *client, _ *faults) {
		c.out.stalled = on
		f.s.markUnwritten(c)
	})
}

// BreakRedirect makes the server believe that the target of the client's
// redirection is gone.
func (f Faults) BreakRedirect() bool {
	return f.change(func(c *client, _ *faults) {
		if c.track.Redirect != 0 {
			c.track.Redirect = brokenTarget
		}
	})
}

// brokenTarget is an id that no client has.
const brokenTarget = 1<<63 - 1

// throttle slows the running of what a client sends down.
type throttle struct {
	delay   time.Duration
	stalled bool  // nothing runs until it is lifted
	missed  uint8 // the flags with which the client was handed in meanwhile
	passes  bool  // its delay is over
}

// throttled reports whether a client must wait for its turn, and then sees to it that it
// gets it.
func (s *Server) throttled(c *client, flags uint8) bool {
	t := c.throttle
	if t == nil {
		return false
	}
	if t.passes {
		t.passes = false
		return false
	}
	first := t.missed == 0
	t.missed |= flags
	if first && !t.stalled {
		time.AfterFunc(t.delay, func() { s.post(func() { t.over(c) }) })
	}
	return true
}

// over lets a client have its turn whose delay is over.
func (t *throttle) over(c *client) {
	if t.missed != 0 && c.throttle == t {
		t.passes = true
		c.srv.loop.Ready(c, t.missed)
		t.missed = 0
	}
}

// unthrottle lets what a client sends run again.
func (s *Server) unthrottle(c *client) {
	if t := c.throttle; t != nil {
		c.throttle = nil
		s.loop.Ready(c, t.missed)
	}
}

// StallReads lets nothing that the client sends be run until it is called with
// false.
func (f Faults) StallReads(on bool) bool {
	return f.change(func(c *client, _ *faults) {
		f.s.unthrottle(c)
		if on {
			c.throttle = &throttle{stalled: true}
		}
	})
}

// DelayCommands runs each batch that the client sends d later; 0 ends that.
func (f Faults) DelayCommands(d time.Duration) bool {
	return f.change(func(c *client, _ *faults) {
		f.s.unthrottle(c)
		if d > 0 {
			c.throttle = &throttle{delay: d}
		}
	})
}
