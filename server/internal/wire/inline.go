package wire

import (
	"bytes"
	"strings"
)

// appendInline appends to words those of an inline line, whose end is '\n'. It appends
// nothing for a line without words; ok is false for a quote that is not closed, or is
// followed by something other than a space.
func appendInline(words [][]byte, line []byte) (_ [][]byte, ok bool) {
	line = bytes.TrimSuffix(line[:len(line)-1], []byte("\r"))
	for {
		if line = bytes.TrimLeft(line, " \t\n\v\f\r"); len(line) == 0 {
			return words, true
		}
		var word []byte
		if word, line, ok = cutWord(line); !ok {
			return words, false
		}
		words = append(words, word)
	}
}

// cutWord cuts the first word off a line. A quote may begin inside of a word but
// ends it: a"b c" is the word ab c.
func cutWord(line []byte) (word, rest []byte, ok bool) {
	for i, c := range line {
		switch c {
		case ' ', '\t', '\n', '\r':
			return line[:i:i], line[i:], true
		case '"', '\'':
			quoted, rest, ok := cutQuoted(line[i+1:], c)
			return append(line[:i:i], quoted...), rest, ok
		}
	}
	return line, nil, true
}

// cutQuoted cuts off what stands before the closing quote.
func cutQuoted(line []byte, quote byte) (text, rest []byte, ok bool) {
	for len(line) > 0 {
		if line[0] == quote {
			rest = line[1:]
			return text, rest, len(rest) == 0 || strings.IndexByte(" \t\n\v\f\r", rest[0]) >= 0
		}
		c, n := unescape(line, quote)
		text = append(text, c)
		line = line[n:]
	}
	return nil, nil, false
}

// unescape returns the byte at the start of a quoted text, and how many bytes it
// takes. Single quotes know the escape \' only.
func unescape(line []byte, quote byte) (c byte, n int) {
	switch {
	case line[0] != '\\' || len(line) == 1:
		return line[0], 1
	case quote == '\'' && line[1] == '\'':
		return '\'', 2
	case quote == '\'':
		return '\\', 1
	case line[1] == 'x' && len(line) > 3:
		hi, ok1 := hexDigit(line[2])
		lo, ok2 := hexDigit(line[3])
		if ok1 && ok2 {
			return hi<<4 | lo, 4
		}
	}
	if i := strings.IndexByte("nrtba", line[1]); i >= 0 {
		return "\n\r\t\b\a"[i], 2
	}
	return line[1], 2
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}
