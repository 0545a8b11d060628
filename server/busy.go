package server

import (
	"time"

	"github.com/tattle-server/tattle/resp"
)

// busyEvery is how often the watchdog looks for clients to answer while a script
// runs that takes too long.
const busyEvery = 2 * time.Millisecond

// answerBusy answers clients while a script keeps the loop: it runs what is allowed
// then (SCRIPT KILL, SHUTDOWN NOSAVE, AUTH and a few more) and tells BUSY to all
// else. It ends with the script.
func (s *Server) answerBusy() {
	for s.answerWaiting() {
		time.Sleep(busyEvery)
	}
}

// answerWaiting answers those who wait now and reports whether the script goes on.
func (s *Server) answerWaiting() bool {
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	if !s.script.active {
		return false
	}
	for _, j := range s.takeBusyJobs() {
		s.runBusy(j)
	}
	return true
}

// takeBusyJobs takes from the queue what can be done beside a script: batches of
// clients, and functions that only let clients in and out.
func (s *Server) takeBusyJobs() []*job {
	l := &s.loop
	l.mu.Lock()
	defer l.mu.Unlock()
	var now, later []*job
	for _, j := range l.queue {
		if j.c != nil || j.beside {
			now = append(now, j)
		} else {
			later = append(later, j)
		}
	}
	l.queue = later
	return now
}

// runBusy does one job as if no script ran, but for the answer BUSY.
func (s *Server) runBusy(j *job) {
	running, executing, nesting := s.running, s.executing, s.nesting
	clock, now := s.clock, s.ks.Now() // time stands still in a script
	calls, muted := s.calls, s.muted  // the script's caller goes on with these
	s.muted = resp.Writer{}
	s.running, s.executing, s.nesting, s.script.busy, s.script.active = nil, false, 0, true, false
	s.readClock()
	dirty, toFree := s.dirty, s.toFree
	s.dirty, s.toFree = nil, nil
	if j.c != nil {
		j.verdict = s.runBatch(j.c)
		j.c.out.own = true
	} else {
		s.runFunc(j.fn)
		j.verdict = ran
	}
	// What others are to be told waits for the end of the script's cycle: the
	// bytes of its caller must not be handed out in the middle of a reply.
	for _, c := range s.dirty {
		if c == j.c {
			c.out.dirty = false
			c.out.handOver()
			continue
		}
		dirty = append(dirty, c)
	}
	if j.c != nil {
		j.c.out.own = false
	}
	s.dirty, s.toFree = dirty, append(toFree, s.toFree...)
	s.running, s.executing, s.nesting = running, executing, nesting
	s.clock, s.calls, s.muted = clock, calls, muted
	s.ks.SetNow(now)
	s.script.busy, s.script.active = false, true
	j.turn <- j.verdict
}
