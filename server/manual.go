package server

import "errors"

// With a manual loop what clients send is read, and waits; what was stepped waits for
// the end of its cycle to be written.

// ErrNotManual says that a server was stepped whose loop runs by itself.
var ErrNotManual = errors.New("server: the loop runs by itself; start with Options.Manual to step it")

// wait has a client wait to be stepped, if it has sent something that can be run.
func (s *Server) wait(c *client) {
	if c.blocked == nil && !c.closing && c.in.Whole(c.limits()) {
		s.loop.Wait(c)
	}
}

// stepwise stops the loop, or lets it go on by itself, with what waits first.
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

// arrived returns the ids of the clients that wait to be stepped, in the order of their
// coming, and a channel that is closed when one more comes.
func (s *Server) arrived() (clients []uint64, more <-chan struct{}) {
	waiting, more := s.loop.Waiting()
	for _, c := range waiting {
		clients = append(clients, c.id)
	}
	return clients, more
}

// step runs what one client that waits has sent; see [Lab.Step].
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
