package server

import (
	"errors"

	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/wire"
)

// This file is the manual loop. What clients send is read, and waits to be stepped. What a
// step has queued waits to be written until the cycle is ended. Only the handshake of a
// connection runs by itself: client libraries wait for it before they send anything else. So
// does TATTLE, by which the loop is stepped.

// ErrNotManual says that the loop runs by itself, so that it cannot be stepped.
var ErrNotManual = errors.New("server: the loop runs by itself; start with Options.Manual to step it")

// wait queues a client to be stepped, if it has sent a whole command.
func (s *Server) wait(c *client) {
	for c.blocked == nil && c.pending == nil && c.phase == open && c.in.Whole(c.limits()) && s.runAtOnce(c) {
	}
	if c.blocked == nil && c.phase == open && (c.pending != nil || c.in.Whole(c.limits())) {
		c.steps = true
		s.loop.Wait(c)
	}
}

// runAtOnce runs the next command of a client and writes the reply, if it is TATTLE or still of the
// handshake. It reports whether it was.
func (s *Server) runAtOnce(c *client) bool {
	after := c.in
	args, size, err := after.Next(c.limits(), nil)
	if err != nil || !s.isInstrument(args) && (c.met || !s.isHandshake(args)) {
		c.met = true
		return false
	}
	c.in, c.size = after, size
	s.process(c, args)
	c.size = 0
	s.send(c)
	return true
}

func (s *Server) isHandshake(args [][]byte) bool  { return s.isCalled(args, command.Handshake) }
func (s *Server) isInstrument(args [][]byte) bool { return s.isCalled(args, command.Instrument) }

// isCalled reports whether a command line calls a command, or an unknown subcommand of one, that has a flag.
func (s *Server) isCalled(args [][]byte, f command.Flags) bool {
	if s.renamed != nil {
		args = s.renamed.restore(args)
	}
	row, _ := s.table.Lookup(args)
	return row != nil && row.Is(f)
}

// runStep runs what a client has sent that waited. It is handed in again, since its
// connection may have ended meanwhile.
func (s *Server) runStep(c *client) {
	c.steps = false
	if c.blocked != nil && c.blocked.goOn != nil {
		c.blocked.goOn()
	}
	s.runInput(c)
	c.in.Settle()
	s.loop.Ready(c, wire.Readable)
}

// unstep takes a client that is gone from those that wait.
func (s *Server) unstep(c *client) {
	if c.steps {
		c.steps = false
		s.loop.Step(func(x *client) bool { return x == c })
	}
}

// setManual stops the loop for somebody, or lets it run by itself again; see [Lab.SetManual].
func (s *Server) setManual(on bool, by *lease) {
	s.use(by)
	switch {
	case !on:
		s.runLoop()
	case !s.loop.Manual():
		s.noteFault(0, "the loop stops")
		s.loop.SetManual(true)
		s.hold(&s.loopHeld, by)
	}
}

// runLoop ends the cycle of a manual loop, and runs what waits.
func (s *Server) runLoop() {
	if !s.loop.Manual() {
		return
	}
	s.loopHeld = nil
	s.noteFault(0, "the loop runs")
	s.beforeSleep()
	s.write()
	for _, c := range s.loop.SetManual(false) {
		s.runStep(c)
	}
}

// arrived returns the clients that wait to be stepped; see [Lab.Waiting].
func (s *Server) arrived() (clients []uint64, more <-chan struct{}) {
	waiting, more := s.loop.Waiting()
	for _, c := range waiting {
		clients = append(clients, c.id)
	}
	return clients, more
}

// step runs what a client has sent; see [Lab.Step].
func (s *Server) step(id uint64, by *lease) (ran uint64, err error) {
	s.do(func() {
		s.use(by)
		if !s.loop.Manual() {
			err = ErrNotManual
			return
		}
		c, ok := s.loop.Step(func(c *client) bool { return id == 0 || c.id == id })
		if !ok {
			return
		}
		ran = c.id
		s.runStep(c)
	})
	return ran, err
}

// endCycle ends the cycle; see [Lab.EndCycle].
func (s *Server) endCycle(by *lease) (err error) {
	s.do(func() {
		s.use(by)
		if !s.loop.Manual() {
			err = ErrNotManual
			return
		}
		s.beforeSleep()
		for s.write(); len(s.unwritten) > 0; {
			s.writeOthers()
		}
	})
	return err
}
