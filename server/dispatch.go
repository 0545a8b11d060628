package server

import (
	"runtime/debug"
	"strings"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// The refusals of the dispatcher, in Redis's words.
const (
	errNoAuth    = resp.Error("NOAUTH Authentication required.")
	errReplica   = resp.Error("ERR Replica can't interact with the keyspace") // to monitors too
	errNoMulti   = resp.Error("ERR Command not allowed inside a transaction")
	errExecAbort = resp.Error("EXECABORT Transaction discarded because of previous errors.")
)

// process runs one command of a client, from its words to what follows its reply. A
// panic in a handler costs the connection, and nobody else notices.
func (s *Server) process(c *client, args [][]byte) {
	s.refreshTime()
	s.markDirty(c)
	c.lastActive = s.clock
	c.replySkip, c.skipNext = c.skipNext, false
	x, start := s.enter(c), len(c.out.w.Buf)
	defer func() {
		if r := recover(); r != nil {
			s.recovered(x, r, start)
		}
	}()
	row, flags, err := s.admit(c, args)
	if err == nil && s.paused(c, row, flags) {
		s.leave(x)
		s.postpone(c, row, args)
		return
	}
	out := s.answer(c, row, flags, args, err)
	s.noteEnded(c, row, out, start)
	s.finish(x, row)
}

// answer refuses a command with err, queues it for EXEC, or runs it. It returns the
// writer that has taken the reply.
func (s *Server) answer(c *client, row *command.Row, flags command.Flags, args [][]byte, err error) *resp.Writer {
	if err == nil && (!c.multi.on || row.Is(command.Unqueued)) {
		out := s.replyWriter(c, row)
		s.call(c, row, args, out)
		return out
	}
	out := s.replyWriter(c, nil) // the answer is not the command's own, so never a push
	if err != nil {
		s.reject(c, row, args, err, out)
	} else {
		c.multi.queue(row, args, flags)
		out.Simple("QUEUED")
	}
	return out
}

// recovered ends the connection whose command has panicked. It drops what was written of
// the reply.
func (s *Server) recovered(x *execution, r any, start int) {
	c := x.caller
	s.log.Warningf("panic in a command of client id=%d addr=%s, closing it: %v\n%s", c.id, c.addr, r, debug.Stack())
	c.out.w.Buf = c.out.w.Buf[:min(start, len(c.out.w.Buf))]
	c.multi = multi{}
	s.leave(x)
	c.closeAfterReply("panic")
	s.tellOwnChanges()
}

// replyWriter returns where the reply to a command goes: into the client's stream, or
// nowhere if the client wants no replies (CLIENT REPLY) or has had its last. A reply in the form of a push is
// written in any case. row is nil for an answer that the command does not give itself.
func (s *Server) replyWriter(c *client, row *command.Row) *resp.Writer {
	wanted := !c.replyOff && !c.replySkip || row != nil && row.Is(command.RepliesByPush)
	if wanted && c.phase == open {
		return c.bounded()
	}
	muted := &s.exec.muted
	*muted = resp.Writer{Buf: muted.Buf[:0], Proto: c.out.w.Proto, Max: keepBuffer}
	return muted
}

// finish ends a command at the door, then serves the clients that it unblocked.
func (s *Server) finish(x *execution, row *command.Row) {
	c := x.caller
	waits := c.blocked != nil // then it is used up at the end of the wait
	if !c.multi.on && !waits && (row == nil || !row.Is(command.KeepsCaching)) {
		c.track.UseUp()
	}
	s.afterCommand(x)
	s.serveReady()
}

// afterCommand ends a command at the door and queues what follows its reply. First come
// the messages for its caller that arose while it ran. Then come the invalidations of its
// own changes: tracking keeps them until now, since where they go is known only now.
func (s *Server) afterCommand(x *execution) {
	c := x.caller
	s.leave(x)
	if len(x.after.Buf) > 0 {
		c.out.w.Raw(x.after.Buf)
		s.markDirty(c)
		s.noteFollowed(x)
	}
	s.checkLimit(c)
	c.out.seal()
	s.tellOwnChanges()
}

// tellOwnChanges sends what tracking has kept until after the reply. If a script was put
// aside, it is the script's reply that this must follow.
func (s *Server) tellOwnChanges() {
	if s.beside == nil {
		s.tracker.AfterCommand()
	}
}

// admit finds a command's row and flags and decides whether it may run now.
func (s *Server) admit(c *client, args [][]byte) (row *command.Row, _ command.Flags, err error) {
	if row = c.lastCmd; row == nil || !row.Answers(args[0]) || s.renamed != nil {
		if row, err = s.lookup(args); err != nil {
			c.lastCmd = nil
			s.noteBegan(c, nil, args)
			return nil, 0, err
		}
	}
	c.lastCmd = row
	s.noteBegan(c, row, args)
	flags, err := s.check(c, row, args)
	return row, flags, err
}

// check decides whether a command may run, in the order of Redis's checks. It returns the
// flags of this command line.
func (s *Server) check(c *client, row *command.Row, args [][]byte) (command.Flags, error) {
	if !row.FitsArity(len(args)) {
		return 0, resp.WrongArity(row.FullName())
	}
	if row.Flags&command.Restricted != 0 {
		if err := s.restricted(c, row); err != nil {
			return 0, err
		}
		if row.Is(command.Instrument) {
			return row.Flags, s.checkInstrument(c, row, args)
		}
	}
	if c.refusal != nil {
		return 0, c.refusal
	}
	if err := s.injected(row); err != nil {
		return 0, err
	}
	if s.authRequired(c) && !row.Is(command.NoAuth) {
		return 0, errNoAuth
	}
	if err := s.forbidden(c, row, args); err != nil {
		return 0, err
	}
	flags := row.FlagsFor(c, args)
	if err := s.makeRoom(row, flags); err != nil {
		return 0, err
	}
	s.limitTable()
	if err := s.unsaved(row, flags); err != nil {
		return 0, err
	}
	if s.beside != nil && flags&command.AllowBusy == 0 {
		_, kind := s.script.engine.Running()
		return 0, kind.Busy()
	}
	if c.multi.on && row.Is(command.NoMulti) {
		return 0, errNoMulti
	}
	if !c.out.w.V3() && c.Subscribed() && !row.Is(command.WhileSubscribed) {
		return 0, resp.Errorf("ERR Can't execute '%s': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context", strings.ToLower(row.FullName()))
	}
	if touches := command.Write | command.MayReplicate | command.ReadOnly; c.monitor && (flags|c.execFlags(row))&touches != 0 {
		return 0, errReplica
	}
	return flags, nil
}

// restricted returns the error of a command that a setting does not allow, or nil.
func (s *Server) restricted(c *client, row *command.Row) error {
	switch {
	case row.Is(command.LoadsModules):
		return errModules
	case row.Is(command.NeedsDebug) && !s.cfg.EnableDebugCommand.Allows(c.local()):
		return errDebugOff
	case row.Is(command.Instrument) && !s.cfg.EnableTattleCommand.Allows(c.local()):
		return errTattleOff
	}
	return nil
}

// reject answers a command that may not run. In a transaction this makes EXEC fail.
func (s *Server) reject(c *client, row *command.Row, args [][]byte, err error, out *resp.Writer) {
	if c.multi.on {
		c.multi.failed = true
	}
	if row != nil {
		s.calls[row.ID()].Rejected++
		if row.Is(command.RunsQueued) {
			// EXEC itself is refused. That ends the transaction, if there was one, and is shown.
			s.discard(c)
			s.feedMonitors(c, row, args)
			err = resp.Error("EXECABORT Transaction discarded because of: " + strings.TrimPrefix(err.Error(), "ERR "))
		}
	}
	s.countError(err.Error())
	out.Error(err)
}

// call runs a handler, inside of the execution that was entered last, and then does what
// every command that has run leads to. out takes the reply.
func (s *Server) call(c *client, row *command.Row, args [][]byte, out *resp.Writer) {
	x := s.exec
	x.begun = true
	if x.script != nil {
		s.readClock() // the script has run meanwhile
	}
	start, began, again := len(out.Buf), s.realTime, c.blocked != nil || c.pending != nil && !s.nested()
	s.ks.NoTouch = c.noTouch && !row.Is(command.TouchesKeys)
	x.call = command.Call{Row: row, Args: args, Out: out, DB: c.db, Client: c}
	s.findKeys(x)
	if err := row.Run(&x.call); err != nil {
		out.Error(err)
	}
	s.account(c, row, args, s.lap(began), out.Buf[start:])
	if !again && row.Flags&(command.SkipMonitor|command.Admin) == 0 {
		s.feedMonitors(c, row, args)
	}
	s.remember(x)
}
