package server

import (
	"errors"
	"fmt"
)

// Check compares the server's tables with each other. It returns what does not agree, or
// nil. It looks at everything, so it takes as long as the tables are large.
func (l *Lab) Check() error {
	s, err := l.s, error(nil)
	s.do(func() { err = errors.Join(s.tracker.Check(), s.checkClients(), s.checkMemory()) })
	return err
}

func (s *Server) checkClients() error {
	tracks, subscribed, blocked := 0, 0, 0
	for _, c := range s.clients {
		if c.track.On {
			tracks++
		}
		if c.Subscribed() {
			subscribed++
		}
		if c.blocked != nil {
			blocked++
		}
	}
	var errs []error
	same := func(what string, counted, are int) {
		if counted != are {
			errs = append(errs, fmt.Errorf("server: %d %s clients are counted, but there are %d", counted, what, are))
		}
	}
	same("tracking", s.tracker.Clients(), tracks)
	same("subscribed", s.pubsubClients, subscribed)
	same("blocked", s.blockedClients, blocked)
	for _, p := range s.tracker.Snapshot().Prefixes {
		for _, id := range p.Subscribers {
			if c := s.clients[id]; c == nil || !c.track.BCast {
				errs = append(errs, fmt.Errorf("server: prefix %q has the subscriber %d, which is gone or not in BCAST", p.Prefix, id))
			}
		}
	}
	return errors.Join(errs...)
}

func (s *Server) checkMemory() error {
	var sum int64
	for _, db := range s.ks.DBs() {
		sum += db.Accounted()
	}
	if sum != s.ks.Used() {
		return fmt.Errorf("server: %d bytes are accounted, the keys have %d", s.ks.Used(), sum)
	}
	return nil
}
