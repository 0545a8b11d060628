// Package hashes runs the commands on hashes, including those on the time to live of
// fields.
//
// Its one idea is how to treat a field that has expired but is still there. The hash itself
// and the heap of deadlines belong to package keyspace, but the commands here decide, and
// as in Redis they differ: HGET removes and reports the field, HTTL and HGETALL skip it,
// HSET, HDEL and HEXPIRE treat it like any other field.
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
