package servertest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
)

// sessionLines is how many lines of a session are kept for a failed test.
const sessionLines = 200

// session keeps the last commands, replies and pushes, to show them when the test
// fails.
type session struct {
	mu    sync.Mutex
	began time.Time
	lines []server.Exchange // the last sessionLines
	lost  int               // how many came before
}

func newSession() *session { return &session{began: time.Now()} }

func (s *session) record(e server.Exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.lines) == sessionLines {
		s.lines = slices.Delete(s.lines, 0, sessionLines/10)
		s.lost += sessionLines / 10
	}
	s.lines = append(s.lines, e)
}

func (s *session) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines, s.lost = nil, 0
}

// columnWidth is the width of a connection's column.
const columnWidth = 36

// diagram shows the session: a column a connection, time going down.
func (s *session) diagram() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.lines) == 0 {
		return "servertest: the session was empty: no command was run"
	}
	columns := map[uint64]int{}
	var heads []string
	for _, e := range s.lines {
		if _, known := columns[e.Client]; !known {
			columns[e.Client] = len(heads)
			heads = append(heads, strings.TrimSpace(fmt.Sprintf("client %d %s", e.Client, e.Name)))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "servertest: the session, the last %d lines", len(s.lines))
	if s.lost > 0 {
		fmt.Fprintf(&b, " (%d before are gone)", s.lost)
	}
	b.WriteString("\n" + strings.Repeat(" ", 12))
	for _, h := range heads {
		b.WriteString(cell(h))
	}
	for _, e := range s.lines {
		fmt.Fprintf(&b, "\n%10.3fms%s%s", float64(e.At.Sub(s.began).Microseconds())/1000, strings.Repeat(" ", columnWidth*columns[e.Client]), show(e))
	}
	return b.String()
}

func cell(text string) string {
	if len(text) >= columnWidth {
		text = text[:columnWidth-2] + "…"
	}
	return fmt.Sprintf("%-*s", columnWidth, text)
}

// show tells a line of the session: "> GET k", then what came back.
func show(e server.Exchange) string {
	if e.Args == nil {
		return "< " + values(e.Bytes)
	}
	line := " > " + clip(strings.Join(e.Args, " "))
	if len(e.Bytes) > 0 {
		line += "  < " + values(e.Bytes)
	}
	return line
}

// values shows what bytes of the protocol say.
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

// clipAt is where long commands and values are cut.
const clipAt = 120

func clip(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r", ""), "\n", "\\n")
	if len(s) > clipAt {
		return s[:clipAt] + "…"
	}
	return s
}
