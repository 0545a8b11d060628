package servertest

import (
	"strconv"
	"strings"
)

const defaultUser = "default"

// RequireAuth makes every new connection send AUTH with this password first; "" ends
// that. As with Redis, connections that are already open are not affected. The methods
// for data need no password, but connections of [Server.Do] and [Server.Connect] do. Before
// Start it is a setting, which Restart and Reset keep.
func (s *Server) RequireAuth(password string) {
	s.t.Helper()
	if !s.started() {
		s.set.lines = append(s.set.lines, setting("requirepass", password))
		return
	}
	s.database.mustText("CONFIG", "SET", "requirepass", password)
	s.database.mustText("ACL", "SETUSER", defaultUser, "on")
}

// RequireUserAuth is RequireAuth with a user, who may do everything. Unless that is the
// user "default", nobody can be the default user any more.
func (s *Server) RequireUserAuth(user, password string) {
	s.t.Helper()
	switch {
	case user == defaultUser:
		s.RequireAuth(password)
	case !s.started():
		s.set.lines = append(s.set.lines, setting("user", user, "on", ">"+password, "~*", "&*", "+@all"), setting("user", defaultUser, "off"))
	default:
		s.database.mustText("ACL", "SETUSER", user, "on", ">"+password, "allkeys", "allchannels", "allcommands")
		s.database.mustText("ACL", "SETUSER", defaultUser, "off")
	}
}

// setting returns a line of redis.conf.
func setting(words ...string) string {
	for i, word := range words {
		words[i] = strconv.Quote(word)
	}
	return strings.Join(words, " ")
}
