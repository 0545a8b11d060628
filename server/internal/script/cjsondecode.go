package script

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"github.com/tattle-server/tattle/server/internal/script/syntax"
)

func (cfg *jsonConfig) decode(c call) int {
	if c.GetTop() != 1 {
		c.argError(1, "expected 1 argument")
	}
	d := jsonDecoder{call: c, cfg: cfg, src: c.string(1)}
	v := d.value(d.next(), 0)
	if t := d.next(); t.name != "T_END" {
		d.expected("the end", t)
	}
	return c.push(v)
}

// jsonDecoder reads JSON and the extension that cjson allows: C's numbers.
type jsonDecoder struct {
	call
	cfg *jsonConfig
	src string
	pos int
}

// jsonToken is a token as cjson names it; errors are tokens too.
type jsonToken struct {
	name  string
	value lua.LValue
	at    int
}

var jsonMarks = map[byte]string{
	'{': "T_OBJ_BEGIN", '}': "T_OBJ_END", '[': "T_ARR_BEGIN", ']': "T_ARR_END", ',': "T_COMMA", ':': "T_COLON",
}

func (d *jsonDecoder) expected(what string, found jsonToken) {
	d.fail("Expected %s but found %s at character %d", what, found.name, found.at+1)
}

func (d *jsonDecoder) next() jsonToken {
	d.work(1)
	for d.pos < len(d.src) && strings.IndexByte(" \t\n\r", d.src[d.pos]) >= 0 {
		d.work(1)
		d.pos++
	}
	at := d.pos
	if at == len(d.src) {
		return jsonToken{"T_END", nil, at}
	}
	c := d.src[at]
	if name, ok := jsonMarks[c]; ok {
		d.pos++
		return jsonToken{name, nil, at}
	}
	if c == '"' {
		return d.text()
	}
	for _, word := range []jsonToken{{"true", lua.LTrue, at}, {"false", lua.LFalse, at}, {"null", d.m.null, at}} {
		if strings.HasPrefix(d.src[at:], word.name) {
			d.pos += len(word.name)
			if word.name = "T_BOOLEAN"; word.value == d.m.null {
				word.name = "T_NULL"
			}
			return word
		}
	}
	return d.number()
}

func (d *jsonDecoder) number() jsonToken {
	at := d.pos
	body := strings.TrimLeft(d.src[at:], "+-")
	letter := d.cfg.decodeInvalid && (hasFold(body, "inf") || hasFold(body, "nan"))
	switch c := d.src[at]; {
	case c == '-' || c == '+' && d.cfg.decodeInvalid || isDigit(c) || letter:
	default:
		return jsonToken{"invalid token", nil, at}
	}
	n := numberLength(d.src[at:])
	f, ok := syntax.ParseNumber(d.src[at : at+n])
	if !ok || !d.cfg.decodeInvalid && !plainNumber(d.src[at:at+n]) {
		return jsonToken{"invalid number", nil, at}
	}
	d.work(n)
	d.pos += n
	return jsonToken{"T_NUMBER", lua.LNumber(f), at}
}

func hasFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// numberLength returns how many bytes of s C's strtod would read.
func numberLength(s string) int {
	n := 0
	if n < len(s) && (s[n] == '-' || s[n] == '+') {
		n++
	}
	for _, word := range []string{"infinity", "inf", "nan"} {
		if hasFold(s[n:], word) {
			return n + len(word)
		}
	}
	if hex := s[n:]; hasFold(hex, "0x") && len(hex) > 2 && inClass(hex[2], 'x') {
		n += 2
		for n < len(s) && (inClass(s[n], 'x') || s[n] == '.') {
			n++
		}
		return n
	}
	n = skipDigits(s, n)
	if n < len(s) && s[n] == '.' {
		n = skipDigits(s, n+1)
	}
	if n < len(s) && s[n]|0x20 == 'e' {
		exp := n + 1
		if exp < len(s) && (s[exp] == '-' || s[exp] == '+') {
			exp++
		}
		if end := skipDigits(s, exp); end > exp {
			n = end
		}
	}
	return n
}

func skipDigits(s string, n int) int {
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// plainNumber reports whether a number is valid by the rules of JSON.
func plainNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	return s != "" && isDigit(s[0]) && (len(s) == 1 || s[0] != '0' || !isDigit(s[1]) && s[1]|0x20 != 'x')
}

var jsonUnescapes = map[byte]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

func (d *jsonDecoder) text() jsonToken {
	at := d.pos
	t := text{call: d.call}
	for i := at + 1; i < len(d.src) && d.src[i] != 0; {
		c := d.src[i]
		switch {
		case c == '"':
			d.pos = i + 1
			return jsonToken{"T_STRING", t.value(), at}
		case c != '\\':
			plain := plainLength(d.src[i:min(len(d.src), i+workEvery)])
			t.write(d.src[i : i+plain])
			t.work(plain / 4)
			i += plain
		case i+1 < len(d.src) && d.src[i+1] == 'u':
			r, n := unescapeRune(d.src[i:])
			if n == 0 {
				return jsonToken{"invalid unicode escape code", nil, i}
			}
			t.room(utf8.UTFMax)
			t.b = utf8.AppendRune(t.b, r)
			i += n
		default:
			if i+1 == len(d.src) || jsonUnescapes[d.src[i+1]] == 0 {
				return jsonToken{"invalid escape code", nil, i}
			}
			t.writeByte(jsonUnescapes[d.src[i+1]])
			i += 2
		}
	}
	end := len(d.src)
	if zero := strings.IndexByte(d.src[at:], 0); zero >= 0 {
		end = at + zero
	}
	return jsonToken{"unexpected end of string", nil, end}
}

// plainLength returns how many bytes of s stand for themselves in a string.
func plainLength(s string) int {
	n := 0
	for n < len(s) && s[n] != '"' && s[n] != '\\' && s[n] != 0 {
		n++
	}
	return n
}

// unescapeRune reads \u and four digits, or two of them for a surrogate pair, and
// returns its length, or 0 if it is invalid.
func unescapeRune(s string) (r rune, n int) {
	const size = len(`\u0000`)
	first, ok := unescapeUnit(s)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(first) {
		return first, size
	}
	second, ok := unescapeUnit(s[size:])
	if r = utf16.DecodeRune(first, second); !ok || r == utf8.RuneError {
		return 0, 0
	}
	return r, 2 * size
}

func unescapeUnit(s string) (rune, bool) {
	const size = len(`\u0000`)
	if len(s) < size || s[:2] != `\u` {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:size], 16, 16)
	return rune(n), err == nil
}

func (d *jsonDecoder) value(t jsonToken, depth int) lua.LValue {
	switch t.name {
	case "T_STRING", "T_NUMBER", "T_BOOLEAN", "T_NULL":
		return t.value
	case "T_OBJ_BEGIN":
		return d.object(d.deeper(depth))
	case "T_ARR_BEGIN":
		return d.array(d.deeper(depth))
	}
	d.expected("value", t)
	return nil
}

func (d *jsonDecoder) deeper(depth int) int {
	if depth++; depth > min(d.cfg.decodeDepth, jsonDepthMax) {
		d.fail("Found too many nested data structures (%d) at character %d", depth, d.pos)
	}
	return depth
}

func (d *jsonDecoder) object(depth int) lua.LValue {
	d.reserve(tableSize)
	t := d.CreateTable(0, 1) // else the first field makes room for 32
	d.Push(t)                // where the scale finds it
	defer d.Pop(1)
	key := d.next()
	if key.name == "T_OBJ_END" {
		return t
	}
	for {
		if key.name != "T_STRING" {
			d.expected("object key string", key)
		}
		if colon := d.next(); colon.name != "T_COLON" {
			d.expected("colon", colon)
		}
		d.reserve(fieldSize)
		t.RawSet(key.value, d.value(d.next(), depth))
		switch end := d.next(); end.name {
		case "T_OBJ_END":
			return t
		case "T_COMMA":
		default:
			d.expected("comma or object end", end)
		}
		key = d.next()
	}
}

func (d *jsonDecoder) array(depth int) lua.LValue {
	d.reserve(tableSize)
	t := &lua.LTable{Metatable: lua.LNil}
	d.Push(t)
	defer d.Pop(1)
	first := d.next()
	if first.name == "T_ARR_END" {
		return t
	}
	for i := 1; ; i++ {
		d.reserve(valueSize + boxSize)
		t.RawSetInt(i, d.value(first, depth))
		switch end := d.next(); end.name {
		case "T_ARR_END":
			return t
		case "T_COMMA":
		default:
			d.expected("comma or array end", end)
		}
		first = d.next()
	}
}
