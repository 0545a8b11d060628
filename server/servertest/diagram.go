package servertest

import (
	"fmt"
	"strings"

	"github.com/tattle-server/tattle/server/journal/render"
)

// sessionEvents returns the events of this test that the diagram is drawn from.
func (s *Server) sessionEvents() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.history.since(s.began, sessionKinds...)
	return list[max(len(list)-sessionSize, 0):]
}

// diagram draws the session for the log of a test.
func diagram(events []Event) string {
	drawn, lines := render.Diagram(events, "the test")
	if lines == 0 {
		return "servertest: the session was empty: no command was run"
	}
	return fmt.Sprintf("servertest: the session, its last %d lines; the times are the server's\n%s", lines, strings.TrimSuffix(drawn, "\n"))
}
