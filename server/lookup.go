package server

import (
	"bytes"
	"strings"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/internal/command"
)

// This file finds the row of a command: under its own name, or under the one that a
// rename-command line gave it.

// lookup finds the row of a command line.
func (s *Server) lookup(args [][]byte) (*command.Row, error) {
	if s.renamed != nil {
		args = s.renamed.restore(args)
	}
	row, found := s.table.Lookup(args)
	if !found {
		return nil, s.unknown(row, args)
	}
	return row, nil
}

// The lengths to which the error for an unknown command repeats what was sent.
const (
	unknownNameMax = 128
	unknownArgsMax = 128
)

func (s *Server) unknown(container *command.Row, args [][]byte) error {
	if container != nil {
		return resp.Errorf("ERR unknown subcommand '%.*s'. Try %s HELP.", unknownNameMax, args[1], strings.ToUpper(container.Name))
	}
	if c := s.running(); c != nil && (command.Is(args[0], "host:") || command.Is(args[0], "post")) {
		// A browser was made to speak to the server: what it sends is no command.
		s.log.Warningf("Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to the server. Connection from %s aborted.", c.addr)
		s.kill(c, "HTTP request")
	}
	var b strings.Builder
	for _, a := range args[1:] {
		if b.Len() >= unknownArgsMax {
			break
		}
		a = a[:min(len(a), unknownArgsMax-b.Len())]
		b.WriteString("'" + string(a) + "' ")
	}
	name := args[0][:min(len(args[0]), unknownNameMax)]
	return resp.Errorf("ERR unknown command '%s', with args beginning with: %s", name, b.String())
}

// named finds a command by its name, "get" or "client tracking"; nil if there is
// none.
func (s *Server) named(name string) *command.Row {
	words := bytes.Fields([]byte(name))
	if len(words) == 0 {
		return nil
	}
	row, found := s.table.Lookup(words)
	if !found || len(words) != len(strings.Split(row.FullName(), "|")) {
		return nil
	}
	return row
}

// renames are the commands that rename-command lines gave other names, or none.
type renames map[string]string // a name in lower case -> the command meant, "" for none

// newRenames returns nil when nothing is renamed.
func newRenames(lines []config.Directive) renames {
	if len(lines) == 0 {
		return nil
	}
	r := renames{}
	for _, line := range lines {
		from, to := strings.ToLower(line.Args[0]), strings.ToLower(line.Args[1])
		if _, given := r[from]; !given {
			r[from] = ""
		}
		if to != "" {
			r[to] = from
		}
	}
	return r
}

// restore puts the command meant in place of its name in a command line.
func (r renames) restore(args [][]byte) [][]byte {
	meant, renamed := r[strings.ToLower(string(args[0]))]
	if !renamed {
		return args
	}
	return append([][]byte{[]byte(meant)}, args[1:]...)
}
