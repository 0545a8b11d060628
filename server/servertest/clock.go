package servertest

import (
	"errors"
	"fmt"
	"time"

	"github.com/tattle-server/tattle/server"
)

// StopClock stops the server's clock where it is, until RunClock: keys do not expire, blocked commands do not time
// out. FastForward and SetTime move it meanwhile. With WithManualClock it stands from the start.
func (s *Server) StopClock() {
	s.t.Helper()
	s.Lab().StopClock()
}

// RunClock has time go on from what the real clock shows, after StopClock or WithManualClock. What has fallen due by
// then happens.
func (s *Server) RunClock() {
	s.t.Helper()
	s.Lab().RunClock()
}

// FastForward moves the clock of WithManualClock or StopClock forward by d. Everything that is due by
// then happens, in order: keys expire and are invalidated, blocked commands time out.
func (s *Server) FastForward(d time.Duration) {
	s.t.Helper()
	if err := s.Lab().FastForward(d); err != nil {
		s.t.Fatalf("servertest: FastForward(%v): %s", d, clockAdvice(err, d))
	}
}

// SetTime sets the clock of WithManualClock or StopClock. To go forward is the same as FastForward; to
// go back changes the time and nothing else.
func (s *Server) SetTime(now time.Time) {
	s.t.Helper()
	if err := s.Lab().SetTime(now); err != nil {
		s.t.Fatalf("servertest: SetTime: %s", clockAdvice(err, 0))
	}
}

func clockAdvice(err error, d time.Duration) string {
	if errors.Is(err, server.ErrRealClock) {
		return "the clock is the real one; start the server with WithManualClock(time.Now()), or call StopClock first"
	}
	return fmt.Sprintf("%v is negative; use SetTime to go back", d)
}
