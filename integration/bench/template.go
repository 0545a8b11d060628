//go:build linux

package bench

import (
	"bytes"
	"math/rand/v2"
	"strings"
)

// Template is a command with a number in it, rendered without formatting.
type Template struct {
	text    []byte
	places  []place
	numbers []uint32 // if there are any, n stands for the n-th of them
}

// place is where the number stands in the text, from the first digit to behind the last.
type place struct{ from, to int }

// NewTemplate makes the template of a command. Each run of # in it is a place for the
// number, with leading zeros.
func NewTemplate(args ...string) Template { return parseTemplate(encode(args)) }

func parseTemplate(text []byte) Template {
	t := Template{text: text}
	for i := 0; ; {
		skip := bytes.IndexByte(text[i:], '#')
		if skip < 0 {
			return t
		}
		from := i + skip
		for i = from; i < len(text) && text[i] == '#'; i++ {
		}
		t.places = append(t.places, place{from, i})
	}
}

// Of makes the template of a command that takes its n-th number from a list.
func (t Template) Of(numbers []uint32) Template {
	t.numbers = numbers
	return t
}

// shuffled returns the numbers from first on, n of them, in a random order. It is the
// same in each round and on each server.
func shuffled(first, n, seed int) []uint32 {
	numbers := make([]uint32, n)
	for i := range numbers {
		numbers[i] = uint32(first + i)
	}
	r := rand.New(rand.NewPCG(uint64(n), uint64(seed)))
	r.Shuffle(n, func(i, j int) { numbers[i], numbers[j] = numbers[j], numbers[i] })
	return numbers
}

// Append renders the command with n.
func (t Template) Append(b []byte, n int) []byte {
	if t.numbers != nil {
		n = int(t.numbers[n])
	}
	start := len(b)
	b = append(b, t.text...)
	for _, p := range t.places {
		rest := n
		for i := p.to - 1; i >= p.from; i-- {
			b[start+i] = byte('0' + rest%10)
			rest /= 10
		}
	}
	return b
}

// The keys and values of most cases have 16 bytes.
const key16 = "key:############"

var (
	value16 = strings.Repeat("v", 16)
	setKey  = NewTemplate("SET", key16, value16)
	getKey  = NewTemplate("GET", key16)
	delKey  = NewTemplate("DEL", key16)
)

// The sizes of replies and pushes in bytes, for keys of 16 bytes.
var (
	sizeOK      = len("+OK\r\n")
	sizeOne     = len(":1\r\n")
	sizeNull3   = len("_\r\n")
	sizeValue   = len("$16\r\n\r\n") + 16
	sizePush    = len(">2\r\n$10\r\ninvalidate\r\n*1\r\n$16\r\n\r\n") + 16
	sizeMessage = len("*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n*1\r\n$16\r\n\r\n") + 16
)
