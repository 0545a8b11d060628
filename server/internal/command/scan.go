package command

import (
	"bytes"
	"math"
	"strconv"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
)

// ScanArgs are the arguments that the commands of the SCAN family have in common:
// cursor [MATCH pattern] [COUNT n].
type ScanArgs struct {
	Cursor uint64
	// Pattern is the argument of MATCH, or nil if everything matches.
	Pattern []byte
	Count   int
}

// Matches reports whether an element is to be returned.
func (a *ScanArgs) Matches(element []byte) bool {
	return a.Pattern == nil || keyspace.Match(a.Pattern, element, false)
}

// scanCount is the default of COUNT.
const scanCount = 10

// ParseScan reads the end of a command of the SCAN family. args[from] is the cursor. If a
// word is neither MATCH nor COUNT, and extra is not nil, extra is called with the word and
// those after it. It returns how many words it has taken, including the first one, or 0 if
// it does not know the word. The error is ErrCursor, ErrNotInteger for COUNT, ErrSyntax, or
// that of extra.
func ParseScan(args [][]byte, from int, extra func(word []byte, rest [][]byte) (used int, err error)) (ScanArgs, error) {
	a := ScanArgs{Count: scanCount}
	var err error
	if a.Cursor, err = ParseCursor(args[from]); err != nil {
		return a, err
	}
	for i := from + 1; i < len(args); {
		used, err := a.option(args[i], args[i+1:])
		if used == 0 && err == nil && extra != nil {
			used, err = extra(args[i], args[i+1:])
		}
		if err != nil {
			return a, err
		}
		if used == 0 {
			return a, resp.ErrSyntax
		}
		i += used
	}
	return a, nil
}

// ScanOf makes SSCAN, HSCAN and ZSCAN: key, cursor, options. It calls scan with the
// value of the key, if there is one. Redis checks the cursor before it looks at the
// key, but the options only afterwards.
func ScanOf[T keyspace.Value](scan func(c *Call, v T) error) func(*Call) error {
	return func(c *Call) error {
		if _, err := ParseCursor(c.Args[2]); err != nil {
			return err
		}
		e := c.DB.LookupRead(c.Args[1])
		v, err := keyspace.As[T](e)
		switch {
		case err != nil:
			return err
		case e == nil:
			c.ReplyScan(0, nil)
			return nil
		}
		return scan(c, v)
	}
}

// ReplyScan replies with the next cursor and the elements that were found.
func (c *Call) ReplyScan(next uint64, found []string) {
	c.Out.Array(2)
	c.Out.BulkString(strconv.FormatUint(next, 10))
	c.Out.Array(len(found))
	for _, word := range found {
		c.Out.BulkString(word)
	}
}

// option reads MATCH or COUNT and returns the number of words taken, 0 for
// another word or one without its argument.
func (a *ScanArgs) option(word []byte, rest [][]byte) (used int, err error) {
	switch {
	case len(rest) == 0:
		return 0, nil
	case Is(word, "match"):
		a.Pattern = rest[0]
		if string(a.Pattern) == "*" {
			a.Pattern = nil
		}
	case Is(word, "count"):
		n, err := Int(rest[0])
		if err != nil {
			return 0, err
		}
		if n < 1 {
			return 0, resp.ErrSyntax
		}
		a.Count = int(min(n, math.MaxInt32))
	default:
		return 0, nil
	}
	return 2, nil
}

// ParseCursor reads the cursor of a scan: a number of 64 bits without a sign.
// Redis reads anything but a plain integer with C's strtoull, so spaces and a sign may
// come before the digits (a minus counts down from 2^64), and a zero byte ends the number.
// But it refuses a plain negative integer.
func ParseCursor(word []byte) (uint64, error) {
	if n, ok := ParseInt(word); ok {
		if n < 0 {
			return 0, resp.ErrCursor
		}
		return uint64(n), nil
	}
	digits, _, _ := bytes.Cut(word, []byte{0})
	digits = bytes.TrimLeft(digits, " \t\n\v\f\r")
	minus := bytes.HasPrefix(digits, []byte("-"))
	if minus || bytes.HasPrefix(digits, []byte("+")) {
		digits = digits[1:]
	}
	n, err := strconv.ParseUint(string(digits), 10, 64)
	if err != nil {
		return 0, resp.ErrCursor
	}
	if minus {
		n = -n
	}
	return n, nil
}
