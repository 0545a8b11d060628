package servertest

import (
	"fmt"
	"time"
)

// FastForward moves the clock of WithManualClock forward by d. Everything that is due by
// then happens, in order: keys expire and are invalidated, blocked commands time out.
func (s *Server) FastForward(d time.Duration) {
	s.t.Helper()
	if err := s.Lab().FastForward(d); err != nil {
		s.t.Fatalf("servertest: FastForward(%v): %s", d, s.clockAdvice(d))
	}
}

// SetTime sets the clock of WithManualClock. To go forward is the same as FastForward; to
// go back changes the time and nothing else.
func (s *Server) SetTime(now time.Time) {
	s.t.Helper()
	if err := s.Lab().SetTime(now); err != nil {
		s.t.Fatalf("servertest: SetTime: %s", s.clockAdvice(0))
	}
}

func (s *Server) clockAdvice(d time.Duration) string {
	if s.set.clock == nil {
		return "the clock is the real one; start the server with WithManualClock(time.Now())"
	}
	return fmt.Sprintf("%v is negative; use SetTime to go back", d)
}
