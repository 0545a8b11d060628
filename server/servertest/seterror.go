package servertest

import "github.com/tattle-server/tattle/server"

// An ErrorOption says which commands SetError is for, or how often.
type ErrorOption func(*server.InjectedError)

// ErrorFor lets only these commands fail: "GET", "CLIENT TRACKING", or "CLIENT"
// for all of its subcommands.
func ErrorFor(commands ...string) ErrorOption {
	return func(e *server.InjectedError) { e.Commands = append(e.Commands, commands...) }
}

// ErrorTimes lets only the next n commands fail that would.
func ErrorTimes(n int) ErrorOption {
	return func(e *server.InjectedError) { e.Times = n }
}

// SetError makes every command of every client fail with this error, its code
// first, until SetError(""), which ends all errors:
//
//	srv.SetError("LOADING Redis is loading the dataset in memory")
//
// With options it is for some commands, or for a number of them:
//
//	srv.SetError("ERR unknown subcommand 'TRACKING'. Try CLIENT HELP.", servertest.ErrorFor("CLIENT TRACKING"))
//	srv.SetError("MISCONF disk is full", servertest.ErrorFor("SET", "DEL"), servertest.ErrorTimes(1))
//
// It replaces what was set for the same commands. An error for chosen commands
// goes before the one for all. Commands that do not exist or have the wrong number
// of arguments get their usual error, and direct access goes on working.
func (s *Server) SetError(msg string, opts ...ErrorOption) {
	s.t.Helper()
	srv, err := s.running()
	switch {
	case err != nil:
	case msg == "" && len(opts) == 0:
		srv.Lab().ClearInjected()
	default:
		e := server.InjectedError{Text: msg}
		for _, o := range opts {
			o(&e)
		}
		err = srv.Lab().InjectError(e)
	}
	if err != nil {
		s.t.Errorf("servertest: SetError(%q): %v", msg, err)
	}
}
