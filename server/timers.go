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
	s.noteLatency("expire-cycle", time.Since(began))
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
		earlier(s.onGrid(s.ks.Now() + 1))
	}
	if at := s.ks.NextExpiry(); at != 0 && s.activeExpire {
		earlier(s.onGrid(at))
	}
	earlier(s.nextIdle())
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
		s.timer = time.AfterFunc(wait, func() { s.post(s.onTimer) })
		return
	}
	s.timer.Reset(wait)
}

// onGrid returns the first tick at or after a time, and after the last one, in Unix
// milliseconds: what is done from time to time is done hz times a second, counted from
// the start, also after a time with nothing to do. A clock that is moved by hand has no
// grid: there, things happen exactly when their time comes.
func (s *Server) onGrid(at int64) int64 {
	tick := s.tick().Milliseconds()
	at = max(at, s.lastTick+1)
	if s.manualClock != nil {
		return max(at, s.lastTick+tick)
	}
	start := s.started.UnixMilli()
	return start + (at-start+tick-1)/tick*tick
}

// idleEvery is how often clients are looked at that say nothing, in milliseconds.
const idleEvery = 1000

// nextIdle returns when to look for silent clients next, in Unix milliseconds; 0 is
// never.
func (s *Server) nextIdle() int64 {
	if s.cfg.Timeout == 0 || len(s.clients) == 0 {
		return 0
	}
	return s.lastIdle + idleEvery
}

// endIdle closes clients that have been silent for longer than timeout. Those that are
// blocked or subscribed have nothing to say.
func (s *Server) endIdle() {
	if at := s.nextIdle(); at == 0 || s.ks.Now() < at {
		return
	}
	s.lastIdle = s.ks.Now()
	limit := time.Duration(s.cfg.Timeout) * time.Second
	for _, c := range s.sortedClients() {
		if c.blocked == nil && !c.Subscribed() && s.clock.Sub(c.lastActive) > limit {
			s.kill(c, "idle")
		}
	}
}

// onTimer is a cycle of its own for what has a time.
func (s *Server) onTimer() {
	if s.closed {
		return
	}
	s.armed = 0
	s.lastTick = s.ks.Now()
	s.endTimeouts()
	s.endIdle()
	if s.pause.until != 0 && !s.pause.on(s.ks.Now()) {
		s.endPause()
	}
	s.expire(s.expireBudget())
	s.limitTable()
	for c := range s.softOver {
		s.checkLimit(c)
	}
}
