package server

import (
	"bytes"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"time"

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
	if s.beside == nil { // see afterCommand
		s.tracker.AfterCommand()
	}
}

// replyWriter returns where the reply to a command goes: the client's stream, or
// nowhere if it wants no replies (CLIENT REPLY) or has had its last.
func (s *Server) replyWriter(c *client, row *command.Row) *resp.Writer {
	wanted := !c.replyOff && !c.replySkip || row != nil && row.Is(command.RepliesByPush)
	if wanted && !c.closing {
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

// lookup finds the row of a command line.
func (s *Server) lookup(args [][]byte) (*command.Row, error) {
	if s.renamed != nil {
		args = s.renamed.restore(args)
	}
	row, found := s.table.Lookup(args)
	if !found {
		return nil, s.unknown(row, args)
	}
	return row, nil
}

// The lengths to which the error for an unknown command repeats what was sent.
const (
	unknownNameMax = 128
	unknownArgsMax = 128
)

func (s *Server) unknown(container *command.Row, args [][]byte) error {
	if container != nil {
		return resp.Errorf("ERR unknown subcommand '%.*s'. Try %s HELP.", unknownNameMax, args[1], strings.ToUpper(container.Name))
	}
	if c := s.running(); c != nil && (command.Is(args[0], "host:") || command.Is(args[0], "post")) {
		// A browser was made to speak to the server: what it sends is no command.
		s.log.Warningf("Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to the server. Connection from %s aborted.", c.addr)
		s.kill(c, "HTTP request")
	}
	var b strings.Builder
	for _, a := range args[1:] {
		if b.Len() >= unknownArgsMax {
			break
		}
		a = a[:min(len(a), unknownArgsMax-b.Len())]
		b.WriteString("'" + string(a) + "' ")
	}
	name := args[0][:min(len(args[0]), unknownNameMax)]
	return resp.Errorf("ERR unknown command '%s', with args beginning with: %s", name, b.String())
}

// reject answers a command that may not run. In a transaction it makes EXEC
// fail.
func (s *Server) reject(c *client, row *command.Row, err error, out *resp.Writer) {
	if c.multi.on {
		c.multi.failed = true
	}
	if row != nil {
		s.rows[row.ID()].rejected++
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

// account counts a call for INFO commandstats and latencystats, SLOWLOG and
// LATENCY.
func (s *Server) account(c *client, row *command.Row, args [][]byte, took time.Duration, reply []byte) {
	st := &s.rows[row.ID()]
	if c.blocked == nil {
		st.count(took)
		s.stats.commands++
	}
	s.accountError(row, reply)
	if !row.Is(command.SkipSlowlog) && c.blocked == nil {
		s.slowlog.note(s, c, row, args, took)
		s.latency.noteCommand(s, row, took)
	}
}

// accountError counts a reply if it is an error.
func (s *Server) accountError(row *command.Row, reply []byte) {
	if len(reply) == 0 || reply[0] != '-' {
		return
	}
	s.rows[row.ID()].failed++
	if !s.script.takeCounted() {
		text, _, _ := bytes.Cut(reply[1:], []byte("\r"))
		s.countError(string(text))
	}
}

// countError counts an error reply under its code for INFO errorstats. Scripts
// can end with errors of one word; those have no code.
func (s *Server) countError(text string) {
	s.stats.errorReplies++
	if s.errors[errorStatsOff] > 0 {
		return
	}
	code, _, found := strings.Cut(text, " ")
	if !found {
		code = "ERR"
	}
	if _, known := s.errors[code]; !known && len(s.errors) >= errorCodesMax {
		s.stopErrorStats()
		return
	}
	s.errors[code]++
}

// errorCodesMax bounds the codes that INFO errorstats tells apart: scripts can
// make up any number. Past it none is told any more, but errorStatsOff.
const (
	errorCodesMax = 128
	errorStatsOff = "ERRORSTATS_DISABLED"
)

// stopErrorStats forgets the codes that were counted and counts no more until
// CONFIG RESETSTAT.
func (s *Server) stopErrorStats() {
	codes := slices.Sorted(maps.Keys(s.errors))
	s.log.Warningf("Errorstats stopped adding new errors because the number of errors reached the limit (currently %d).", errorCodesMax)
	s.log.Warningf("Current errors code list (max %d): %s", errorCodesMax, strings.Join(codes, ", "))
	s.stats.lazyFreed += int64(len(s.errors))
	clear(s.errors)
	s.errors[errorStatsOff] = 1
}

// makeRoom evicts keys until memory is under maxmemory. It fails when that is
// not possible and the command may need memory.
func (s *Server) makeRoom(row *command.Row, flags command.Flags) error {
	if s.cfg.MaxMemory == 0 || s.beside != nil {
		return nil
	}
	if s.evict() {
		return nil
	}
	if (flags|s.running().execFlags(row))&command.DenyOOM != 0 {
		return resp.ErrOOM
	}
	return nil
}

// fitMemory evicts down to a maxmemory that was just set.
func (s *Server) fitMemory() {
	if s.memoryChanged {
		s.memoryChanged = false
		if s.cfg.MaxMemory > 0 {
			s.evict()
		}
	}
}

// evict removes keys by the policy until memory is under maxmemory, and reports
// whether it is.
func (s *Server) evict() bool {
	for s.usedMemory() > int64(s.cfg.MaxMemory) {
		if !s.ks.EvictOne(s.cfg.MaxMemoryPolicy, int(s.cfg.MaxMemorySamples)) {
			return false
		}
	}
	return true
}
