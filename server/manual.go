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

// SetManual stops the loop, or lets it go on by itself, with what waits first.
func (s *Server) SetManual(on bool) {
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

// Waiting returns the ids of the clients that wait to be stepped, in the order of their
// coming, and a channel that is closed when one more comes.
func (s *Server) Waiting() (clients []uint64, more <-chan struct{}) {
	waiting, more := s.loop.Waiting()
	for _, c := range waiting {
		clients = append(clients, c.id)
	}
	return clients, more
}

// Step runs what one client that waits has sent, that of the client with the id or, with
// 0, of the one that came first, and returns whose it was; 0 if none waits. What it
// causes is queued, and written by EndCycle.
func (s *Server) Step(id uint64) (ran uint64, err error) {
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

// EndCycle ends the cycle as beforeSleep does: BCAST messages go out, and all
// that was queued since the last one is written.
func (s *Server) EndCycle() (err error) {
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
