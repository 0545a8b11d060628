//go:build linux

package bench

import (
	"bytes"
	"strings"
)

// Template is a command with a number in it, rendered without formatting.
type Template struct {
	text       []byte
	at, digits int
}

// NewTemplate makes the template of a command. The first run of # in it is where
// the number goes, with leading zeros.
func NewTemplate(args ...string) Template {
	t := Template{text: encode(args)}
	t.at = max(bytes.IndexByte(t.text, '#'), 0)
	for _, b := range t.text[t.at:] {
		if b != '#' {
			break
		}
		t.digits++
	}
	return t
}

// Append renders the command with n.
func (t Template) Append(b []byte, n int) []byte {
	start := len(b) + t.at
	b = append(b, t.text...)
	for i := t.digits - 1; i >= 0; i-- {
		b[start+i] = byte('0' + n%10)
		n /= 10
	}
	return b
}

// What most cases are made of: keys and values of 16 bytes.
const key16 = "key:############"

var (
	value16 = strings.Repeat("v", 16)
	setKey  = NewTemplate("SET", key16, value16)
	getKey  = NewTemplate("GET", key16)
)

// The sizes of what the servers send, in bytes. All know keys of 16 bytes.
var (
	sizeOK      = len("+OK\r\n")
	sizeNull3   = len("_\r\n")
	sizeValue   = len("$16\r\n\r\n") + 16
	sizePush    = len(">2\r\n$10\r\ninvalidate\r\n*1\r\n$16\r\n\r\n") + 16
	sizeMessage = len("*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n*1\r\n$16\r\n\r\n") + 16
)
