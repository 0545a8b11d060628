package server

import (
	"errors"
	"sync"
	"time"
)

// ManualClock is a clock that stands still until it is moved, by
// [Lab.FastForward] or [Lab.SetTime].
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

// FastForward moves a manual clock on by d. What has a time in between happens, in
// the order of time: keys expire and invalidate, blocked commands time out, a
// pause ends. When it returns all of that is over.
func (l *Lab) FastForward(d time.Duration) error {
	switch {
	case l.s.manualClock == nil:
		return ErrRealClock
	case d < 0:
		return ErrBackwards
	}
	return l.s.moveTo(l.s.manualClock.Now().Add(d))
}

// SetTime sets a manual clock. Forwards it does what FastForward does; backwards
// only the time changes.
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
			break // it is due and cannot be done now: keys do not expire in a pause
		}
	}
	s.manualClock.set(target)
	s.do(s.onTimer)
	return nil
}

// nextDue returns when something has its time next, in Unix milliseconds, or 0: what
// that is may have changed since the cycle before.
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

// refreshTime moves the time by which keys expire to now: to when the real clock
// was last read, at the start of the cycle or by lap. To read it is too dear to be
// done more than once for a command.
func (s *Server) refreshTime() {
	if s.exec != nil {
		return
	}
	s.clock = s.read
	if s.manualClock != nil {
		s.clock = s.manualClock.Now()
	}
	s.ks.SetNow(s.clock.UnixMilli())
}

// readClock reads the real clock. Most of the time it asks how much time has passed,
// which is half as dear as what time it is.
func (s *Server) readClock() {
	if passed := time.Since(s.readFull); passed < readFullEvery {
		s.read = s.readFull.Add(passed)
		return
	}
	s.readFull = time.Now()
	s.read = s.readFull
}

// readFullEvery bounds for how long a change of the system's time is not seen.
const readFullEvery = 10 * time.Millisecond

// lap reads the real clock and returns the time since it showed began.
func (s *Server) lap(began time.Time) time.Duration {
	took := time.Since(began)
	s.read = began.Add(took)
	return took
}
