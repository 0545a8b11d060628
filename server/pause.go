package server

import (
	"time"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/command"
)

// pause is CLIENT PAUSE: until its end, commands of all clients, or those that
// may write, are not run but kept.
type pause struct {
	until int64 // Unix ms, 0 for none
	all   bool  // reads too
	who   []*client
}

func (p *pause) on(now int64) bool { return p.until > now }

// paused tells whether a command must wait for the end of a pause.
func (s *Server) paused(c *client, row *command.Row) bool {
	if !s.pause.on(s.ks.Now()) {
		return false
	}
	if s.pause.all {
		// CLIENT UNPAUSE and its like must get through.
		return row.Parent() == nil || row.Parent().Name != "client"
	}
	if row.Name == "exec" {
		return c.multi.writes()
	}
	return row.Is(command.Write) || row.Is(command.MayReplicate)
}

// writes tells whether a queued command may write.
func (m *multi) writes() bool {
	for _, q := range m.queued {
		if q.row.Flags&(command.Write|command.MayReplicate) != 0 {
			return true
		}
	}
	return false
}

// pauses parks the client if a pause holds its command back.
func (s *Server) pauses(c *client, row *command.Row) bool {
	if s.pause.until == 0 || !s.paused(c, row) {
		return false
	}
	c.paused = true
	s.pause.who = append(s.pause.who, c)
	return true
}

// endPause lets everybody go on.
func (s *Server) endPause() {
	who := s.pause.who
	s.pause = pause{}
	s.ks.HoldExpiry = false
	for _, c := range who {
		c.paused = false
		c.conn.Interrupt()
	}
}

func runClientPause(s *Server, _ *client, call *command.Call) error {
	all := true
	if len(call.Args) > 3 {
		switch mode := call.Args[3]; {
		case len(call.Args) > 4:
			return subcommandSyntax(call)
		case command.Is(mode, "write"):
			all = false
		case !command.Is(mode, "all"):
			return resp.Error("ERR CLIENT PAUSE mode must be WRITE or ALL")
		}
	}
	ms, ok := command.ParseInt(call.Args[2])
	if !ok {
		return resp.Error("ERR timeout is not an integer or out of range")
	}
	if ms < 0 {
		return resp.ErrTimeoutNeg
	}
	if ms > int64(time.Duration(1<<62)/time.Millisecond) {
		return resp.Error("ERR timeout is out of range")
	}
	// A second pause makes the first longer or stricter, never shorter or milder.
	now := s.ks.Now()
	p := &s.pause
	if !p.on(now) {
		p.all = false
	}
	p.until = max(p.until, now+ms)
	p.all = p.all || all
	s.ks.HoldExpiry = true
	call.Out.OK()
	return nil
}

func runClientUnpause(s *Server, _ *client, call *command.Call) error {
	s.endPause()
	call.Out.OK()
	return nil
}
