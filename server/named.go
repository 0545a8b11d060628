package server

import (
	"bytes"
	"strings"

	"github.com/tattle-server/tattle/server/internal/command"
)

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

// ReadsOnly reports whether there is a command of this name, "get" or "client list",
// that only reads. The keys of such a command are what tracking remembers.
func (s *Server) ReadsOnly(name string) bool {
	row := s.named(name)
	return row != nil && row.Is(command.ReadOnly)
}
