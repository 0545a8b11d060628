package server

import (
	"time"

	"github.com/tattle-server/tattle/server/internal/wire"
)

// A script that takes longer than busy-reply-threshold lets others in now and then. A few
// commands are allowed then (SCRIPT KILL, SHUTDOWN NOSAVE, AUTH, ...); the others are
// answered BUSY. The script's own goroutine serves them, between two instructions of the Lua
// machine. So one goroutine owns the state throughout.

// besideEvery is how often a script that takes too long lets others in.
const besideEvery = time.Millisecond

// Breathe lets others in if the script takes too long. A running script calls it often.
func (h scriptHost) Breathe() {
	s, x := h.s, h.run
	threshold := time.Duration(s.cfg.BusyReplyThreshold) * time.Millisecond
	if threshold <= 0 || s.exec == nil || s.beside != nil {
		return
	}
	now := time.Now()
	if now.Sub(x.began) < threshold || now.Sub(x.breathed) < besideEvery {
		return
	}
	s.aside(s.serveBeside)
	x.breathed = time.Now()
	wire.WakeMonitor() // the clients just answered may be goroutines of this process
}

// serveBeside serves the clients that are ready, beside a script, and writes their replies.
func (s *Server) serveBeside() {
	s.readClock()
	s.refreshTime()
	s.loop.Beside()
	s.checkLimits()
	s.dropClosed()
	s.write()
}

// caughtUp hands the caller of a script in, if it became ready while the script ran. If the
// end of the server cut the script short, the caller hears nothing, as in Redis: nobody
// has killed its script.
func (s *Server) caughtUp(c *client, x *scriptRun) {
	if s.stopping.Load() {
		s.kill(c, "shutdown")
	}
	if x.missed != 0 {
		s.loop.Ready(c, x.missed|wire.Readable)
	}
}
