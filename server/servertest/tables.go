package servertest

import "github.com/tattle-server/tattle/tracking"

// Tracking copies the two tables of tracking: who holds which key, and who
// subscribed to which prefix.
func (s *Server) Tracking() tracking.Snapshot {
	s.t.Helper()
	return s.engine().Tracking()
}

// EvictTracked takes n random keys out of the tracking table, as if it were over its
// limit, and returns how many there were. Their holders are told.
func (s *Server) EvictTracked(n int) int {
	s.t.Helper()
	return s.Lab().EvictTracked(n)
}
