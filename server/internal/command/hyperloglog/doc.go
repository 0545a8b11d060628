// Package hyperloglog runs the commands that count distinct elements approximately. The
// values are strings; package hll knows what is in them.
//
// A count is kept in the value that it was counted from. So PFCOUNT, which only reads,
// changes its key when it counts anew, and says so.
package hyperloglog

import (
	"slices"

	"github.com/tattle-server/tattle/server/internal/command"
)

// Rows returns the family's part of the command table.
func Rows() []command.Row {
	return command.Group(command.Row{Group: "hyperloglog", Categories: command.CatHyperLogLog}, slices.Concat(
		countRows, debugRows))
}
