package server

import (
	"time"
)

// expireBudget bounds one run of the active expiry. As in Redis it is a quarter of the time
// between two runs, and a little more for each step of active-expire-effort.
func (s *Server) expireBudget() time.Duration {
	percent := 25 + 2*(s.cfg.ActiveExpireEffort-1)
	return s.tick() * time.Duration(percent) / 100
}

// tick is the time between two runs of the periodic work (hz).
func (s *Server) tick() time.Duration {
	return time.Second / time.Duration(min(max(s.cfg.Hz, 1), 500))
}

// fastExpireBudget bounds the expiry at the end of a cycle.
const fastExpireBudget = time.Millisecond

// fastExpire goes on with the expiry at the end of a cycle if the last timed run did not
// finish.
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
	took := time.Since(began)
	s.stats.expireTime += took
	s.noteLatency("expire-cycle", took)
}

// arm sets the timer for what falls due next. Blocked commands and pauses end to the
// millisecond; expiry, the tracking table's limit and soft output limits come at the next
// tick. If nothing falls due, a server that nobody talks to does nothing at all.
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
	earlier(s.nextSave())
	if s.manualClock.Load() != nil {
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

// onGrid returns the first tick at or after a time, and after the last tick, in Unix
// milliseconds. Ticks come hz times a second, counted from the server's start. With a manual
// clock there is no grid: things happen exactly when they fall due.
func (s *Server) onGrid(at int64) int64 {
	tick := s.tick().Milliseconds()
	at = max(at, s.lastTick+1)
	if s.manualClock.Load() != nil {
		return max(at, s.lastTick+tick)
	}
	start := s.started.UnixMilli()
	return start + (at-start+tick-1)/tick*tick
}

// idleEvery is how often idle clients are looked for, in milliseconds.
const idleEvery = 1000

// nextIdle returns when to look for idle clients next, in Unix milliseconds, or 0 for never.
func (s *Server) nextIdle() int64 {
	if s.cfg.Timeout == 0 || len(s.clients) == 0 {
		return 0
	}
	return s.lastIdle + idleEvery
}

// endIdle closes the clients that have sent nothing for longer than timeout, except those
// that are blocked or subscribed.
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

// onTimer does what has fallen due.
func (s *Server) onTimer() {
	if s.closed {
		return
	}
	s.armed = 0
	if s.beside != nil {
		return // time stands still for a script: the end of its cycle sets the timer anew
	}
	s.lastTick = s.ks.Now()
	s.endTimeouts()
	s.endIdle()
	s.saveIfDue()
	if s.pause.until != 0 && !s.pause.on(s.ks.Now()) {
		s.endPause()
	}
	s.expire(s.expireBudget())
	s.limitTable()
	for c := range s.softOver {
		s.checkLimit(c)
	}
}
