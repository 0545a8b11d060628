package servertest

const defaultUser = "default"

// RequireAuth makes every new connection send AUTH with this password first; "" ends
// that. As with Redis, connections that are already open are not affected. The methods
// for data need no password, but connections of [Server.Do] and [Server.Connect] do.
func (s *Server) RequireAuth(password string) {
	s.t.Helper()
	s.database.mustText("CONFIG", "SET", "requirepass", password)
	s.database.mustText("ACL", "SETUSER", defaultUser, "on")
}

// RequireUserAuth is RequireAuth with a user, who may do everything. Unless that is the
// user "default", nobody can be the default user any more.
func (s *Server) RequireUserAuth(user, password string) {
	s.t.Helper()
	if user == defaultUser {
		s.RequireAuth(password)
		return
	}
	s.database.mustText("ACL", "SETUSER", user, "on", ">"+password, "allkeys", "allchannels", "allcommands")
	s.database.mustText("ACL", "SETUSER", defaultUser, "off")
}
