package servertest

// defaultUser is the only user that the server knows.
const defaultUser = "default"

// RequireAuth makes every new connection send AUTH with this password first; "" ends
// that. As with Redis, connections that are already open are not affected. The methods
// for data need no password, but connections of [Server.Do] and [Server.Connect] do.
func (s *Server) RequireAuth(password string) {
	s.t.Helper()
	s.database.mustText("CONFIG", "SET", "requirepass", password)
}

// RequireUserAuth is RequireAuth for the user "default". There is no other: ACLs
// are not supported, and another name fails the test.
func (s *Server) RequireUserAuth(user, password string) {
	s.t.Helper()
	if user != defaultUser {
		s.t.Errorf("servertest: RequireUserAuth(%q): there are no ACLs, only the user %q exists; use it, or RequireAuth", user, defaultUser)
		return
	}
	s.RequireAuth(password)
}
