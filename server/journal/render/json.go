package render

import (
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/tattle-server/tattle/tracking"
)

// AppendJSON appends an event as a JSON object without a line break. Fields of no value are left
// out. A string that is not UTF-8 becomes {"base64":"..."}. [ReadJSONL] reads everything back
// but what follows from other fields: rule, suppressed and line, which are for the reader.
func AppendJSON(b []byte, e tracking.Event) []byte {
	o := object{append(b, '{')}
	o.number("id", e.Seq)
	if !e.At.IsZero() {
		o.name("at")
		o.b = e.At.UTC().AppendFormat(o.b, `"`+time.RFC3339Nano+`"`)
	}
	o.number("cycle", e.Cycle)
	o.number("by", e.CausedBy)
	o.number("fault", e.Fault)
	o.string("kind", e.Kind.String())
	o.number("client", e.Client)
	o.string("name", e.Name)
	o.string("command", e.Command)
	o.number("db", uint64(uint32(e.DB)))
	o.strings("keys", e.Keys)
	o.truth("all", e.Keys == nil && (e.Kind == tracking.Message || e.Kind == tracking.Flushed))
	o.string("prefix", e.Prefix)
	o.message(e)
	o.strings("words", e.Words)
	if e.Bytes != nil {
		o.text("bytes", string(e.Bytes))
	}
	o.string("text", e.Text)
	o.string("line", e.String())
	return append(o.b, '}')
}

// message appends what became of keys: why, for whom, on which way.
func (o *object) message(e tracking.Event) {
	has := tracking.KindsOf(tracking.Message)
	if e.Cause != 0 || (has | tracking.KindsOf(tracking.Forgotten, tracking.Flushed, tracking.Gathered, tracking.Removed)).Has(e.Kind) {
		o.string("cause", e.Cause.String())
	}
	o.number("writer", e.Writer)
	o.string("writer_name", e.WriterName)
	o.number("receiver", e.Receiver)
	if e.Route != 0 || has.Has(e.Kind) {
		o.string("route", e.Route.String())
	}
	if e.Outcome != 0 || (has | tracking.KindsOf(tracking.NotRemembered)).Has(e.Kind) {
		o.string("outcome", e.Outcome.String())
		o.number("rule", uint64(e.Outcome.Rule()))
		o.truth("suppressed", e.Outcome.Suppressed())
	}
}

// object is a JSON object that is being written.
type object struct{ b []byte }

func (o *object) name(name string) {
	if o.b[len(o.b)-1] != '{' {
		o.b = append(o.b, ',')
	}
	o.b = append(append(append(o.b, '"'), name...), '"', ':')
}

func (o *object) number(name string, n uint64) {
	if n != 0 {
		o.name(name)
		o.b = strconv.AppendUint(o.b, n, 10)
	}
}

func (o *object) truth(name string, is bool) {
	if is {
		o.name(name)
		o.b = append(o.b, "true"...)
	}
}

func (o *object) string(name, s string) {
	if s != "" {
		o.text(name, s)
	}
}

func (o *object) text(name, s string) {
	o.name(name)
	o.b = appendText(o.b, s)
}

func (o *object) strings(name string, list []string) {
	if list == nil {
		return
	}
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
