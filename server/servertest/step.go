package servertest

import (
	"fmt"
	"time"
)

// Step waits until there is a batch of commands that a client has sent, and runs it: the
// oldest one, or the one of the client given. EndCycle then writes what it has caused.
// Step needs WithManualLoop.
//
// That way, a test can play the race between a reply and an invalidation in both orders:
// it lets two clients send, and then steps them one after the other, or the other way
// round.
func (s *Server) Step(t TB, who ...Client) {
	t.Helper()
	var id uint64
	if len(who) > 0 {
		id = who[0].ID
	}
	for deadline := time.After(s.patience); ; {
		_, more := s.Lab().Waiting()
		if id != 0 && s.isGone(who[0]) {
			t.Fatalf("servertest: Step waits for a command%s, which is gone.\n%s", of(who), s.tail())
		}
		ran, err := s.Lab().Step(id)
		if err != nil {
			t.Fatalf("servertest: Step: the loop runs by itself; start the server with WithManualLoop()")
		}
		if ran != 0 {
			return
		}
		select {
		case <-more:
		case <-s.ctx.Done():
			t.Fatalf("servertest: Step waited for a command%s: %v", of(who), s.ctx.Err())
		case <-deadline:
			clients, _ := s.Lab().Waiting()
			t.Fatalf("servertest: Step waited %v for a command%s; commands wait of the clients %v.\n%s",
				s.patience, of(who), clients, s.tail())
		}
	}
}

func of(who []Client) string {
	if len(who) == 0 {
		return ""
	}
	return fmt.Sprintf(" of %s", who[0])
}

// EndCycle ends the cycle of the batches that Step has run, as the server's loop does:
// BCAST messages are queued, then everything in the queues is written.
func (s *Server) EndCycle(t TB) {
	t.Helper()
	if err := s.Lab().EndCycle(); err != nil {
		t.Fatalf("servertest: EndCycle: the loop runs by itself; start the server with WithManualLoop()")
	}
}

// SetManual makes the loop wait for Step from now on, or lets it run by itself again.
func (s *Server) SetManual(on bool) {
	s.t.Helper()
	s.Lab().SetManual(on)
}
