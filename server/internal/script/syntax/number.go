package syntax

import (
	"errors"
	"strconv"
	"strings"
)

// spaces are the characters for which C's isspace holds.
const spaces = " \t\n\v\f\r"

// ParseNumber reads a number as Lua does, which is what C's strtod does: decimal or
// hexadecimal, inf and nan, with spaces around it.
func ParseNumber(s string) (float64, bool) {
	s = strings.Trim(s, spaces)
	body := strings.TrimLeft(s, "+-")
	if len(s)-len(body) > 1 || body == "" || strings.ContainsRune(body, '_') {
		return 0, false
	}
	if len(body) > 2 && body[0] == '0' && body[1]|0x20 == 'x' && !strings.ContainsAny(body, "pP") {
		s += "p0"
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil || errors.Is(err, strconv.ErrRange)
}
