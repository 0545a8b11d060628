package wire

import (
	"bytes"
	"math"
	"strconv"
)

// The limits of Redis.
const (
	maxLine     = 64 << 10      // bytes of an inline command, or of the line of a length
	maxCount    = math.MaxInt32 // strings in a command
	unauthCount = 10            // the same, before AUTH
	unauthBulk  = 16 << 10      // bytes of one string, before AUTH
)

// The limits of our own, far above what is in use. Redis bounds each string of a
// command but not their sum.
const (
	maxCommand = 1 << 30  // bytes of a command, as many as client-query-buffer-limit is at first
	maxWords   = 16 << 20 // strings in a command
)

// The violations, in Redis's words.
const (
	violationCountLine  = "too big mbulk count string"
	violationCount      = "invalid multibulk length"
	violationCountAuth  = "unauthenticated multibulk length"
	violationBulkLine   = "too big bulk count string"
	violationBulk       = "invalid bulk length"
	violationBulkAuth   = "unauthenticated bulk length"
	violationInlineLine = "too big inline request"
	violationQuotes     = "unbalanced quotes in request"
)

func violationDollar(got byte) string { return "expected '$', got '" + string([]byte{got}) + "'" }

// event is what a framer has found.
type event uint8

const (
	unfinished event = iota // more bytes are needed
	header                  // a line with a length
	whole                   // a command ends here
	blank                   // no command: an empty line or array
	inline                  // a line that is to become a command
	violation               // see framer.fault
	oversize                // the command is beyond our own limits
)

// framer follows the bytes of a client through the commands that they make up.
// The zero framer stands between commands.
type framer struct {
	open  bool   // inside of an array
	drop  bool   // the count is over maxWords: follow to the end, and refuse
	left  int    // strings still to come
	bulk  int    // bytes still to come of the string and its CRLF
	long  int    // bytes of the string and its CRLF
	words int    // bytes of the strings that have come
	size  int    // bytes of the command up to here, with the running string
	fault string // the violation
}

// advance takes bytes from the start of b, at most to the end of a command, and
// returns how many. As Redis, it does not look at the byte behind a \r, nor at the two
// behind a string. If words is not nil and a whole command stands in b, its strings are
// appended there.
func (f *framer) advance(b []byte, l Limits, words *[][]byte) (n int, e event) {
	if !f.open {
		if b[0] != '*' {
			return f.line(b)
		}
		if n, e = f.begin(b, l); e != header {
			return n, e
		}
	}
	for n < len(b) {
		if f.bulk == 0 {
			k, e := f.beginBulk(b[n:], l)
			if n += k; e != header {
				return n, e
			}
			if words != nil {
				if n+f.bulk > len(b) {
					break
				}
				*words = append(*words, b[n:n+f.bulk-2:n+f.bulk-2])
			}
			continue
		}
		k := min(f.bulk, len(b)-n)
		n += k
		if f.bulk -= k; f.bulk > 0 {
			break
		}
		f.words += f.long - 2
		if f.left--; f.left > 0 {
			continue
		}
		if f.drop {
			return n, oversize
		}
		*f = framer{}
		return n, whole
	}
	return n, unfinished
}

// begin takes the header of an array.
func (f *framer) begin(b []byte, l Limits) (int, event) {
	count, end, ok := readLength(b)
	if end < 0 {
		return f.await(b, violationCountLine)
	}
	switch {
	case !ok || count > maxCount:
		return f.violate(violationCount)
	case count > unauthCount && !l.Authenticated:
		return f.violate(violationCountAuth)
	case count <= 0:
		return end + 2, blank
	}
	*f = framer{open: true, left: int(count), size: end + 2, drop: count > maxWords}
	return end + 2, header
}

// beginBulk takes the header of a string.
func (f *framer) beginBulk(b []byte, l Limits) (int, event) {
	length, end, ok := readLength(b)
	if end < 0 {
		return f.await(b, violationBulkLine)
	}
	switch {
	case b[0] != '$':
		return f.violate(violationDollar(b[0]))
	case !ok || length < 0 || length > l.MaxBulk:
		return f.violate(violationBulk)
	case length > unauthBulk && !l.Authenticated:
		return f.violate(violationBulkAuth)
	case length > int64(maxCommand-f.size):
		return 0, oversize
	}
	f.bulk = int(length) + 2
	f.long = f.bulk
	f.size += end + 2 + f.bulk
	return end + 2, header
}

// line takes an inline command.
func (f *framer) line(b []byte) (int, event) {
	if end := lineEnd(b, '\n'); end >= 0 {
		return end + 1, inline
	}
	return f.await(b, violationInlineLine)
}

// await waits for the end of the line that b is, unless that is too long.
func (f *framer) await(b []byte, tooLong string) (int, event) {
	if len(b) > maxLine {
		return f.violate(tooLong)
	}
	return 0, unfinished
}

func (f *framer) violate(text string) (int, event) {
	f.fault = text
	return 0, violation
}

// lineEnd returns where the line at the start of b ends, or -1. A zero byte hides
// all that is behind it, as it does from Redis, for which it ends a string.
func lineEnd(b []byte, end byte) int {
	i := bytes.IndexByte(b[:min(len(b), maxLine+1)], end)
	if i >= 0 && bytes.IndexByte(b[:i], 0) >= 0 {
		return -1
	}
	return i
}

// readLength reads the number behind the first byte of a line. The line ends with
// \r and whatever follows that; end is where \r is, or -1.
func readLength(b []byte) (n int64, end int, ok bool) {
	const usual = 8 // digits at most
	for i := 1; i < len(b)-1 && i <= usual; i++ {
		digit := b[i] - '0'
		if digit > 9 {
			if b[i] == '\r' && i > 1 && (b[1] != '0' || i == 2) {
				return n, i, true
			}
			break
		}
		n = n*10 + int64(digit)
	}
	// At maxLine it is no number anyway, and the line may not get longer.
	if end = lineEnd(b, '\r'); end < 0 || end+1 == len(b) && end < maxLine {
		return 0, -1, false
	}
	n, ok = parseLength(b[min(1, end):end])
	return n, end, ok
}

// parseLength reads a number in the only way to write it: no plus, no spaces, no
// zeros in front. So a length that is accepted can be passed on as it is.
func parseLength(b []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return 0, false
	}
	var tmp [20]byte
	return n, string(strconv.AppendInt(tmp[:0], n, 10)) == string(b)
}
