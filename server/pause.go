package server

import (
	"time"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// pause is CLIENT PAUSE: until its end, commands of all clients, or those that
// may write, are not run but held. As in Redis a pause of all holds CLIENT
// UNPAUSE too, so that only time ends it.
type pause struct {
	until int64 // Unix ms, 0 for none
	all   bool  // reads too
	who   []*client
	over  []*client // those of a pause that is over, to be let go on
}

func (p *pause) on(now int64) bool { return p.until > now }

// holds reports whether a command must wait for the end of a pause.
func (s *Server) holds(c *client, row *command.Row, flags command.Flags) bool {
	if s.pause.until == 0 || !s.pause.on(s.ks.Now()) {
		return false
	}
	flags |= c.execFlags(row)
	return s.pause.all || flags&(command.Write|command.MayReplicate) != 0
}

// hold parks the client until the pause is over; then the command runs. It
// counts as blocked meanwhile, but no timeout ends that, nor CLIENT UNBLOCK.
func (s *Server) hold(c *client, row *command.Row, args [][]byte) {
	c.skipNext = c.replySkip // its reply is yet to be skipped
	c.resumes = s.events.kinds != 0
	c.blocked = &blocked{row: row, args: cloneWords(args), db: c.db, held: true}
	s.blockedClients++
	s.pause.who = append(s.pause.who, c)
}

// endPause lets everybody go on, at the end of the cycle.
func (s *Server) endPause() {
	s.pause = pause{over: append(s.pause.over, s.pause.who...)}
	s.ks.HoldExpiry = false
}

// runHeld runs the commands that a pause held, in the order in which they came.
func (s *Server) runHeld() {
	for len(s.pause.over) > 0 && s.exec == nil && s.beside == nil {
		c := s.pause.over[0]
		s.pause.over = s.pause.over[1:]
		if c.blocked == nil || !c.blocked.held || c.closing {
			continue // gone meanwhile
		}
		args := c.blocked.args
		c.blocked = nil
		s.blockedClients--
		s.process(c, args)
		if c.blocked == nil {
			s.goOn(c)
		}
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
