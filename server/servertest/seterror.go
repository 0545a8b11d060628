package servertest

import "github.com/tattle-server/tattle/server"

// An ErrorOption says which commands SetError is for, or how often.
type ErrorOption func(*server.InjectedError)

// ErrorFor makes only the given commands fail: "GET", "CLIENT TRACKING", or "CLIENT" for
// all of its subcommands.
func ErrorFor(commands ...string) ErrorOption {
	return func(e *server.InjectedError) { e.Commands = append(e.Commands, commands...) }
}

// ErrorTimes makes only the next n of the commands fail.
func ErrorTimes(n int) ErrorOption {
	return func(e *server.InjectedError) { e.Times = n }
}

// SetError makes every command of every client fail with an error, until SetError("")
// ends all errors. The text begins with the error code:
//
//	srv.SetError("LOADING Redis is loading the dataset in memory")
//
// With options, only some commands fail, or only a number of them:
//
//	srv.SetError("ERR unknown subcommand 'TRACKING'. Try CLIENT HELP.", servertest.ErrorFor("CLIENT TRACKING"))
//	srv.SetError("MISCONF disk is full", servertest.ErrorFor("SET", "DEL"), servertest.ErrorTimes(1))
//
// An error replaces an earlier one for the same commands. An error for chosen commands
// takes precedence over the one for all. Commands that do not exist or have the wrong
// number of arguments get their usual error, and direct access continues to work.
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
