package server

import (
	"fmt"
	"time"
)

// This file keeps whoever stops the loop or the clock, and goes away, from leaving the server frozen.

// lease is somebody who may go away: a client that has called TATTLE, or a page in a browser. Whatever is
// stopped has one, or nil if Go code has stopped it, which is its own to end.
type lease struct {
	who  string
	over bool // they are gone
}

// leaseTime is how long what somebody has stopped stays so after they are gone. It is real time. So a person
// whose connection was lost has the time to come back.
const leaseTime = 5 * time.Second

// Lease returns a lab for somebody who may go away, with the function that says so. What they have stopped, the
// loop or the clock, runs again 5 s after that, unless somebody else has used the loop or the clock meanwhile,
// who then has what they had. who is for the log: "the page". The [Lab] of a TATTLE command is its
// client's in the same way.
func (l *Lab) Lease(who string) (leased *Lab, end func()) {
	held := &lease{who: who}
	return &Lab{l.s, held}, func() { l.s.do(func() { l.s.endLease(held) }) }
}

// Holders returns who has stopped the loop and the clock: "client 7", a name that was given to [Lab.Lease], "Go code",
// or "" for what runs.
func (l *Lab) Holders() (loop, clock string) {
	s := l.s
	s.doBeside(func() {
		loop, clock = holder(s.loop.Manual(), s.loopHeld), holder(s.manualClock.Load() != nil, s.clockHeld)
	})
	return loop, clock
}

func holder(stopped bool, l *lease) string {
	switch {
	case !stopped:
		return ""
	case l == nil:
		return "Go code"
	}
	return l.who
}

// labOf returns the lab of a client, which has a lease until it is gone.
func (s *Server) labOf(c *client) *Lab {
	l := s.leases[c.id]
	if l == nil {
		l = &lease{who: fmt.Sprintf("client %d", c.id)}
		s.leases[c.id] = l
	}
	return &Lab{s, l}
}

// leaveLease ends the lease of a client that is gone.
func (s *Server) leaveLease(c *client) {
	if l := s.leases[c.id]; l != nil {
		delete(s.leases, c.id)
		s.endLease(l)
	}
}

// use gives what is stopped to whoever uses the loop or the clock. What Go code has stopped stays its own.
func (s *Server) use(l *lease) {
	if l != nil && l.over {
		return // their command has outlived them
	}
	for _, held := range [...]**lease{&s.loopHeld, &s.clockHeld} {
		if *held != nil {
			*held = l
		}
	}
}

// hold notes who stops the loop or the clock.
func (s *Server) hold(held **lease, l *lease) {
	if *held = l; l != nil && l.over {
		s.runOutLater(l)
	}
}

// endLease notes that somebody is gone.
func (s *Server) endLease(l *lease) {
	l.over = true
	if s.loopHeld == l || s.clockHeld == l {
		s.runOutLater(l)
	}
}

func (s *Server) runOutLater(l *lease) {
	time.AfterFunc(leaseTime, func() { s.do(s.logged(func() { s.runOut(l) })) })
}

// runOut lets run again what somebody had stopped who is gone.
func (s *Server) runOut(l *lease) {
	if s.closed {
		return
	}
	if s.clockHeld == l {
		s.runClock()
		s.log.Noticef("The clock runs again: %s had stopped it and is gone.", l.who)
	}
	if s.loopHeld == l {
		s.runLoop()
		s.log.Noticef("The loop runs again: %s had stopped it and is gone.", l.who)
	}
}
