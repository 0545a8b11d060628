package server

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
)

// Check compares the server's tables with each other. It returns what does not agree, or
// nil. It looks at everything, so it takes as long as the tables are large.
func (l *Lab) Check() error {
	s, err := l.s, error(nil)
	s.do(func() { err = errors.Join(s.tracker.Check(), s.checkClients(), s.checkMemory()) })
	return err
}

func (s *Server) checkClients() error {
	tracks, subscribed, blocked, armed := 0, 0, 0, 0
	for _, c := range s.clients {
		if c.track.On {
			tracks++
		}
		if c.Subscribed() {
			subscribed++
		}
		if c.isBlocked() {
			blocked++
		}
		if c.faults != nil {
			armed += len(c.faults.armed)
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
	if s.armedPushes != armed {
		errs = append(errs, fmt.Errorf("server: %d pushes are counted that wait for a reply, but there are %d", s.armedPushes, armed))
	}
	for id := range s.leases {
		if c := s.clients[id]; c == nil || c.phase >= freed {
			errs = append(errs, fmt.Errorf("server: there is a lease of client %d, which is gone", id))
		}
	}
	for _, p := range s.tracker.Snapshot().Prefixes {
		for _, id := range p.Subscribers {
			if c := s.clients[id]; c == nil || !c.track.BCast {
				errs = append(errs, fmt.Errorf("server: prefix %q has the subscriber %d, which is gone or not in BCAST", p.Prefix, id))
			}
		}
	}
	errs = append(errs, s.checkTopics()...)
	return errors.Join(errs...)
}

// checkTopics checks what each client has joined against who is in each topic.
func (s *Server) checkTopics() (errs []error) {
	s.finishDepartures(math.MaxInt)
	joined, are := 0, 0
	for _, c := range s.clients {
		for t := range c.topics() {
			joined++
			if t.in.topics[t.name] != t || t.clients.find(c) < 0 {
				errs = append(errs, fmt.Errorf("server: client %d is not in its topic %q", c.id, t.name))
			}
		}
	}
	for _, x := range s.indexes() {
		for name, t := range x.topics {
			are += t.clients.len()
			if t.clients.len() == 0 {
				errs = append(errs, fmt.Errorf("server: topic %q has no clients", name))
			}
		}
	}
	if joined != are || s.pubsub.order.len() != len(s.pubsub.patterns.topics) {
		errs = append(errs, fmt.Errorf("server: clients are in %d topics, topics have %d clients; of %d patterns %d are in order",
			joined, are, len(s.pubsub.patterns.topics), s.pubsub.order.len()))
	}
	return errs
}

// topics yields the topics that a client has joined.
func (c *client) topics() iter.Seq[*topic] {
	lists := [][]*topic{c.subs.channels.list, c.subs.patterns.list, c.subs.shards.list, c.watches}
	if c.blocked != nil {
		lists = append(lists, c.blocked.keys)
	}
	return func(yield func(*topic) bool) {
		for _, t := range slices.Concat(lists...) {
			if t != nil && !yield(t) {
				return
			}
		}
	}
}

// indexes returns all that have topics.
func (s *Server) indexes() []*index {
	return slices.Concat([]*index{s.pubsub.channels, s.pubsub.patterns, s.pubsub.shards}, s.watched, s.waiting)
}

func (s *Server) checkMemory() error {
	var sum int64
	for _, db := range s.ks.DBs() {
		sum += db.Accounted()
		counted, actual := db.Sizes(), db.Count()
		for _, x := range sizeNames {
			if !maps.Equal(maps.Collect(counted.Of(x.kind)), maps.Collect(actual.Of(x.kind))) {
				return fmt.Errorf("server: the %s of database %d are counted wrong", x.name, db.Index)
			}
		}
	}
	if sum != s.ks.Used() {
		return fmt.Errorf("server: %d bytes are accounted, the keys have %d", s.ks.Used(), sum)
	}
	return nil
}
