package servertest

import (
	"fmt"
	"time"
)

// Step waits for the next batch of commands that a client has sent, and runs it:
// the oldest one, or that of the client given. What it causes is written by
// EndCycle. It needs WithManualLoop.
//
// So the race between a reply and an invalidation can be played in both orders:
// let two clients send, then step the one, then the other, or the other way
// round.
func (s *Server) Step(t TB, who ...Client) {
	t.Helper()
	var id uint64
	if len(who) > 0 {
		id = who[0].ID
	}
	timeout := time.NewTimer(waitPatience)
	defer timeout.Stop()
	for {
		_, more := s.Waiting()
		ran, err := s.Server.Step(id)
		if err != nil {
			t.Fatalf("servertest: Step: the loop runs by itself; start the server with WithManualLoop()")
		}
		if ran != 0 {
			return
		}
		select {
		case <-more:
		case <-timeout.C:
			clients, _ := s.Waiting()
			t.Fatalf("servertest: Step waited %v for a command%s; commands wait of the clients %v.\n%s",
				waitPatience, of(who), clients, s.session.diagram())
		}
	}
}

func of(who []Client) string {
	if len(who) == 0 {
		return ""
	}
	return fmt.Sprintf(" of %s", who[0])
}

// EndCycle ends the cycle that Step's batches are part of, as the server's loop
// does: BCAST messages go out, then everything that was queued is written.
func (s *Server) EndCycle(t TB) {
	t.Helper()
	if err := s.Server.EndCycle(); err != nil {
		t.Fatalf("servertest: EndCycle: the loop runs by itself; start the server with WithManualLoop()")
	}
}

// FastForward moves the clock of WithManualClock on. What has a time in between
// happens, in order: keys expire and invalidate, blocked commands time out.
func (s *Server) FastForward(d time.Duration) {
	s.t.Helper()
	if err := s.Server.FastForward(d); err != nil {
		s.t.Fatalf("servertest: FastForward(%v): %s", d, s.clockAdvice(d))
	}
}

// SetTime sets the clock of WithManualClock. Forwards it does what FastForward
// does; backwards only the time changes.
func (s *Server) SetTime(now time.Time) {
	s.t.Helper()
	if err := s.Server.SetTime(now); err != nil {
		s.t.Fatalf("servertest: SetTime: %s", s.clockAdvice(0))
	}
}

func (s *Server) clockAdvice(d time.Duration) string {
	if s.set.clock == nil {
		return "the clock is the real one; start the server with WithManualClock(time.Now())"
	}
	return fmt.Sprintf("%v is negative; use SetTime to go back", d)
}
