package server

import (
	"errors"

	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/wire"
)

// This file is the manual loop. What clients send is read, and waits to be stepped. What a
// step has queued waits to be written until the cycle is ended. Only the handshake of a
// connection runs by itself: client libraries wait for it before they send anything else.

// ErrNotManual says that the loop runs by itself, so that it cannot be stepped.
var ErrNotManual = errors.New("server: the loop runs by itself; start with Options.Manual to step it")

// wait queues a client to be stepped, if it has sent a whole command.
func (s *Server) wait(c *client) {
	for !c.met && c.blocked == nil && c.phase == open && c.in.Whole(c.limits()) {
		s.greet(c)
	}
	if c.blocked == nil && c.phase == open && (c.pending != nil || c.in.Whole(c.limits())) {
		c.steps = true
		s.loop.Wait(c)
	}
}

// greet runs the next command of a client and writes the reply, if that is still of its handshake.
func (s *Server) greet(c *client) {
	after := c.in
	args, size, err := after.Next(c.limits(), nil)
	if err != nil || !s.isHandshake(args) {
		c.met = true
		return
	}
	c.in, c.size = after, size
	s.process(c, args)
	c.size = 0
	s.send(c)
}

func (s *Server) isHandshake(args [][]byte) bool {
	row, found := s.table.Lookup(args)
	return found && row.Is(command.Handshake)
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

// stepwise stops the loop, or lets it run by itself again; see [Lab.SetManual].
func (s *Server) stepwise(on bool) {
	s.do(func() {
		if s.loop.Manual() && !on {
			s.beforeSleep()
			s.write()
		}
		for _, c := range s.loop.SetManual(on) {
			s.runStep(c)
		}
	})
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
func (s *Server) step(id uint64) (ran uint64, err error) {
	s.do(func() {
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
func (s *Server) endCycle() (err error) {
	s.do(func() {
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
