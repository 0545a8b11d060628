package script

import (
	"fmt"
	"strings"
)

// directive is one % of string.format: %[flags][width][.precision]letter.
type directive struct {
	flags            string
	width, precision string // precision with its point
	letter           byte   // 0 at the end of the format
}

const (
	formatFlags     = "-+ #0"
	formatFlagsMax  = 5
	formatDigitsMax = 2
	longString      = 100 // from this length on, %s copies the string as it is
)

func stringFormat(c call) int {
	format := c.string(1)
	arg := 1
	t := &text{call: c}
	for format != "" {
		plain, rest, found := strings.Cut(format, "%")
		t.write(plain)
		if !found {
			break
		}
		if strings.HasPrefix(rest, "%") {
			t.writeByte('%')
			format = rest[1:]
			continue
		}
		if arg++; arg > c.GetTop() {
			c.argError(arg, "no value")
		}
		var d directive
		d, format = c.parseDirective(rest)
		if d.letter == 'q' {
			t.quote(c.string(arg))
		} else {
			t.write(c.formatArg(d, arg))
		}
	}
	return c.push(t.value())
}

func (c call) parseDirective(s string) (d directive, rest string) {
	rest = strings.TrimLeft(s, formatFlags)
	d.flags = s[:len(s)-len(rest)]
	if len(d.flags) > formatFlagsMax {
		c.fail("invalid format (repeated flags)")
	}
	d.width, rest = cutDigits(rest)
	if strings.HasPrefix(rest, ".") {
		d.precision, rest = cutDigits(rest[1:])
		d.precision = "." + d.precision
	}
	if rest != "" && isDigit(rest[0]) {
		c.fail("invalid format (width or precision too long)")
	}
	if rest != "" {
		d.letter, rest = rest[0], rest[1:]
	}
	return d, rest
}

func cutDigits(s string) (digits, rest string) {
	n := 0
	for n < len(s) && n < formatDigitsMax && isDigit(s[n]) {
		n++
	}
	return s[:n], s[n:]
}

// formatArg writes argument n. The verbs of package fmt that it uses mean the same
// as in C if the precision is given.
func (c call) formatArg(d directive, n int) string {
	switch d.letter {
	case 'c':
		s, _, _ := strings.Cut(d.pad(string([]byte{byte(c.int(n))})), "\x00")
		return s
	case 'd', 'i':
		return fmt.Sprintf(d.verb('d'), c.int(n))
	case 'u':
		return fmt.Sprintf(d.verb('d'), uint64(c.int(n)))
	case 'o', 'x', 'X':
		return fmt.Sprintf(d.verb(d.letter), uint64(c.int(n)))
	case 'e', 'E', 'f', 'g', 'G':
		return d.float(c.number(n))
	case 's':
		s := c.string(n)
		if d.precision == "" && len(s) >= longString {
			return s
		}
		return d.text(s)
	case 0:
		c.fail("invalid option '%%' to 'format'")
	}
	c.fail("invalid option '%%%c' to 'format'", d.letter)
	return ""
}

func (d directive) verb(letter byte) string {
	return "%" + d.flags + d.width + d.precision + string(letter)
}

func (d directive) float(f float64) string {
	if s, special := formatSpecial(f); special {
		switch {
		case d.letter < 'a':
			s = strings.ToUpper(s)
		case s[0] != '-' && strings.Contains(d.flags, "+"):
			s = "+" + s
		}
		return d.pad(s)
	}
	if d.precision == "" {
		d.precision = ".6"
	}
	return fmt.Sprintf(d.verb(d.letter), f)
}

// text is C's %s: it ends at a zero byte.
func (d directive) text(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	if d.precision != "" {
		most := 0
		_, _ = fmt.Sscan(d.precision[1:], &most)
		s = s[:min(most, len(s))]
	}
	return d.pad(s)
}

// pad pads to the width with spaces; fmt would count runes, not bytes.
func (d directive) pad(s string) string {
	width := 0
	_, _ = fmt.Sscan(d.width, &width)
	fill := strings.Repeat(" ", max(width-len(s), 0))
	if strings.Contains(d.flags, "-") {
		return s + fill
	}
	return fill + s
}

var quoting = [256]string{'"': `\"`, '\\': `\\`, '\n': "\\\n", '\r': `\r`, 0: `\000`}

// quote writes s as a string of a Lua program.
func (t *text) quote(s string) {
	t.writeByte('"')
	t.escape(s, &quoting)
	t.writeByte('"')
}

// escape writes s, and what escapes has in the place of bytes that are in it.
func (t *text) escape(s string, escapes *[256]string) {
	plain := 0
	for i := range len(s) {
		if escape := escapes[s[i]]; escape != "" {
			t.write(s[plain:i])
			t.write(escape)
			plain = i + 1
		} else if i-plain == workEvery {
			t.write(s[plain:i])
			plain = i
			t.work(workEvery / 4)
		}
	}
	t.write(s[plain:])
}
