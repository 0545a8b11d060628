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
	ErrRealClock = errors.New("server: the clock is the real one and cannot be moved; stop it first, or start with Options.Clock")
	ErrBackwards = errors.New("server: time cannot be fast-forwarded by a negative duration; use SetTime to go back")
)

// StopClock stops the clock where it is, until RunClock. It moves by FastForward and SetTime meanwhile. If it stands
// already, as with Options.Clock, nothing happens.
func (l *Lab) StopClock() { l.s.do(func() { l.s.stopClock(l.lease) }) }

// RunClock has time go on from what the real clock shows, also after Options.Clock. What has fallen due by then happens.
// Time may go back by that, as by SetTime.
func (l *Lab) RunClock() {
	l.s.do(func() {
		l.s.use(l.lease)
		l.s.runClock()
	})
}

// ClockStopped reports whether the clock moves only by FastForward and SetTime.
func (l *Lab) ClockStopped() bool { return l.s.manualClock.Load() != nil }

// Now returns the time of the server's clock.
func (l *Lab) Now() time.Time { return l.s.now() }

// FastForward moves a manual clock forward by d. Whatever falls due meanwhile happens, in
// order: keys expire and invalidate, blocked commands time out, a pause ends. All of that
// is done when FastForward returns.
func (l *Lab) FastForward(d time.Duration) error {
	if d < 0 {
		return ErrBackwards
	}
	return l.moveTo(func(now time.Time) time.Time { return now.Add(d) })
}

// SetTime sets a manual clock. Forward it does what FastForward does; backward only the
// time changes.
func (l *Lab) SetTime(t time.Time) error {
	return l.moveTo(func(time.Time) time.Time { return t })
}

// moveTo moves the clock, unless it is the real one.
func (l *Lab) moveTo(target func(now time.Time) time.Time) error {
	s := l.s
	s.moving.Lock()
	defer s.moving.Unlock()
	clock := s.manualClock.Load()
	if clock == nil {
		return ErrRealClock
	}
	s.do(func() { s.use(l.lease) })
	s.move(clock, target(clock.Now()))
	return nil
}

// move moves a manual clock step by step, from what falls due next to what does then.
func (s *Server) move(clock *ManualClock, target time.Time) {
	for due := s.nextDue(); due != 0; {
		next := time.UnixMilli(due)
		if next.After(target) {
			break
		}
		if next.After(clock.Now()) {
			clock.set(next)
		}
		s.do(s.onTimer)
		before := due
		if due = s.nextDue(); due == before {
			break // it cannot be done now: keys do not expire in a pause
		}
	}
	clock.set(target)
	s.do(s.onTimer)
}

// stopClock stops the clock for somebody.
func (s *Server) stopClock(by *lease) {
	s.use(by)
	if s.manualClock.Load() != nil {
		return
	}
	s.noteFault(0, "the clock stops")
	if s.givenClock == nil {
		s.givenClock = NewManualClock(s.clock)
	}
	s.givenClock.set(s.clock)
	s.manualClock.Store(s.givenClock)
	s.hold(&s.clockHeld, by)
	if s.timer != nil {
		s.timer.Stop()
	}
}

// runClock has the real clock go on, and sets the timer anew.
func (s *Server) runClock() {
	if s.manualClock.Load() == nil {
		return
	}
	s.manualClock.Store(nil)
	s.clockHeld = nil
	s.readClock()
	s.refreshTime()
	s.noteFault(0, "the clock runs")
	s.lastIdle = min(s.lastIdle, s.ks.Now())
	s.onTimer()
	s.arm()
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
	if m := s.manualClock.Load(); m != nil {
		return m.Now()
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
	if m := s.manualClock.Load(); m != nil {
		s.clock = m.Now()
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
