package render

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/tattle-server/tattle/tracking"
)

// howTo explains a script to the person who types it. redis-cli has one connection, and reads
// it only after a command.
const howTo = `# Each connection is a redis-cli in a terminal of its own; say where the server is with -h and
# -p. Type the lines that are no comments, from top to bottom, in the terminal that is named
# above them. "#>" is what came back when this was recorded.
#
# redis-cli shows a push together with the next reply, so type PING where one should have come.
# A command that blocks, and SUBSCRIBE, keep the terminal; messages appear there by themselves.
# ID-OF-x stands for the number that CLIENT ID shows in the terminal x.
`

// writeRedisCLI writes a session as a person types it.
func writeRedisCLI(w io.Writer, events []tracking.Event) error {
	s := newSession(events)
	var b strings.Builder
	for _, l := range s.head() {
		b.WriteString("# " + l + "\n")
	}
	b.WriteString(howTo)
	var at *conn
	clock := stamps{}
	for _, x := range s.steps {
		if x.do == sends && x.conn != at {
			b.WriteString("\n# " + x.conn.name + "\n")
			at = x.conn
		}
		if when, moved := clock.before(x); moved {
			b.WriteString("# " + when + "\n")
		}
		b.WriteString(typed(x, at) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// typed returns a step as a line for the person, who is at a connection's terminal.
func typed(x step, at *conn) string {
	switch {
	case x.do == opens && x.conn.proto == 3:
		return fmt.Sprintf("\n# Open a terminal, %s: redis-cli -3", x.conn.name)
	case x.do == opens:
		return fmt.Sprintf("\n# Open a terminal, %s: redis-cli", x.conn.name)
	case x.do == sends:
		line := strings.Join(quotedWords(x.words), " ")
		if x.more {
			return "# ... in one write with the line above:\n" + line
		}
		return line
	case x.do == receives && x.conn == at:
		return "#> " + x.shown()
	case x.do == receives:
		return fmt.Sprintf("#> in %s: %s", x.conn.name, x.shown())
	case x.do == closes:
		return fmt.Sprintf("# Close the terminal %s.", x.conn.name)
	case x.do == ends:
		return fmt.Sprintf("# The server closes the connection of %s.", x.conn.name)
	case x.do == waits:
		return "# The command waits."
	case x.do == passes:
		return fmt.Sprintf("# Wait for %d ms.", x.n)
	}
	return "# " + x.text
}

// shown returns what is received, for people.
func (x step) shown() string {
	if x.any {
		return "(another value each time)"
	}
	return plain(value(x.want))
}

func quotedWords(words []word) []string {
	list := make([]string, len(words))
	for i, w := range words {
		if list[i] = quoted(w.text); w.id != nil {
			list[i] = "ID-OF-" + w.id.name
		}
	}
	return list
}

// quoted writes a word as redis-cli reads it: its escapes are those of C, and bytes are \x00.
func quoted(word string) string {
	var b strings.Builder
	plain, text := word != "" && word[0] != '#', utf8.ValidString(word)
	for _, c := range []byte(word) {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
			plain = false
		case c == '\n':
			b.WriteString(`\n`)
			plain = false
		case c == '\r':
			b.WriteString(`\r`)
			plain = false
		case c < ' ' || c == 0x7f || c > 0x7f && !text:
			fmt.Fprintf(&b, `\x%02x`, c)
			plain = false
		default:
			b.WriteByte(c)
			plain = plain && c != ' ' && c != '\''
		}
	}
	if plain {
		return b.String()
	}
	return `"` + b.String() + `"`
}
