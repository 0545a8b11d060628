package server

import (
	"slices"
	"time"
)

// faults change the invalidations of one client on their way into its stream. A client
// without faults has a nil pointer, which is all that they cost.
type faults struct {
	withhold  bool
	withheld  []push
	drop      int // how many of the next are dropped; -1 for all
	duplicate bool
	delay     time.Duration
	cut       bool // the connection ends in place of the next
}

// idle reports whether nothing is left to be changed.
func (f *faults) idle() bool {
	return !f.withhold && len(f.withheld) == 0 && f.drop == 0 && !f.duplicate && f.delay == 0 && !f.cut
}

// pushThrough queues an invalidation, unless the client's faults make something else of it.
func (c *client) pushThrough(message push) {
	f := c.faults
	switch {
	case f == nil:
		c.queuePush(message)
	case f.cut:
		c.closeAtCycleEnd("fault: cut before a push")
	case f.drop != 0:
		if f.drop > 0 {
			f.drop--
		}
	case f.withhold:
		f.withheld = append(f.withheld, message)
	case f.delay > 0:
		c.later(message, f.delay)
	default:
		c.queuePush(message)
		if f.duplicate {
			c.queuePush(message)
		}
	}
}

// queuePush queues a message in the client's stream.
func (c *client) queuePush(message push) {
	c.stream().Raw(message.bytes)
	c.told()
	c.srv.notePushed(c, message)
}

// later queues a message after a time.
func (c *client) later(message push, d time.Duration) {
	s := c.srv
	time.AfterFunc(d, func() {
		s.post(func() {
			if c.phase < freed {
				c.queuePush(message)
			}
		})
	})
}

// Faults makes the invalidations of one client go wrong. Its methods return false when the
// client is gone. They must not be called from inside a cycle.
type Faults struct {
	s  *Server
	id uint64
}

// Faults returns the faults of a client.
func (l *Lab) Faults(client uint64) Faults { return Faults{l.s, client} }

func (f Faults) change(fn func(*client, *faults)) (there bool) {
	f.s.do(func() {
		c := f.s.clients[f.id]
		if c == nil || c.phase >= freed {
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

// Hold withholds all invalidations from now on.
func (f Faults) Hold() bool { return f.change(func(_ *client, x *faults) { x.withhold = true }) }

// Release sends what was withheld, in its order or in reverse, and ends Hold.
func (f Faults) Release(reverse bool) bool {
	return f.change(func(c *client, x *faults) {
		list := x.withheld
		x.withhold, x.withheld = false, nil
		if reverse {
			slices.Reverse(list)
		}
		for _, message := range list {
			c.queuePush(message)
		}
	})
}

// Drop drops the next n invalidations: all with -1, no more with 0.
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

// Kill closes the connection now, as CLIENT KILL does.
func (f Faults) Kill() bool {
	return f.change(func(c *client, _ *faults) { f.s.kill(c, "killed") })
}

// StallWrites keeps everything from being written to the client until it is called with
// false. To the client it looks as if the server did not answer.
func (f Faults) StallWrites(on bool) bool {
	return f.change(func(c *client, _ *faults) {
		c.out.stalled = on
		f.s.markUnwritten(c)
	})
}

// BreakRedirect makes the server believe that the target of the client's redirection is
// gone.
func (f Faults) BreakRedirect() bool {
	return f.change(func(c *client, _ *faults) {
		if c.track.Redirect != 0 {
			c.track.Redirect = brokenTarget
		}
	})
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
