package servertest

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/tattle-server/tattle/resp"
)

// columnWidth is the width of a connection's column.
const columnWidth = 36

// diagram draws the session: one column for each connection, with time running down, by
// the server's clock.
func (s *Server) diagram() string {
	s.mu.Lock()
	events := s.session.since(s.began)
	s.mu.Unlock()
	lines := lines(events)
	if len(lines) == 0 {
		return "servertest: the session was empty: no command was run"
	}
	columns := map[uint64]int{}
	var heads strings.Builder
	for _, l := range lines {
		if _, known := columns[l.client]; !known {
			columns[l.client] = len(columns)
			heads.WriteString(cell(l.head()))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "servertest: the session, the last %d lines\n%12s%s", len(lines), "", heads.String())
	for _, l := range lines {
		after := l.at.Sub(lines[0].at)
		fmt.Fprintf(&b, "\n%10.3fms%s%s", float64(after.Microseconds())/1000, strings.Repeat(" ", columnWidth*columns[l.client]), l.text)
	}
	return b.String()
}

// line is a line of the session: "> GET k", "< 1", or both if nothing happened between
// them.
type line struct {
	at     time.Time
	client uint64
	name   string
	began  uint64 // the event of its command, while the line has no reply
	text   string
}

// head returns the heading of the line's column.
func (l line) head() string {
	if l.client == 0 {
		return "by the test"
	}
	return strings.TrimSpace(fmt.Sprintf("client %d %s", l.client, l.name))
}

// lines turns the events of a session into lines.
func lines(events []Event) (list []line) {
	for _, e := range events {
		l := line{at: e.At, client: e.Client, name: e.Name}
		switch e.Kind {
		case Began:
			l.began, l.text = e.Seq, " > "+clip(strings.Join(e.Words, " "))
		case Ended:
			if len(e.Bytes) == 0 {
				continue
			}
			if n := len(list); n > 0 && list[n-1].began != 0 && list[n-1].began == e.CausedBy {
				list[n-1].text += "  < " + values(e.Bytes)
				continue
			}
			l.text = " < " + values(e.Bytes)
		case Pushed:
			l.text = " < " + values(e.Bytes)
		case Closed:
			l.text = " (closed: " + e.Text + ")"
		}
		list = append(list, l)
	}
	return list
}

func cell(text string) string {
	if len(text) >= columnWidth {
		text = text[:columnWidth-2] + "…"
	}
	return fmt.Sprintf("%-*s", columnWidth, text)
}

// values returns the values in bytes of the protocol, as text.
func values(raw []byte) string {
	r := resp.NewReader(bytes.NewReader(raw))
	var parts []string
	for {
		v, err := r.Read()
		if err != nil {
			return clip(strings.Join(parts, " "))
		}
		parts = append(parts, value(v))
	}
}

func value(v any) string {
	switch v := v.(type) {
	case nil:
		return "(nil)"
	case resp.Error:
		return "-" + string(v)
	case resp.Push:
		list := value([]any(v))
		return ">" + list[1:len(list)-1]
	case resp.Set:
		return value([]any(v))
	case []any:
		var parts []string
		for _, x := range v {
			parts = append(parts, value(x))
		}
		return "[" + strings.Join(parts, " ") + "]"
	}
	return fmt.Sprint(v)
}

// clipAt is the length at which long commands and values are cut.
const clipAt = 120

func clip(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r", ""), "\n", "\\n")
	if len(s) > clipAt {
		return s[:clipAt] + "…"
	}
	return s
}
