package server

import (
	"errors"
	"sync"
	"time"
)

// ManualClock is a clock that moves only by [Lab.FastForward] and [Lab.SetTime].
type ManualClock struct {
	mu  sync.Mutex
	now time.Time
}

// NewManualClock returns a clock that shows now.
func NewManualClock(now time.Time) *ManualClock { return &ManualClock{now: now} }

// Now returns what the clock shows.
func (c *ManualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *ManualClock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// The errors of moving the clock.
var (
	ErrRealClock = errors.New("server: the clock is the real one and cannot be moved; start with Options.Clock")
	ErrBackwards = errors.New("server: time cannot be fast-forwarded by a negative duration; use SetTime to go back")
)

// FastForward moves a manual clock forward by d. Whatever falls due meanwhile happens, in
// order: keys expire and invalidate, blocked commands time out, a pause ends. All of that
// is done when FastForward returns.
func (l *Lab) FastForward(d time.Duration) error {
	switch {
	case l.s.manualClock == nil:
		return ErrRealClock
	case d < 0:
		return ErrBackwards
	}
	return l.s.moveTo(l.s.manualClock.Now().Add(d))
}

// SetTime sets a manual clock. Forward it does what FastForward does; backward only the
// time changes.
func (l *Lab) SetTime(t time.Time) error {
	if l.s.manualClock == nil {
		return ErrRealClock
	}
	return l.s.moveTo(t)
}

func (s *Server) moveTo(target time.Time) error {
	for due := s.nextDue(); due != 0; {
		next := time.UnixMilli(due)
		if next.After(target) {
			break
		}
		if next.After(s.manualClock.Now()) {
			s.manualClock.set(next)
		}
		s.do(s.onTimer)
		before := due
		if due = s.nextDue(); due == before {
			break // it cannot be done now: keys do not expire in a pause
		}
	}
	s.manualClock.set(target)
	s.do(s.onTimer)
	return nil
}

// nextDue returns when the next thing falls due, in Unix milliseconds, or 0.
func (s *Server) nextDue() (at int64) {
	s.do(func() {
		s.arm()
		at = s.due
	})
	return at
}

// now reads the clock.
func (s *Server) now() time.Time {
	if s.manualClock != nil {
		return s.manualClock.Now()
	}
	return time.Now()
}

// refreshTime moves the time by which keys expire to when the clock was last read, at the
// start of the cycle or by lap. Reading the clock more than once for a command would cost
// too much.
func (s *Server) refreshTime() {
	if s.exec != nil {
		return
	}
	s.clock = s.realTime
	if s.manualClock != nil {
		s.clock = s.manualClock.Now()
	}
	s.ks.SetNow(s.clock.UnixMilli())
}

// readClock reads the real clock. Mostly it asks how much time has passed, which costs
// half as much as asking what time it is.
func (s *Server) readClock() {
	if passed := time.Since(s.askedTime); passed < askEvery {
		s.realTime = s.askedTime.Add(passed)
		return
	}
	s.askedTime = time.Now()
	s.realTime = s.askedTime
}

// askEvery bounds for how long a change of the system's time goes unnoticed.
const askEvery = 10 * time.Millisecond

// lap reads the real clock and returns the time since began.
func (s *Server) lap(began time.Time) time.Duration {
	took := time.Since(began)
	s.realTime = began.Add(took)
	return took
}
