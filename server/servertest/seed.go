package servertest

// Seed makes the random choices that follow repeat: SRANDMEMBER, SPOP, RANDOMKEY,
// what is evicted and what leaves the tracking table.
func (s *Server) Seed(seed int) {
	s.t.Helper()
	srv, err := s.running()
	if err != nil {
		s.t.Errorf("servertest: Seed(%d): %v", seed, err)
		return
	}
	srv.Lab().Seed(uint64(seed))
}
