// Package geo runs the commands on places. Places are sorted sets whose scores are
// geohashes; package geohash knows what the scores mean.
//
// Its one idea: the six commands that search are one, told apart by a [form]. Each
// describes an area and options, and replies what is in the area or stores it.
package geo

import (
	"slices"

	"github.com/tattle-server/tattle/server/internal/command"
)

// Rows returns the family's part of the command table.
func Rows() []command.Row {
	return command.Group(command.Row{Group: "geo", Categories: command.CatGeo}, slices.Concat(addRows, placeRows, searchRows))
}
