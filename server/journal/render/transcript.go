package render

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/tattle-server/tattle/internal/transcript"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/tracking"
)

// writeTranscript writes a session in the language of package transcript, which can play it
// on any server.
func writeTranscript(w io.Writer, events []tracking.Event) error {
	s := newSession(events)
	var b strings.Builder
	for _, l := range s.head() {
		b.WriteString("# " + l + "\n")
	}
	clock := stamps{}
	for _, x := range s.steps {
		if at, moved := clock.before(x); moved {
			fmt.Fprintf(&b, "\n# %s\n", at)
		}
		b.WriteString(transcriptLine(x) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func transcriptLine(x step) string {
	switch x.do {
	case opens:
		if x.conn.proto == 3 {
			return "open " + x.conn.name + " resp3"
		}
		return "open " + x.conn.name
	case sends:
		line := x.conn.name + ">"
		if x.more {
			line = x.conn.name + "+"
		}
		for _, w := range x.words {
			line += " " + w.inTranscript()
		}
		return line
	case receives:
		return x.conn.name + "< " + x.wanted()
	case closes:
		return "close " + x.conn.name
	case ends:
		return x.conn.name + "< closed"
	case waits:
		return fmt.Sprintf("wait blocked_clients %d", x.n)
	case passes:
		return fmt.Sprintf("pass %d", x.n)
	}
	return "# " + x.text
}

func (x step) wanted() string {
	if _, big := x.want.(resp.BigNumber); big || x.any {
		return "*"
	}
	return transcript.Format(x.want)
}

func (w word) inTranscript() string {
	switch {
	case w.id != nil:
		return "$" + w.id.name
	case w.text == "" || strings.ContainsAny(w.text, " \"$\\") || strconv.Quote(w.text) != `"`+w.text+`"`:
		return strconv.Quote(w.text)
	}
	return w.text
}

// head says what the session is.
func (s *session) head() []string {
	list := []string{"A recorded session."}
	if !s.began.IsZero() {
		list[0] += " It began at " + s.began.UTC().Format(time.RFC3339Nano) + "; times are from then on."
	}
	for _, c := range s.conns {
		if c.id != 0 {
			list = append(list, c.describe())
		}
	}
	return list
}

func (c *conn) describe() string {
	text := fmt.Sprintf("%s was client %d", c.name, c.id)
	if c.client != "" {
		text += ", " + plain(c.client)
	}
	if !c.complete {
		text += "; what it did before is not recorded"
	}
	return text + "."
}
