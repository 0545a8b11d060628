package sessions

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// cutFrames takes the complete values from the front of what a server has sent, as they are
// on the wire, and returns the rest.
func cutFrames(b []byte) (frames []string, rest []byte) {
	for {
		n := frameLen(b)
		if n == 0 {
			return frames, b
		}
		frames, b = append(frames, string(b[:n])), b[n:]
	}
}

// frameLen returns the length of the value at the beginning of b, or 0 if it is incomplete.
func frameLen(b []byte) int {
	end := bytes.Index(b, []byte("\r\n"))
	if end < 0 {
		return 0
	}
	count, _ := strconv.Atoi(string(b[1:end]))
	at := end + 2
	switch b[0] {
	case '$', '=', '!':
		if count < 0 {
			return at
		}
		if at += count + 2; at > len(b) {
			return 0
		}
		return at
	case '%', '|':
		count *= 2
	case '*', '~', '>':
	default:
		return at
	}
	for range count {
		n := frameLen(b[at:])
		if n == 0 {
			return 0
		}
		at += n
	}
	return at
}

// inOrder sorts the elements of the lists in frames, at all depths, where nothing is to be excused.
func inOrder(frames []string) []string {
	sorted := make([]string, len(frames))
	for i, f := range frames {
		f = modules.ReplaceAllString(f, "$1*0\r\n")
		sorted[i] = f
		if excuse(f) != f {
			continue
		}
		if at := strings.Index(f, "\n") + 1; strings.ContainsAny(f[:1], "*~") && frameLen([]byte(f)) > at {
			elements, _ := cutFrames([]byte(f[at:]))
			elements = inOrder(elements)
			slices.Sort(elements)
			sorted[i] = f[:at] + strings.Join(elements, "")
		}
	}
	return sorted
}

// The numbers from which on two may differ, and by how much: times, in seconds or
// milliseconds, that depend on when a command ran.
const (
	timesFrom = 50_000
	timesMay  = 2_000
)

var integers = regexp.MustCompile(`:\d{5,15}\r`)

// same reports whether a frame of the reference and one of tattle say the same.
func same(ref, our string) bool {
	if ref == our {
		return true
	}
	a, b := excuse(ref), excuse(our)
	if a == b {
		return true
	}
	as, bs := integers.FindAllString(a, -1), integers.FindAllString(b, -1)
	if len(as) == 0 || len(as) != len(bs) || integers.ReplaceAllString(a, "T") != integers.ReplaceAllString(b, "T") {
		return false
	}
	for i := range as {
		x, _ := strconv.Atoi(as[i][1 : len(as[i])-1])
		y, _ := strconv.Atoi(bs[i][1 : len(bs[i])-1])
		if x != y && (min(x, y) < timesFrom || max(x, y)-min(x, y) > timesMay) {
			return false
		}
	}
	return true
}
