package servertest

import "net"

// Host returns the host of [Server.Addr].
func (s *Server) Host() string {
	s.t.Helper()
	host, _, _ := net.SplitHostPort(s.Addr())
	return host
}

// Port returns the port of [Server.Addr].
func (s *Server) Port() string {
	s.t.Helper()
	_, port, _ := net.SplitHostPort(s.Addr())
	return port
}
