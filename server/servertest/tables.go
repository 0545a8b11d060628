package servertest

import "github.com/tattle-server/tattle/tracking"

// Tracking copies the two tables of tracking: the holders of each key, and the
// subscribers of each prefix.
func (s *Server) Tracking() tracking.Snapshot {
	s.t.Helper()
	return s.engine().Tracking()
}

// EvictKey takes a key out of the tracking table as if that were over its limit, and its holders are told. It
// reports whether the key was there.
func (s *Server) EvictKey(key string) bool {
	s.t.Helper()
	return s.Lab().EvictKey(key)
}

// EvictTracked takes n random keys out of the tracking table as if it were over its limit,
// and their holders are told. It returns how many it took out.
func (s *Server) EvictTracked(n int) int {
	s.t.Helper()
	return s.Lab().EvictTracked(n)
}
