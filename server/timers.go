package server

import (
	"time"
)

// expireBudget bounds one run of the active expiry: a quarter of the time
// between two, and a little more for each step of active-expire-effort, as Redis
// spends.
func (s *Server) expireBudget() time.Duration {
	percent := 25 + 2*(s.cfg.ActiveExpireEffort-1)
	return s.tick() * time.Duration(percent) / 100
}

// tick is the time between two runs of what is done from time to time (hz).
func (s *Server) tick() time.Duration {
	return time.Second / time.Duration(min(max(s.cfg.Hz, 1), 500))
}

// fastExpireBudget bounds the expiry that every cycle does when the last timed
// run did not finish.
const fastExpireBudget = time.Millisecond

// fastExpire goes on with expiry at the end of a cycle while more is due than
// the timed runs can take.
func (s *Server) fastExpire() {
	if s.expiryBehind {
		s.expire(fastExpireBudget)
	}
}

func (s *Server) expire(budget time.Duration) {
	if s.pause.on(s.ks.Now()) || !s.activeExpire {
		return
	}
	began := time.Now()
	s.expiryBehind = !s.ks.ActiveExpire(budget, func() time.Duration { return time.Since(began) })
	s.latency.note(s, "expire-cycle", time.Since(began))
}

// arm sets the timer for the next thing that has a time: the end of a blocked
// command or of a pause, to the millisecond; expiry, the tracking table's limit
// and soft output limits at the next tick. With none of them a server does
// nothing at all while nobody talks to it.
func (s *Server) arm() {
	next := s.nextTimeout()
	earlier := func(at int64) {
		if at != 0 && (next == 0 || at < next) {
			next = at
		}
	}
	earlier(s.pause.until)
	if s.tableOver || len(s.softOver) > 0 {
		earlier(s.lastTick + s.tick().Milliseconds())
	}
	if at := s.ks.NextExpiry(); at != 0 && s.activeExpire {
		earlier(max(at, s.lastTick+s.tick().Milliseconds()))
	}
	if s.manualClock != nil {
		s.due = next
		return
	}
	if next == 0 || s.armed != 0 && s.armed <= next {
		return
	}
	s.armed = next
	wait := time.Duration(next-s.ks.Now()) * time.Millisecond
	wait = max(wait, time.Millisecond)
	if s.timer == nil {
		s.timer = time.AfterFunc(wait, func() { s.do(s.onTimer) })
		return
	}
	s.timer.Reset(wait)
}

// onTimer is a cycle of its own for what has a time.
func (s *Server) onTimer() {
	if s.closed {
		return
	}
	s.armed = 0
	s.lastTick = s.ks.Now()
	s.endTimeouts()
	if s.pause.until != 0 && !s.pause.on(s.ks.Now()) {
		s.endPause()
	}
	s.expire(s.expireBudget())
	s.limitTable()
	for c := range s.softOver {
		s.checkLimit(c, c.out.pending())
	}
}

// refreshTime moves the time by which keys expire to now: to when the real clock
// was last read, at the start of the cycle or by lap. To read it is too dear to be
// done more than once for a command.
func (s *Server) refreshTime() {
	if s.nesting > 0 {
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
