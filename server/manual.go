package server

import (
	"errors"
)

// manual is the state of a loop that stands still until it is stepped: what has
// come waits, and what was stepped waits for the end of its cycle.
type manual struct {
	on      bool
	waiting []*job        // batches that came, the first first
	stepped []*job        // run, and not yet written
	arrived chan struct{} // closed and replaced when a batch comes
}

func newManual(on bool) manual { return manual{on: on, arrived: make(chan struct{})} }

// arrive takes a batch in. Called with the loop's lock held.
func (m *manual) arrive(j *job) {
	m.waiting = append(m.waiting, j)
	close(m.arrived)
	m.arrived = make(chan struct{})
}

// ErrNotManual says that a server was stepped whose loop runs by itself.
var ErrNotManual = errors.New("server: the loop runs by itself; start with Options.Manual to step it")

// stepwise stops the loop, or lets it go on by itself, with what waits first.
func (s *Server) stepwise(on bool) {
	l := &s.loop
	l.mu.Lock()
	was := l.manual.on
	l.mu.Unlock()
	switch {
	case was == on:
	case on:
		s.do(func() { s.setManual(true) })
	default:
		s.endCycle()
		s.do(func() { s.setManual(false) })
		s.do(func() {}) // a cycle, which takes what waited
	}
}

// setManual changes the mode. Called in a cycle.
func (s *Server) setManual(on bool) {
	l := &s.loop
	l.mu.Lock()
	defer l.mu.Unlock()
	l.manual.on = on
	if !on {
		l.queue = append(l.queue, l.manual.waiting...)
		l.manual.waiting = nil
	}
}

// arrived returns the ids of the clients whose batches wait to be stepped, in the
// order of their coming, and a channel that is closed when one more comes.
func (s *Server) arrived() (clients []uint64, more <-chan struct{}) {
	l := &s.loop
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, j := range l.manual.waiting {
		clients = append(clients, j.c.id)
	}
	return clients, l.manual.arrived
}

// step runs one batch that waits; see [Lab.Step].
func (s *Server) step(client uint64) (uint64, error) {
	var ran uint64
	err := ErrNotManual
	s.do(func() {
		if !s.loop.manual.on {
			return
		}
		err = nil
		j := s.takeWaiting(client)
		if j == nil {
			return
		}
		ran = j.c.id
		j.verdict = s.runBatch(j.c)
		j.c.out.own = true
		s.loop.manual.stepped = append(s.loop.manual.stepped, j)
	})
	return ran, err
}

func (s *Server) takeWaiting(client uint64) *job {
	l := &s.loop
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, j := range l.manual.waiting {
		if client == 0 || j.c.id == client {
			l.manual.waiting = append(l.manual.waiting[:i:i], l.manual.waiting[i+1:]...)
			return j
		}
	}
	return nil
}

// endCycle ends the cycle; see [Lab.EndCycle].
func (s *Server) endCycle() error {
	err := ErrNotManual
	s.do(func() {
		if !s.loop.manual.on {
			return
		}
		err = nil
		s.beforeSleep()
		for _, j := range s.loop.manual.stepped {
			j.c.out.own = false
			j.turn <- j.verdict
		}
		s.loop.manual.stepped = nil
	})
	return err
}
