package server

import (
	"fmt"
	"maps"
	"strings"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// InjectedError makes commands of clients fail, as on a server that is loading, out of
// memory or restricted.
type InjectedError struct {
	// Text is the reply, its code first: "LOADING Redis is loading the dataset in
	// memory". With an empty text the commands do not fail any more.
	Text string
	// Commands are the commands that fail: "GET", "CLIENT TRACKING", or "CLIENT" for
	// all of its subcommands. If there are none, every command fails.
	Commands []string
	// Times is how many commands fail, over all of Commands; 0 is no limit.
	Times int
}

// injections are the injected errors, by what they are for: a command, a container of
// subcommands, or nil for everything.
type injections map[*command.Row]*injection

type injection struct {
	err   resp.Error
	left  int    // 0 for no end
	event uint64 // the number of its Faulted event
}

// InjectError makes commands of clients fail from now on. It replaces an error that was
// injected for the same commands before. An error for a subcommand takes precedence over
// one for its container, and that over one for everything. A command fails after its name
// and its number of arguments were checked: nothing runs, and in a transaction EXEC fails.
// Commands of scripts and of [Server.Call] do not fail.
func (l *Lab) InjectError(e InjectedError) (err error) {
	s := l.s
	s.doBeside(func() {
		var rows []*command.Row
		if rows, err = s.injectable(e); err != nil {
			return
		}
		x := &injection{resp.Error(e.Text), e.Times, s.noteFault(0, e.String())}
		for _, row := range rows {
			s.setInjection(row, x)
		}
	})
	return err
}

// String describes the error in a few words.
func (e InjectedError) String() string {
	text := "every command fails"
	if len(e.Commands) > 0 {
		text = strings.ToUpper(strings.Join(e.Commands, ", ")) + " fails"
	}
	if e.Text == "" {
		return text + " no more"
	}
	if e.Times > 0 {
		text += fmt.Sprintf(" (%d times)", e.Times)
	}
	return text + ": " + e.Text
}

func (s *Server) setInjection(row *command.Row, x *injection) {
	switch {
	case x.err == "":
		delete(s.inject, row)
	case s.inject == nil:
		s.inject = injections{row: x}
	default:
		s.inject[row] = x
	}
}

// ClearInjected ends all injected errors.
func (l *Lab) ClearInjected() {
	l.s.doBeside(func() {
		if len(l.s.inject) > 0 {
			l.s.noteFault(0, "no command fails any more")
		}
		l.s.inject = nil
	})
}

// injectable finds the rows that an error is for.
func (s *Server) injectable(e InjectedError) ([]*command.Row, error) {
	if e.Times < 0 {
		return nil, fmt.Errorf("server: an error cannot be injected %d times; 0 is for no end", e.Times)
	}
	if len(e.Commands) == 0 {
		return []*command.Row{nil}, nil
	}
	rows := make([]*command.Row, len(e.Commands))
	for i, name := range e.Commands {
		row := s.named(name)
		if row == nil {
			return nil, fmt.Errorf("server: there is no command %q", name)
		}
		rows[i] = row
	}
	return rows, nil
}

// injected returns the error that a command is to fail with, or nil.
func (s *Server) injected(row *command.Row) error {
	if len(s.inject) == 0 {
		return nil
	}
	for _, key := range [...]*command.Row{row, row.Parent(), nil} {
		x := s.inject[key]
		if x == nil {
			continue
		}
		if x.left == 1 { // the last time; it may be injected for several commands
			maps.DeleteFunc(s.inject, func(_ *command.Row, y *injection) bool { return x == y })
		}
		if x.left > 0 {
			x.left--
		}
		s.exec.fault = x.event
		return x.err
	}
	return nil
}
