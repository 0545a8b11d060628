package servertest

import (
	"strconv"
	"strings"

	"github.com/tattle-server/tattle/resp"
)

// CommandCount returns how many commands have run, including those of direct access.
func (s *Server) CommandCount() int {
	s.t.Helper()
	return s.count("stats", "total_commands_processed")
}

// CurrentConnectionCount returns how many connections are open.
func (s *Server) CurrentConnectionCount() int {
	s.t.Helper()
	return s.count("clients", "connected_clients")
}

// TotalConnectionCount returns how many connections there were since the start.
func (s *Server) TotalConnectionCount() int {
	s.t.Helper()
	return s.count("stats", "total_connections_received")
}

// count returns a number from INFO.
func (s *Server) count(section, name string) int {
	s.t.Helper()
	info, err := ask[resp.Verbatim](&s.database, "INFO", section)
	s.database.report([]any{"INFO", section}, err)
	for line := range strings.Lines(info.Text) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+":"); ok {
			n, _ := strconv.Atoi(value)
			return n
		}
	}
	return 0
}

// IsReadOnlyCommand reports whether a command has the readonly flag. Only the keys of
// such commands are remembered for clients that track.
func (s *Server) IsReadOnlyCommand(name string) bool {
	s.t.Helper()
	srv, err := s.running()
	if err != nil {
		s.t.Errorf("servertest: IsReadOnlyCommand(%q): %v", name, err)
		return false
	}
	return srv.Lab().ReadsOnly(name)
}
