package servertest

// Seed makes random choices repeatable from now on: those of SRANDMEMBER, SPOP and
// RANDOMKEY, which keys are evicted, and which leave the tracking table.
func (s *Server) Seed(seed int) {
	s.t.Helper()
	srv, err := s.running()
	if err != nil {
		s.t.Errorf("servertest: Seed(%d): %v", seed, err)
		return
	}
	srv.Lab().Seed(uint64(seed))
}
