package command

import (
	"bytes"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/tattle-server/tattle/resp"
)

// Is reports whether a word is the option name, in any case.
func Is(word []byte, name string) bool {
	return len(word) == len(name) && bytes.EqualFold(word, []byte(name))
}

// Int reads a word as a 64-bit integer the way Redis does: decimal, no spaces, no
// plus, no leading zeros.
func Int(word []byte) (int64, error) {
	n, ok := ParseInt(word)
	if !ok {
		return 0, resp.ErrNotInteger
	}
	return n, nil
}

// ParseInt is Int for callers with an error of their own.
func ParseInt(word []byte) (int64, bool) {
	if len(word) == 0 || len(word) > 20 {
		return 0, false
	}
	digits := word
	if word[0] == '-' {
		digits = word[1:]
	}
	if len(digits) == 0 || digits[0] == '0' && len(word) > 1 || digits[0] == '+' {
		return 0, false
	}
	n, err := strconv.ParseInt(string(word), 10, 64)
	return n, err == nil
}

// SignedInt is Int for a number whose sign has a meaning of its own: it says from which
// end to count, or whether elements may repeat. Redis refuses the one number that cannot
// be negated.
func SignedInt(word []byte) (int64, error) {
	n, err := Int(word)
	if err == nil && n == math.MinInt64 {
		err = resp.ErrSignedRange
	}
	return n, err
}

// Clip turns a range of indexes, both ends included and negative ones counted from
// the end, into from..to-1 within n elements; an empty one into 0, 0.
func Clip(first, last int64, n int) (from, to int) {
	size := int64(n)
	if first < 0 {
		first = max(first+size, 0)
	}
	if last < 0 {
		last += size
	}
	last = min(last, size-1)
	if first > last {
		return 0, 0
	}
	return int(first), int(last) + 1
}

// Float reads a word as a double: decimal, hexadecimal, inf, but not nan.
func Float(word []byte) (float64, error) {
	f, ok := ParseFloat(word)
	if !ok {
		return 0, resp.ErrNotFloat
	}
	return f, nil
}

// ParseFloat is Float for callers with an error of their own. It accepts what C's strtod
// accepts, except spaces and nan, and refuses finite numbers that overflow to infinity or
// underflow to zero.
func ParseFloat(word []byte) (float64, bool) {
	if len(word) == 0 || bytes.IndexByte(word, '_') >= 0 {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(word), 64)
	if err != nil && !hexInteger(word, &f) || math.IsNaN(f) {
		return 0, false
	}
	return f, f != 0 || isZero(word)
}

// hexInteger reads a number such as 0x10, which C's strtod accepts; Go requires an
// exponent.
func hexInteger(word []byte, f *float64) bool {
	s := strings.ToLower(string(word))
	if !strings.Contains(s, "0x") || strings.Contains(s, "p") {
		return false
	}
	v, err := strconv.ParseFloat(s+"p0", 64)
	*f = v
	return err == nil
}

// isZero reports whether a word that was read as 0 really is 0, rather than a number too
// small for a double.
func isZero(word []byte) bool {
	exponent := "eE"
	if bytes.ContainsAny(word, "xX") {
		exponent = "pP"
	}
	if i := bytes.IndexAny(word, exponent); i >= 0 {
		word = word[:i]
	}
	return !bytes.ContainsAny(word, "123456789abcdefABCDEF")
}

const (
	errTimeoutInt   = resp.Error("ERR timeout is not an integer or out of range")
	errTimeoutRange = resp.Error("ERR timeout is out of range")
)

// longestTimeout leaves room to add the current time to it (until the year 2109).
const longestTimeout = math.MaxInt64 - 1<<42

// Timeout reads the timeout of a blocking command, in seconds with a fraction, and returns
// it in milliseconds, rounded up. 0 means to wait for ever.
func Timeout(word []byte) (int64, error) {
	f, ok := resp.ParseLongDouble(word)
	if !ok {
		return 0, resp.ErrTimeout
	}
	f.Mul(f, big.NewFloat(1000))
	ms, accuracy := f.Int64()
	if accuracy == big.Below && ms < math.MaxInt64 {
		ms++
	}
	return timeout(ms)
}

// TimeoutMs is Timeout for an integer in milliseconds.
func TimeoutMs(word []byte) (int64, error) {
	ms, ok := ParseInt(word)
	if !ok {
		return 0, errTimeoutInt
	}
	return timeout(ms)
}

func timeout(ms int64) (int64, error) {
	switch {
	case ms < 0:
		return 0, resp.ErrTimeoutNeg
	case ms > longestTimeout:
		return 0, errTimeoutRange
	}
	return ms, nil
}
