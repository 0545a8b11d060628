package server

import (
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// This file lets the function of Options.Tattle answer the TATTLE command. An instrument must not be part of what it
// looks at, and must work where nothing else does. So TATTLE
//
//   - runs by itself while the loop is manual, during CLIENT PAUSE and beside a script that takes long, and its reply is
//     written at once, though no cycle ends;
//   - is no event, and is in neither MONITOR nor the slow log; its client does not count as blocked;
//   - uses up no CLIENT CACHING, evicts nothing, and does not make the tracking table keep to its limit;
//   - cannot be made to fail, or to wait, by an injected error or a hook.
//
// It is refused in MULTI when it would be queued, and in scripts: nothing can wait there.

const (
	errTattleOff  = resp.Error("ERR TATTLE command not allowed. If the enable-tattle-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.")
	errTattleNone = resp.Error("ERR TATTLE is not answered: the server was started without Options.Tattle")
)

// checkInstrument decides whether TATTLE may run, where a setting allows it.
func (s *Server) checkInstrument(c *client, row *command.Row, args [][]byte) error {
	switch {
	case s.authRequired(c):
		return errNoAuth
	case c.multi.on:
		return errNoMulti
	}
	return s.forbidden(c, row, args)
}

// asksInstrument reports whether the client waits for the reply of TATTLE.
func (c *client) asksInstrument() bool { return c.blocked != nil && c.blocked.by == byInstrument }

// endBehind notes that a client sends no more, though something of what it has sent has yet to be answered. That may wait
// for the very loop that the client has stopped.
func (s *Server) endBehind(c *client) {
	s.leaveLease(c)
	if c.asksInstrument() {
		c.blocked.cancel()
	}
}

// runTattle has the function of Options.Tattle answer.
func runTattle(s *Server, c *client, call *command.Call) error {
	switch {
	case s.nested():
		return errNested // DEBUG lets scripts call every command
	case s.tattle == nil:
		return errTattleNone
	}
	b, lab := &blocked{by: byInstrument, row: call.Row}, s.labOf(c)
	answer := func(r *Request) (any, error) { return s.tattle(lab, r) }
	s.ask(c, b, call.Args, []*question{{words: call.Args, fn: answer}}, func(q []*question) {
		s.rerun(b, q[0].answered(b.row))
		if s.loop.Manual() {
			s.send(c)
		}
	})
	return nil
}
