package server

import mathrand "math/rand/v2"

// Seed makes the random choices that follow repeat: RANDOMKEY, SRANDMEMBER, SPOP,
// what is evicted and what leaves the tracking table. The same commands on a new
// server with the same seed choose the same.
func (s *Server) Seed(seed uint64) {
	s.do(func() { *s.ks.Rand = *mathrand.New(mathrand.NewPCG(seed, 0)) }) // tracking shares it
}
