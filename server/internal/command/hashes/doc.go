// Package hashes runs the commands on hashes, including those on the time to live of
// fields.
//
// Its one idea is what to do about a field that has expired but is still there. The
// hash itself and the heap of deadlines belong to package keyspace; each command here
// decides, and as in Redis they differ: HGET removes and reports the field, HTTL and
// HGETALL skip it, HSET, HDEL and HEXPIRE treat it like any other.
package hashes

import (
	"slices"

	"github.com/tattle-server/tattle/server/internal/command"
)

// Rows returns the commands of the family.
func Rows() []command.Row {
	return command.Group(command.Row{Group: "hash", Categories: command.CatHash}, slices.Concat(
		setRows, getRows, counterRows, iterateRows, randomRows, ttlRows, exRows))
}
