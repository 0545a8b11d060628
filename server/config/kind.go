package config

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Bounds that many settings share.
const (
	maxInt   = math.MaxInt32
	minInt   = math.MinInt32
	maxUint  = math.MaxUint32
	maxLong  = math.MaxInt64
	maxULong = math.MaxUint64
)

// errWords is the error of a value that has too few or too many words.
var errWords = errors.New("wrong number of arguments")

// one makes a kind from a check of a single word.
func one(check func(word string) (string, error), lines func(name, text string) []string) kind {
	return kind{lines: lines, check: func(words []string, _ string) (string, error) {
		if len(words) != 1 {
			return "", errWords
		}
		return check(words[0])
	}}
}

// plain writes a value as it is, quoted as a string of redis.conf.
func plain(name, text string) []string  { return []string{name + " " + text} }
func quoted(name, text string) []string { return []string{name + " " + quote(text)} }

var yesNo = one(func(word string) (string, error) {
	word = strings.ToLower(word)
	if word != "yes" && word != "no" {
		return "", errors.New("argument must be 'yes' or 'no'")
	}
	return word, nil
}, plain)

var anyText = one(func(word string) (string, error) { return word, nil }, quoted)

// oneOf is a word from a list, in any case.
func oneOf(list ...string) kind {
	return one(func(word string) (string, error) {
		word = strings.ToLower(word)
		if !slices.Contains(list, word) {
			return "", errNotOneOf(list)
		}
		return word, nil
	}, plain)
}

func errNotOneOf(list []string) error {
	return errors.New("argument(s) must be one of the following: " + strings.Join(list, ", "))
}

// integer is a whole number within bounds, both included.
func integer(low, high int64) kind {
	return one(func(word string) (string, error) {
		n, ok := parseInt(word)
		if !ok {
			return "", errors.New("argument couldn't be parsed into an integer")
		}
		if n < low || n > high {
			return "", errBounds(low, high)
		}
		return word, nil
	}, plain)
}

func errBounds(low, high any) error {
	return fmt.Errorf("argument must be between %v and %v inclusive", low, high)
}

// clamped is an integer that is clamped to narrower bounds instead of being
// refused.
func clamped(k kind, low, high int64) kind {
	check := k.check
	k.check = func(words []string, old string) (string, error) {
		word, err := check(words, old)
		if err != nil {
			return "", err
		}
		n, _ := parseInt(word)
		return strconv.FormatInt(min(max(n, low), high), 10), nil
	}
	return k
}

// parseInt reads a number in strict form: no spaces, no plus, no leading zeros.
func parseInt(word string) (int64, bool) {
	n, err := strconv.ParseInt(word, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == word
}

// octal is unixsocketperm.
var octal = one(func(word string) (string, error) {
	n, err := strconv.ParseInt(word, 8, 64)
	if word != "" && err != nil {
		return "", errors.New("argument couldn't be parsed as an octal number")
	}
	if n < 0 || n > 0o777 {
		return "", errBounds(0, 777)
	}
	return strconv.FormatInt(n, 8), nil
}, plain)

// memory is a number of bytes with a unit.
func memory(low, high uint64) kind {
	return one(func(word string) (string, error) {
		n, ok := parseMemory(word)
		if !ok {
			return "", errors.New("argument must be a memory value")
		}
		if n < low || n > high {
			return "", errBounds(low, high)
		}
		return strconv.FormatUint(n, 10), nil
	}, memoryLine)
}

func memoryLine(name, text string) []string {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return plain(name, text)
	}
	return plain(name, formatMemory(n))
}

// memoryOrPercent is maxmemory-clients.
var memoryOrPercent = one(func(word string) (string, error) {
	bad := errors.New("argument must be a memory or percent value")
	if digits, percent := strings.CutSuffix(word, "%"); percent {
		n, ok := parseInt(digits)
		if !ok || n < 0 {
			return "", bad
		}
		return percentText(-n)
	}
	n, ok := parseMemory(word)
	if !ok {
		return "", bad
	}
	return percentText(int64(n))
}, func(name, text string) []string {
	if strings.HasSuffix(text, "%") {
		return plain(name, text)
	}
	return memoryLine(name, text)
})

// percentText checks bytes, or a percentage as a negative number, and prints it.
// Bytes beyond 2^63 become a percentage, as in Redis.
func percentText(n int64) (string, error) {
	if n < -100 {
		return "", errors.New("percentage argument must be less or equal to 100")
	}
	return formatPercent(n), nil
}

func formatPercent(n int64) string {
	if n < 0 {
		return strconv.FormatInt(-n, 10) + "%"
	}
	return strconv.FormatInt(n, 10)
}

// memoryUnits are the units after a number of bytes, in any case: 1k is 1000
// bytes and 1kb is 1024.
var memoryUnits = []struct {
	name string
	size uint64
}{
	{"", 1}, {"b", 1},
	{"k", 1000}, {"kb", 1 << 10},
	{"m", 1000 * 1000}, {"mb", 1 << 20},
	{"g", 1000 * 1000 * 1000}, {"gb", 1 << 30},
}

// memoryDigits is how many digits of a number of bytes Redis reads.
const memoryDigits = 127

// parseMemory reads bytes such as 100mb. A number that is too large becomes the
// largest one; one that its unit makes too large wraps around. No digits mean 0.
func parseMemory(word string) (uint64, bool) {
	unit := strings.TrimLeft(word, "0123456789")
	digits := word[:len(word)-len(unit)]
	if len(digits) > memoryDigits {
		return 0, false
	}
	for _, u := range memoryUnits {
		if strings.EqualFold(unit, u.name) {
			n, err := strconv.ParseUint(digits, 10, 64)
			if err != nil && digits != "" {
				n = math.MaxUint64
			}
			return n * u.size, true
		}
	}
	return 0, false
}

// formatMemory prints bytes in the largest binary unit that divides them.
func formatMemory(n int64) string {
	for _, u := range []struct {
		name string
		size int64
	}{{"gb", 1 << 30}, {"mb", 1 << 20}, {"kb", 1 << 10}} {
		if n != 0 && n%u.size == 0 {
			return strconv.FormatInt(n/u.size, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}

// parseLong reads a number as C's strtoll does: spaces and a plus may come first,
// an empty text is 0, and what is too large becomes the largest number.
func parseLong(word string) (int64, bool) {
	word = strings.TrimLeft(word, " \t\n\v\f\r")
	if word == "" {
		return 0, true
	}
	n, err := strconv.ParseInt(word, 10, 64)
	return n, err == nil || errors.Is(err, strconv.ErrRange)
}
