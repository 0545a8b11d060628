package server

import "slices"

// A client that is gone leaves its topics at once if they are few. If they are many it leaves
// them in later cycles, some in each, so that nobody waits until a million channels are let
// go. Until then nobody sees it there: a message to it is dropped, and it is not counted.

// departure is a client that is gone and the topics that it has not left yet.
type departure struct {
	c      *client
	topics []*topic
}

// departAtOnce is how many topics a client leaves in one cycle: a millisecond's work.
const departAtOnce = 1 << 12

// depart takes a client that is gone out of its topics.
func (s *Server) depart(c *client) {
	topics := slices.Collect(c.topics())
	if c.Subscribed() {
		s.pubsubClients--
	}
	c.subs, c.watches = subscriptions{}, nil
	if c.blocked != nil {
		c.blocked.keys = nil
		s.leaveQueues(c)
	}
	for _, t := range topics {
		t.in.departing++
	}
	s.departures = append(s.departures, departure{c, topics})
	if len(topics) <= departAtOnce {
		s.finishDepartures(len(topics))
	}
}

// finishDepartures takes clients out of n topics, those that departed last first.
func (s *Server) finishDepartures(n int) {
	for ; n > 0 && len(s.departures) > 0; n-- {
		last := len(s.departures) - 1
		d := &s.departures[last]
		if len(d.topics) == 0 {
			s.departures[last] = departure{}
			s.departures = s.departures[:last]
			continue
		}
		t := d.topics[len(d.topics)-1]
		d.topics = d.topics[:len(d.topics)-1]
		t.in.departing--
		s.pubsub.leave(d.c, t)
	}
}
