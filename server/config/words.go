package config

import (
	"fmt"
	"strconv"
	"strings"
)

// splitLine splits a line of redis.conf into words and reports whether its quotes
// match. "..." knows \n \r \t \b \a \xHH and \ before any other character; '...'
// knows only \'. A closing quote must end the word.
func splitLine(line string) (words []string, ok bool) {
	for {
		line = strings.TrimLeft(line, " \t\n\v\f\r")
		if line == "" {
			return words, true
		}
		var word string
		if word, line, ok = firstWord(line); !ok {
			return nil, false
		}
		words = append(words, word)
	}
}

// firstWord splits off one word; quotes may open in its middle.
func firstWord(line string) (word, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(line); i++ {
		switch ch := line[i]; {
		case isSpace(ch) || ch == 0:
			return b.String(), line[i+1:], true
		case ch == '"' || ch == '\'':
			n := quotedPart(line[i+1:], ch, &b)
			i += n + 1
			if n < 0 || i+1 < len(line) && !isSpace(line[i+1]) {
				return "", "", false
			}
			return b.String(), line[i+1:], true
		default:
			b.WriteByte(ch)
		}
	}
	return b.String(), "", true
}

// quotedPart writes the text before the closing quote and returns the position of
// that quote, or -1 if there is none.
func quotedPart(s string, quote byte, b *strings.Builder) int {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == quote:
			return i
		case s[i] == '\\' && quote == '"' && i+3 < len(s) && s[i+1] == 'x' && isHex(s[i+2]) && isHex(s[i+3]):
			n, _ := strconv.ParseUint(s[i+2:i+4], 16, 8)
			b.WriteByte(byte(n))
			i += 3
		case s[i] == '\\' && quote == '"' && i+1 < len(s):
			i++
			b.WriteByte(unescape(s[i]))
		case s[i] == '\\' && quote == '\'' && i+1 < len(s) && s[i+1] == '\'':
			i++
			b.WriteByte('\'')
		default:
			b.WriteByte(s[i])
		}
	}
	return -1
}

// escapes pairs a character with the letter that denotes it after a backslash.
const escapes = "\nn\rr\tt\bb\aa"

func unescape(letter byte) byte {
	for i := 1; i < len(escapes); i += 2 {
		if escapes[i] == letter {
			return escapes[i-1]
		}
	}
	return letter
}

// quote writes a word so that splitLine reads it back.
func quote(s string) string {
	b := []byte{'"'}
	for i := range len(s) {
		ch := s[i]
		switch at := strings.IndexByte(escapes, ch); {
		case ch == '"' || ch == '\\':
			b = append(b, '\\', ch)
		case at >= 0 && at%2 == 0:
			b = append(b, '\\', escapes[at+1])
		case ch < ' ' || ch > '~':
			b = fmt.Appendf(b, "\\x%02x", ch)
		default:
			b = append(b, ch)
		}
	}
	return string(append(b, '"'))
}

func isSpace(ch byte) bool { return strings.IndexByte(" \t\n\v\f\r", ch) >= 0 }

func isHex(ch byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", ch) >= 0 }
