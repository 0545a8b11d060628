package server

import (
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/tracking"
)

// execution is one command, from before it is admitted to after what follows its reply.
// Commands run inside of each other:
//
//	process ─ door ◄── outer ─ EXEC's ◄── outer ─ redis.call's
//	                                              ▲
//	                                              Server.exec
//
// Server.exec is the innermost execution. It is nil between commands. Only enter, leave and
// aside change it.
type execution struct {
	outer *execution // EXEC, a script, or nil
	door  *execution // the outermost

	// caller is the client whose command this is, directly or through EXEC or a
	// script. It is nil in Call, so that no client takes the command for its own.
	caller *client
	// begun: the handler has been called. From then on a message to the caller follows
	// the reply.
	begun bool
	depth int // how many commands this one runs inside of
	// script is the script that runs it, or nil.
	script *scriptRun
	// counted: the error that it ends with was counted when the script's command failed.
	counted bool

	call  command.Call
	keys  []command.KeyRef // of the call, if tracking or a watcher wants them
	event uint64           // the number with which the command at the door began, if there are watchers
	fault uint64           // the number of the Faulted event that refuses it, 0 for none
	muted resp.Writer      // takes a reply that the client does not want

	// after takes the messages for the caller that follow the reply, and pushed their
	// events, if there are watchers. Only the door's are used.
	after  resp.Writer
	pushed []tracking.Event
}

// enter begins a command of a client, inside of the command that runs now, if any.
func (s *Server) enter(caller *client) *execution {
	x := s.newExecution()
	muted, after, keys := reuse(x.muted.Buf), reuse(x.after.Buf), reuse(x.keys)
	*x = execution{outer: s.exec, caller: caller, door: x}
	x.muted.Buf, x.after.Buf, x.keys = muted, after, keys
	if caller != nil {
		x.after.Proto = caller.out.w.Proto
		x.event = caller.event
	}
	if outer := s.exec; outer != nil {
		x.door, x.begun, x.depth, x.script = outer.door, true, outer.depth+1, outer.script
	}
	s.exec = x
	return x
}

// reuse returns memory to be used again, unless one large reply or command has made it
// large.
func reuse[T any](memory []T) []T {
	if cap(memory) > keepBuffer {
		return nil
	}
	return memory[:0]
}

// newExecution returns memory for one more execution. The first few levels have memory that
// is used again and again.
func (s *Server) newExecution() *execution {
	s.entered++
	if s.entered <= len(s.executions) {
		return &s.executions[s.entered-1]
	}
	return new(execution)
}

// leave ends an execution, and the executions inside of it that a panic has cut short.
func (s *Server) leave(x *execution) {
	for ended := false; !ended; s.entered-- {
		inner := s.exec
		inner.call, inner.muted.Buf = command.Call{}, reuse(inner.muted.Buf)
		s.exec, ended = inner.outer, inner == x
	}
}

// aside puts what runs aside and runs fn as if nothing else ran. So a script that takes long
// gives others their turn. For the script no time passes meanwhile.
func (s *Server) aside(fn func()) {
	outer, clock, now := s.exec, s.clock, s.ks.Now()
	s.beside, s.exec = outer, nil
	defer func() {
		s.beside, s.exec, s.clock = nil, outer, clock
		s.ks.SetNow(now)
	}()
	fn()
}

// running returns the client whose command runs, or nil.
func (s *Server) running() *client {
	if s.exec == nil {
		return nil
	}
	return s.exec.caller
}

// nested reports whether the running command runs inside of another, where it must not
// block.
func (s *Server) nested() bool { return s.exec != nil && s.exec.depth > 0 }

// runs reports whether a command of the client is running or put aside.
func (s *Server) runs(c *client) bool {
	for _, x := range [...]*execution{s.exec, s.beside} {
		if x != nil && x.door.caller == c {
			return true
		}
	}
	return false
}

// runningScript returns the running script, or nil.
func (s *Server) runningScript() *scriptRun {
	if s.exec == nil {
		return nil
	}
	return s.exec.script
}
