package server

import (
	"runtime/debug"
	"strings"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/script"
)

// The refusals of the dispatcher, in Redis's words.
const (
	errNoAuth    = resp.Error("NOAUTH Authentication required.")
	errReplica   = resp.Error("ERR Replica can't interact with the keyspace") // to who MONITORs, too
	errNoMulti   = resp.Error("ERR Command not allowed inside a transaction")
	errExecAbort = resp.Error("EXECABORT Transaction discarded because of previous errors.")
)

// process runs one command of a client, from its words to what follows its reply. It
// never panics: a handler that does costs the connection.
func (s *Server) process(c *client, args [][]byte) {
	s.refreshTime()
	s.markDirty(c)
	c.lastActive = s.clock
	c.replySkip, c.skipNext = c.skipNext, false
	start := len(c.out.w.Buf)
	x := s.enter(c)
	defer func() {
		if r := recover(); r != nil {
			s.recovered(x, r, start)
		}
	}()
	row, flags, err := s.admit(c, args)
	c.lastCmd = row
	out := s.replyWriter(c, nil) // only what a command itself answers may be a push
	switch {
	case err != nil:
		s.reject(c, row, err, out)
	case s.holds(c, row, flags):
		s.hold(c, row, args)
		s.leave(x)
		return
	case c.multi.on && !row.Is(command.Unqueued):
		c.multi.queue(row, args, flags)
		out.Simple("QUEUED")
	default:
		out = s.replyWriter(c, row)
		x.begun = true
		s.call(c, row, args, out)
	}
	s.noteEnded(c, row, out, start)
	s.finish(x, row)
}

// recovered answers a panic in a handler: the connection ends, everybody else goes on.
// What the handler had written of a reply is dropped.
func (s *Server) recovered(x *execution, r any, start int) {
	c := x.caller
	s.log.Warningf("panic in a command of client id=%d addr=%s, closing it: %v\n%s", c.id, c.addr, r, debug.Stack())
	c.out.w.Buf = c.out.w.Buf[:min(start, len(c.out.w.Buf))]
	c.multi = multi{}
	s.leave(x)
	c.closeAfterReply("panic")
	s.tracker.AfterCommand()
}

// replyWriter returns where the reply to a command goes: the client's stream, or
// nowhere if it wants no replies (CLIENT REPLY).
func (s *Server) replyWriter(c *client, row *command.Row) *resp.Writer {
	if !c.replyOff && !c.replySkip || row != nil && row.Is(command.RepliesByPush) {
		return &c.out.w
	}
	muted := &s.exec.muted
	*muted = resp.Writer{Buf: muted.Buf[:0], Proto: c.out.w.Proto}
	return muted
}

// finish does what comes after a command at the door: the messages that waited
// for its reply follow, then those are served whom it released.
func (s *Server) finish(x *execution, row *command.Row) {
	c := x.caller
	if !c.multi.on && (row == nil || !row.Is(command.KeepsCaching)) {
		c.track.UseUp()
	}
	s.afterCommand(x)
	s.serveReady()
}

// afterCommand ends a command at the door, whose reply is queued. What follows it are,
// first, the messages that came for its caller meanwhile; then the invalidations of
// its own changes, which tracking keeps until now, since only now it is known where
// they go.
func (s *Server) afterCommand(x *execution) {
	c := x.caller
	s.leave(x)
	if len(x.after.Buf) > 0 {
		c.out.w.Raw(x.after.Buf)
		s.markDirty(c)
	}
	if s.beside == nil { // else what waits is the script's, and waits on
		s.tracker.AfterCommand()
	}
}

// admit finds a command's row and flags and decides whether it may run now.
func (s *Server) admit(c *client, args [][]byte) (row *command.Row, _ command.Flags, err error) {
	if row = c.lastCmd; row == nil || !row.Answers(args[0]) || s.renamed != nil {
		if row, err = s.lookup(args); err != nil {
			s.noteBegan(c, nil, args)
			return nil, 0, err
		}
	}
	s.noteBegan(c, row, args)
	flags, err := s.check(c, row, args)
	return row, flags, err
}

// check does the checks of admit in Redis's order. The flags that it returns are
// those of this command line.
func (s *Server) check(c *client, row *command.Row, args [][]byte) (command.Flags, error) {
	if !row.FitsArity(len(args)) {
		return 0, resp.WrongArity(row.FullName())
	}
	if err := s.injected(row); err != nil {
		return 0, err
	}
	if row.Is(command.NeedsDebug) && !s.debugAllowed(c) {
		return 0, errDebugOff
	}
	if s.authRequired(c) && !row.Is(command.NoAuth) {
		return 0, errNoAuth
	}
	flags := row.FlagsFor(c, args)
	if err := s.makeRoom(row, flags); err != nil {
		return 0, err
	}
	s.limitTable()
	if s.beside != nil && flags&command.AllowBusy == 0 {
		return 0, script.ErrBusy
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

// reject answers a command that may not run. In a transaction it makes EXEC
// fail.
func (s *Server) reject(c *client, row *command.Row, err error, out *resp.Writer) {
	if c.multi.on {
		c.multi.failed = true
	}
	if row != nil {
		s.calls[row.ID()].Rejected++
		if row.Is(command.RunsQueued) {
			// EXEC itself refused: the transaction is over, if there was one.
			s.discard(c)
			err = resp.Error("EXECABORT Transaction discarded because of: " + strings.TrimPrefix(err.Error(), "ERR "))
		}
	}
	s.countError(err.Error())
	out.Error(err)
}

// call runs the handler of the execution that was entered last. out takes the reply.
func (s *Server) call(c *client, row *command.Row, args [][]byte, out *resp.Writer) {
	x := s.exec
	again := c.blocked != nil
	start := len(out.Buf)
	if x.script != nil {
		s.readClock() // the script has run meanwhile
	}
	began := s.read
	s.ks.NoTouch = c.noTouch && !row.Is(command.TouchesKeys)
	x.call = command.Call{Row: row, Args: args, Out: out, DB: c.db, Client: c}
	if err := row.Run(&x.call); err != nil {
		out.Error(err)
	}
	s.account(c, row, args, s.lap(began), out.Buf[start:])
	if !again && row.Flags&(command.SkipMonitor|command.Admin) == 0 {
		s.feedMonitors(c, row, args)
	}
	if row.Reads() {
		s.remember(row, args)
	} else if row.Is(command.Write) {
		s.ignoreWrite(row, args)
	}
}
