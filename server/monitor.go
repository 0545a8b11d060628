package server

import (
	"fmt"
	"strings"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

func runMonitor(s *Server, c *client, call *command.Call) error {
	if s.nested() {
		return resp.Error("ERR MONITOR isn't allowed for DENY BLOCKING client")
	}
	if c.monitor {
		return nil // without a reply, as in Redis
	}
	c.monitor = true
	s.monitors.add(c)
	call.Out.OK()
	return nil
}

func (s *Server) unmonitor(c *client) {
	if c.monitor {
		c.monitor = false
		s.monitors.remove(c)
	}
}

// feedMonitors shows a command to the monitors after it has run. So EXEC comes after its
// commands. Only a script is shown before the commands that it calls. A monitor without
// replies is shown nothing.
func (s *Server) feedMonitors(c *client, row *command.Row, args [][]byte) {
	if s.monitors.len() == 0 {
		return
	}
	from := c.addr
	if c.unix {
		from = "unix:" + strings.TrimSuffix(c.addr, ":0")
	}
	if s.runningScript() != nil {
		from = "lua"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d.%06d [%d %s]", s.clock.Unix(), s.clock.Nanosecond()/1000, c.db.Index, from)
	for _, a := range presentable(row, args) {
		b.WriteByte(' ')
		b.WriteString(quote(a))
	}
	for m := range s.monitors.all() {
		if m.phase >= closing || m.replyOff || m == c && m.replySkip || m != c && m.skipNext {
			continue
		}
		m.stream().Simple(b.String())
		m.told()
	}
}

// quote shows bytes as Redis does in logs: in quotes, with escapes.
func quote(b []byte) string {
	var q strings.Builder
	q.WriteByte('"')
	for _, c := range b {
		switch {
		case c == '"' || c == '\\':
			q.WriteByte('\\')
			q.WriteByte(c)
		case c == '\n':
			q.WriteString(`\n`)
		case c == '\r':
			q.WriteString(`\r`)
		case c == '\t':
			q.WriteString(`\t`)
		case c == '\a':
			q.WriteString(`\a`)
		case c == '\b':
			q.WriteString(`\b`)
		case c < ' ' || c > '~':
			fmt.Fprintf(&q, `\x%02x`, c)
		default:
			q.WriteByte(c)
		}
	}
	q.WriteByte('"')
	return q.String()
}
