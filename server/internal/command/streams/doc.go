// Package streams runs the commands on streams and their consumer groups.
//
// Each command first reads its words and then runs. What a command did to a stream it tells
// in one place, signal.go, which says who hears of which changes: most of what
// consumer groups do, nobody hears of.
package streams

import (
	"slices"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// Rows returns the family's part of the command table.
func Rows() []command.Row {
	return command.Group(command.Row{Group: "stream", Categories: command.CatStream}, slices.Concat(
		addRows, removeRows, rangeRows, readRows, groupRows, pendingRows, infoRows))
}

// read returns the stream of a key for a command that reads, or nil if there is none.
func read(c *command.Call, key []byte) (*keyspace.Stream, error) {
	return keyspace.As[*keyspace.Stream](c.DB.LookupRead(key))
}

// write returns the stream of a key for a command that writes, or nil if there is none.
func write(c *command.Call, key []byte) (*keyspace.Stream, error) {
	return keyspace.As[*keyspace.Stream](c.DB.LookupWrite(key))
}

// create makes the stream of a key.
func create(c *command.Call, key []byte) *keyspace.Stream {
	s := &keyspace.Stream{}
	c.DB.Put(key, s, false)
	return s
}

// noGroup says that a key or its group is missing, and where it was asked for.
func noGroup(key, group []byte, where string) error {
	return resp.Errorf("NOGROUP No such key '%s' or consumer group '%s'%s", key, group, where)
}

// noGroupOf says that a stream does not have the group.
func noGroupOf(key, group []byte) error {
	return resp.Errorf("NOGROUP No such consumer group '%s' for key name '%s'", group, key)
}
