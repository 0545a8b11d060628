// Package hashes owns the commands on hashes, those on the time to live of
// fields included.
//
// Its one idea is how a field that has expired is met. The hash itself and the
// heap of deadlines are keyspace's; here stands what each command does with a
// field whose time is up but which is still there, and that is not one rule:
// HGET removes and reports it, HTTL and HGETALL pass over it, HSET, HDEL and
// HEXPIRE take it for a field like any other, as in Redis.
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
