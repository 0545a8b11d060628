// Package sets runs the commands on sets.
package sets

import (
	"slices"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/server/internal/command"
)

// Rows returns the family's part of the command table.
func Rows() []command.Row {
	return command.Group(command.Row{Group: "set", Categories: command.CatSet}, slices.Concat(
		memberRows, randomRows, algebraRows))
}

// read finds the set of a key for a command that reads; nil where there is none.
func read(c *command.Call, key []byte) (*keyspace.Set, error) {
	return keyspace.As[*keyspace.Set](c.DB.LookupRead(key))
}

// write finds the set of a key for a command that writes; nil where there is
// none.
func write(c *command.Call, key []byte) (*keyspace.Set, error) {
	return keyspace.As[*keyspace.Set](c.DB.LookupWrite(key))
}

// writeAll replies with all members of a set.
func writeAll(c *command.Call, s *keyspace.Set) {
	c.Out.Set(s.Len())
	for m := range s.All() {
		c.Out.BulkString(m)
	}
}
