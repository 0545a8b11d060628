package render

import (
	"encoding/base64"
	"strconv"
	"unicode/utf8"

	"github.com/tattle-server/tattle/tracking"
)

// AppendJSON appends an event as a JSON object without a line break. Fields of no value are left
// out. A string that is not UTF-8 becomes {"base64":"..."}. [ReadJSONL] reads everything back
// but what follows from other fields: rule, suppressed and line, which are for the reader.
func AppendJSON(b []byte, e tracking.Event) []byte {
	o := object{append(b, '{')}
	Describe(e, &o)
	return append(o.b, '}')
}

// object is a JSON object that is being written.
type object struct{ b []byte }

func (o *object) name(name string) {
	if o.b[len(o.b)-1] != '{' {
		o.b = append(o.b, ',')
	}
	o.b = append(append(append(o.b, '"'), name...), '"', ':')
}

func (o *object) Number(name string, n uint64) {
	o.name(name)
	o.b = strconv.AppendUint(o.b, n, 10)
}

func (o *object) True(name string) {
	o.name(name)
	o.b = append(o.b, "true"...)
}

func (o *object) Text(name, s string) {
	o.name(name)
	o.b = appendText(o.b, s)
}

func (o *object) Texts(name string, list []string) {
	o.name(name)
	o.b = append(o.b, '[')
	for i, s := range list {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = appendText(o.b, s)
	}
	o.b = append(o.b, ']')
}

// appendText appends a string, in base64 if it is not UTF-8.
func appendText(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		b = append(b, `{"base64":"`...)
		return append(base64.StdEncoding.AppendEncode(b, []byte(s)), `"}`...)
	}
	return appendString(b, s)
}

// appendString appends a string that is UTF-8.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\n':
			b = append(b, `\n`...)
		case c < ' ':
			b = append(b, `\u00`...)
			b = append(b, hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
