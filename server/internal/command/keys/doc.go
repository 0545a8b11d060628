// Package keys holds the commands that work on keys of any type: whether they exist,
// for how long and under which name, their elements in order (SORT), and what their
// values look like from outside (OBJECT, DUMP, MEMORY).
//
// Flushing, counting and swapping whole databases is left to package server,
// since it concerns every client.
package keys

import (
	"slices"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/server/internal/command"
)

// Rows returns the commands of the family.
func Rows() []command.Row {
	return slices.Concat(
		command.Group(command.Row{Group: "generic", Categories: command.CatKeyspace}, slices.Concat(
			keyRows, expireRows, renameRows, scanRows, objectRows, dumpRows)),
		command.Group(command.Row{Group: "generic", Categories: command.CatSet | command.CatSortedSet | command.CatList | command.CatDangerous}, sortRows),
		command.Group(command.Row{Group: "server"}, memoryRows))
}

// glance finds a key for a command that asks about the key rather than its value: it
// counts as a hit or a miss, but not as an access.
func glance(c *command.Call, key []byte) *keyspace.Entry {
	e := c.DB.Peek(key)
	count(c, e != nil)
	if e == nil {
		c.Event(keyspace.ClassKeyMiss, "keymiss", key)
	}
	return e
}

func count(c *command.Call, hit bool) {
	stats := &c.Keyspace().Stats
	if hit {
		stats.Hits++
		return
	}
	stats.Misses++
}
