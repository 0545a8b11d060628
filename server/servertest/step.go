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
	for deadline := time.After(waitPatience); ; {
		_, more := s.Lab().Waiting()
		ran, err := s.Lab().Step(id)
		if err != nil {
			t.Fatalf("servertest: Step: the loop runs by itself; start the server with WithManualLoop()")
		}
		if ran != 0 {
			return
		}
		select {
		case <-more:
		case <-deadline:
			clients, _ := s.Lab().Waiting()
			t.Fatalf("servertest: Step waited %v for a command%s; commands wait of the clients %v.\n%s",
				waitPatience, of(who), clients, s.diagram())
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
	if err := s.Lab().EndCycle(); err != nil {
		t.Fatalf("servertest: EndCycle: the loop runs by itself; start the server with WithManualLoop()")
	}
}

// SetManual makes the loop wait for Step from now on, or lets it go on by itself.
func (s *Server) SetManual(on bool) {
	s.t.Helper()
	s.Lab().SetManual(on)
}
