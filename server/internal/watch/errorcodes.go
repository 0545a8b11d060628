package watch

import (
	"maps"
	"slices"
	"strings"
)

// ErrorCodes counts error replies by their codes.
type ErrorCodes map[string]int64

// ErrorCodesMax bounds the codes that are told apart, as in Redis: scripts can make up
// any number of them. Past it only errorCodesOff is shown, until a reset.
const (
	ErrorCodesMax = 128
	errorCodesOff = "ERRORSTATS_DISABLED"
)

// Add counts an error reply, given without its leading "-". Scripts can end with errors
// of one word; these have no code. When there are too many codes, Add forgets them all
// and returns them.
func (e ErrorCodes) Add(text string) (forgotten []string) {
	if e[errorCodesOff] > 0 {
		return nil
	}
	code, _, found := strings.Cut(text, " ")
	if !found {
		code = "ERR"
	}
	if _, known := e[code]; !known && len(e) >= ErrorCodesMax {
		forgotten = e.Codes()
		clear(e)
		code = errorCodesOff
	}
	e[code]++
	return forgotten
}

// Codes returns the codes that were counted, sorted.
func (e ErrorCodes) Codes() []string { return slices.Sorted(maps.Keys(e)) }
