package syntax

import (
	"fmt"
	"strings"
)

// kind is the kind of a token: a byte stands for itself, the others are constants.
type kind int

const (
	tEOF kind = 256 + iota
	tName
	tNumber
	tString
	tConcat
	tDots
	tEq
	tGe
	tLe
	tNe
	tAnd
	tBreak
	tDo
	tElse
	tElseif
	tEnd
	tFalse
	tFor
	tFunction
	tIf
	tIn
	tLocal
	tNil
	tNot
	tOr
	tRepeat
	tReturn
	tThen
	tTrue
	tUntil
	tWhile
)

// words are the kinds that messages spell out.
var words = map[kind]string{
	tEOF: "<eof>", tName: "<name>", tNumber: "<number>", tString: "<string>",
	tConcat: "..", tDots: "...", tEq: "==", tGe: ">=", tLe: "<=", tNe: "~=",
	tAnd: "and", tBreak: "break", tDo: "do", tElse: "else", tElseif: "elseif", tEnd: "end",
	tFalse: "false", tFor: "for", tFunction: "function", tIf: "if", tIn: "in", tLocal: "local",
	tNil: "nil", tNot: "not", tOr: "or", tRepeat: "repeat", tReturn: "return", tThen: "then",
	tTrue: "true", tUntil: "until", tWhile: "while",
}

// reserved are the names that are keywords.
var reserved = func() map[string]kind {
	m := map[string]kind{}
	for k := tAnd; k <= tWhile; k++ {
		m[words[k]] = k
	}
	return m
}()

func (k kind) String() string {
	switch {
	case k >= tEOF:
		return words[k]
	case k < ' ' || k == 0x7f:
		return fmt.Sprintf("char(%d)", int(k))
	}
	return string([]byte{byte(k)})
}

// token is one word of the source.
type token struct {
	kind kind
	text string // a name, the value of a string, a number as written
	num  float64
}

// lexer splits source into tokens. Errors are panics of *Error, caught in Parse.
type lexer struct {
	src  string
	pos  int
	line int
	name string // of the chunk, for messages
	buf  []byte // of the token being read, for messages
}

const eof = -1

func (l *lexer) peek() int { return l.peekAt(0) }

func (l *lexer) peekAt(n int) int {
	if l.pos+n >= len(l.src) {
		return eof
	}
	return int(l.src[l.pos+n])
}

// keep moves the next byte into buf.
func (l *lexer) keep() {
	l.buf = append(l.buf, l.src[l.pos])
	l.pos++
}

// accept keeps the next byte if it is one of set.
func (l *lexer) accept(set string) bool {
	if c := l.peek(); c == eof || strings.IndexByte(set, byte(c)) < 0 {
		return false
	}
	l.keep()
	return true
}

// fail ends with a message without a token.
func (l *lexer) fail(msg string) {
	panic(&Error{fmt.Sprintf("%s:%d: %s", l.name, l.line, msg)})
}

// failNear ends with a message that shows a token.
func (l *lexer) failNear(msg, near string) { l.fail(msg + " near '" + near + "'") }

// newline skips one line break of any style.
func (l *lexer) newline() {
	first := l.src[l.pos]
	l.pos++
	if c := l.peek(); (c == '\n' || c == '\r') && byte(c) != first {
		l.pos++
	}
	l.line++
}

// next reads a token.
func (l *lexer) next() token {
	l.buf = l.buf[:0]
	for {
		switch c := l.peek(); {
		case c == eof:
			return token{kind: tEOF}
		case c == '\n' || c == '\r':
			l.newline()
		case isSpace(c):
			l.pos++
		case c == '-' && l.peekAt(1) == '-':
			l.comment()
		default:
			return l.word(byte(c))
		}
	}
}

func (l *lexer) word(c byte) token {
	switch {
	case isLetter(int(c)):
		return l.ident()
	case isDigit(int(c)), c == '.' && isDigit(l.peekAt(1)):
		return l.number()
	case c == '"' || c == '\'':
		return l.quoted(c)
	case c == '[':
		if level := l.bracketLevel(); level >= 0 {
			return token{kind: tString, text: l.long(level, "string")}
		}
		if l.peekAt(1) == '=' {
			for l.keep(); l.accept("="); {
			}
			l.failNear("invalid long string delimiter", string(l.buf))
		}
	}
	return l.operator(c)
}

func (l *lexer) operator(c byte) token {
	for _, k := range []kind{tDots, tConcat, tEq, tGe, tLe, tNe} {
		if s := words[k]; strings.HasPrefix(l.src[l.pos:], s) {
			l.pos += len(s)
			return token{kind: k}
		}
	}
	l.pos++
	return token{kind: kind(c)}
}

func (l *lexer) ident() token {
	start := l.pos
	for isAlnum(l.peek()) {
		l.pos++
	}
	name := l.src[start:l.pos]
	if k, ok := reserved[name]; ok {
		return token{kind: k}
	}
	return token{kind: tName, text: name}
}

// number takes everything that looks like part of a number, then checks it.
func (l *lexer) number() token {
	for isDigit(l.peek()) || l.peek() == '.' {
		l.keep()
	}
	if l.accept("Ee") {
		l.accept("+-")
	}
	for isAlnum(l.peek()) {
		l.keep()
	}
	text := string(l.buf)
	f, ok := ParseNumber(text)
	if !ok {
		l.failNear("malformed number", text)
	}
	return token{kind: tNumber, text: text, num: f}
}

func (l *lexer) comment() {
	l.pos += 2
	if level := l.bracketLevel(); level >= 0 {
		l.long(level, "comment")
		l.buf = l.buf[:0]
		return
	}
	for c := l.peek(); c != eof && c != '\n' && c != '\r'; c = l.peek() {
		l.pos++
	}
}

// bracketLevel returns n if [, n times =, and [ come next, else -1.
func (l *lexer) bracketLevel() int {
	if l.peek() != '[' {
		return -1
	}
	n := 0
	for l.peekAt(1+n) == '=' {
		n++
	}
	if l.peekAt(1+n) != '[' {
		return -1
	}
	return n
}

// long reads a long string or comment and returns the text between the brackets.
func (l *lexer) long(level int, what string) string {
	l.pos += level + 2
	if c := l.peek(); c == '\n' || c == '\r' {
		l.newline()
	}
	closing := "]" + strings.Repeat("=", level) + "]"
	for {
		switch c := l.peek(); {
		case c == eof:
			l.failNear("unfinished long "+what, "<eof>")
		case c == '\n' || c == '\r':
			l.newline()
			l.buf = append(l.buf, '\n')
		case c == ']' && strings.HasPrefix(l.src[l.pos:], closing):
			l.pos += len(closing)
			return string(l.buf)
		default:
			l.keep()
		}
	}
}

// quoted reads a quoted string. buf holds the opening quote too, because messages
// show it.
func (l *lexer) quoted(quote byte) token {
	l.keep()
	for {
		switch c := l.peek(); c {
		case eof:
			l.failNear("unfinished string", "<eof>")
		case '\n', '\r':
			l.failNear("unfinished string", string(l.buf))
		case '\\':
			l.pos++
			l.escape()
		case int(quote):
			l.pos++
			return token{kind: tString, text: string(l.buf[1:])}
		default:
			l.keep()
		}
	}
}

// escapes are the letters after a backslash that stand for a control character.
var escapes = map[int]byte{'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

func (l *lexer) escape() {
	c := l.peek()
	b, known := escapes[c]
	switch {
	case c == eof: // reported by quoted
	case known:
		l.buf = append(l.buf, b)
		l.pos++
	case c == '\n' || c == '\r':
		l.newline()
		l.buf = append(l.buf, '\n')
	case isDigit(c):
		n := 0
		for i := 0; i < 3 && isDigit(l.peek()); i++ {
			n = n*10 + l.peek() - '0'
			l.pos++
		}
		if n > 255 {
			l.failNear("escape sequence too large", string(l.buf))
		}
		l.buf = append(l.buf, byte(n))
	default:
		l.keep()
	}
}

func isSpace(c int) bool  { return c == ' ' || '\t' <= c && c <= '\r' }
func isDigit(c int) bool  { return '0' <= c && c <= '9' }
func isLetter(c int) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' && c > 0 || c == '_' }
func isAlnum(c int) bool  { return isLetter(c) || isDigit(c) }
