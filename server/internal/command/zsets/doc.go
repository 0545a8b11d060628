// Package zsets runs the commands on sorted sets.
//
// Its one idea: a range by rank, score or bytes is first turned into a range of
// ranks, so that counting, cutting to LIMIT, replying, storing and removing are
// written once.
package zsets

import (
	"slices"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/server/internal/command"
)

// Rows returns the family's part of the command table.
func Rows() []command.Row {
	return command.Group(command.Row{Group: "sorted-set", Categories: command.CatSortedSet, Wakes: command.WakesOn(keyspace.TypeZSet)}, slices.Concat(
		addRows, scoreRows, rangeRows, removeRows, popRows, combineRows, randomRows, scanRows))
}
