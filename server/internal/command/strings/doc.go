// Package strings runs the commands on strings, bits included.
//
// A string entry owns its buffer: nothing else may keep a reference to it, and a stored
// value is always a copy of the caller's words. That is why commands may overwrite it in
// place (SET of a value that fits, APPEND, SETRANGE, SETBIT).
package strings

import (
	"slices"

	"github.com/tattle-server/tattle/server/internal/command"
)

// Rows returns the family's part of the command table.
func Rows() []command.Row {
	return slices.Concat(
		command.Group(command.Row{Group: "string", Categories: command.CatString}, slices.Concat(
			setRows, getRows, multiRows, counterRows, rangeRows, lcsRows)),
		command.Group(command.Row{Group: "bitmap", Categories: command.CatBitmap}, slices.Concat(
			bitRows, bitCountRows, bitOpRows, bitFieldRows)))
}
