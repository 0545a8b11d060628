package server

import "errors"

// This file is the manual loop. What clients send is read, and waits to be stepped. What a
// step has queued waits to be written until the cycle is ended.

// ErrNotManual says that the loop runs by itself, so that it cannot be stepped.
var ErrNotManual = errors.New("server: the loop runs by itself; start with Options.Manual to step it")

// wait queues a client to be stepped, if it has sent a whole command.
func (s *Server) wait(c *client) {
	if c.blocked == nil && !c.closing && c.in.Whole(c.limits()) {
		s.loop.Wait(c)
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
			s.runInput(c)
			c.in.Settle()
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
		s.runInput(c)
		c.in.Settle()
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
		s.write()
	})
	return err
}
