package servertest

import (
	"slices"
	"strings"

	"github.com/tattle-server/tattle/server/journal"
	"github.com/tattle-server/tattle/server/journal/render"
	"github.com/tattle-server/tattle/tracking"
)

// Explain says for each client whether it would be told if a key changed now, on which way,
// and if not, why not. by is the client that would change it; without it, that is somebody
// else. Nothing changes. TATTLE EXPLAIN gives the same.
//
//	t.Log(srv.Explain("user:1")) // such as:
//	[client 1 (app) by push: sent client 2: not remembered: tracking is off]
func (s *Server) Explain(key string, by ...Client) []tracking.Verdict {
	s.t.Helper()
	var writer uint64
	if len(by) > 0 {
		writer = by[0].ID
	}
	return s.Lab().Explain(key, writer)
}

// Why tells what has happened between a client and a key since the start, Reset or For, and how the
// two stand now: what it read and whether that was remembered, what it was told, and why not. TATTLE WHY gives the same.
//
//	t.Log(srv.Why(srv.ClientNamed("app"), "user:1").Verdict)
func (s *Server) Why(c Client, key string) journal.Story {
	s.t.Helper()
	now := slices.DeleteFunc(s.Explain(key), func(v tracking.Verdict) bool { return v.Client != c.ID })
	s.mu.Lock()
	defer s.mu.Unlock()
	return journal.Why(s.history.since(s.began), c.ID, key, now)
}

// Record returns what has happened since the start, Reset or For, in a format: text is the
// diagram that the log of a failed test shows, gotest a Go test that does the same,
// jsonl has everything. Package render describes them all. The test fails if there is no such format. TATTLE
// RECORD DUMP gives the same.
func (s *Server) Record(format string) string {
	s.t.Helper()
	s.mu.Lock()
	events := s.history.since(s.began)
	s.mu.Unlock()
	var b strings.Builder
	if err := render.Write(&b, format, events); err != nil {
		s.t.Fatalf("servertest: Record: %v", err)
	}
	return b.String()
}
