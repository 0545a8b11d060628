package server

import (
	"time"

	"github.com/tattle-server/tattle/server/internal/wire"
)

// A script that takes longer than busy-reply-threshold lets others in now and then:
// what is allowed then runs (SCRIPT KILL, SHUTDOWN NOSAVE, AUTH and a few more), all
// else is told BUSY. It is the script's own goroutine that serves them, at points where
// the machine is between two instructions, so the state has one owner throughout.

// besideEvery is how often a script that takes too long lets others in.
const besideEvery = time.Millisecond

// Breathe is called by a running script, often. It lets others in when the script takes
// too long.
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
	wire.WakeMonitor() // those who were answered may be goroutines of this process
}

// serveBeside serves everybody who is ready beside a script, and writes their replies.
func (s *Server) serveBeside() {
	s.readClock()
	s.refreshTime()
	s.loop.Beside()
	s.checkLimits()
	s.dropClosed()
	s.write()
}

// caughtUp hands a script's caller in again, if it was passed over.
func (s *Server) caughtUp(c *client, x *scriptRun) {
	if x.missed != 0 {
		s.loop.Ready(c, x.missed|wire.Readable)
	}
}
