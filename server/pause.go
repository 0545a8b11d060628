package server

import (
	"time"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// pause is CLIENT PAUSE. Until its end the commands of all clients, or those that may
// write, are postponed. As in Redis a pause of all commands postpones CLIENT UNPAUSE too,
// so that only time ends it.
type pause struct {
	until     int64            // Unix ms, 0 for none
	all       bool             // it postpones reads too
	postponed ordered[*client] // in the order in which they came
}

func (p *pause) on(now int64) bool { return p.until > now }

// paused reports whether a command must wait for the end of a pause.
func (s *Server) paused(c *client, row *command.Row, flags command.Flags) bool {
	if s.pause.until == 0 || !s.pause.on(s.ks.Now()) || row.Is(command.Instrument) {
		return false
	}
	flags |= c.execFlags(row)
	return s.pause.all || flags&(command.Write|command.MayReplicate) != 0
}

// postpone has a command run when the pause is over. Its client counts as blocked
// meanwhile, but neither a timeout nor CLIENT UNBLOCK ends that.
func (s *Server) postpone(c *client, row *command.Row, args [][]byte) {
	c.skipNext = c.replySkip // its reply is yet to be skipped
	c.postponed = s.events.kinds != 0
	s.block(c, &blocked{by: byPause, row: row, args: cloneWords(args)})
	s.pause.postponed.add(c)
}

// endPause releases the postponed commands, which run at the end of the cycle in the order
// in which they came.
func (s *Server) endPause() {
	for c := range s.pause.postponed.all() {
		c.pending = c.blocked.args
		s.leaveQueues(c)
		s.resume(c)
	}
	s.pause = pause{}
	s.ks.HoldExpiry = false
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
