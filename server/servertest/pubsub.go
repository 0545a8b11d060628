package servertest

import "slices"

// Publish sends a message to a channel and returns how many subscriptions got it,
// patterns included.
func (s *Server) Publish(channel, message string) int {
	s.t.Helper()
	return s.database.mustNumber("PUBLISH", channel, message)
}

// PubSubChannels returns the channels that have subscribers and match a pattern,
// sorted; "" is all.
func (s *Server) PubSubChannels(pattern string) []string {
	s.t.Helper()
	if pattern == "" {
		pattern = "*"
	}
	channels := s.database.mustList("PUBSUB", "CHANNELS", pattern)
	slices.Sort(channels)
	return channels
}

// PubSubNumSub returns how many clients are subscribed to each of these channels.
func (s *Server) PubSubNumSub(channels ...string) map[string]int {
	s.t.Helper()
	args := with(channels, "PUBSUB", "NUMSUB")
	pairs, err := ask[[]any](&s.database, args...)
	s.database.report(args, err)
	counts := make(map[string]int, len(channels))
	for i := 0; i+1 < len(pairs); i += 2 {
		channel, _ := pairs[i].(string)
		n, _ := pairs[i+1].(int64)
		counts[channel] = int(n)
	}
	return counts
}

// PubSubNumPat returns how many different patterns clients are subscribed to.
func (s *Server) PubSubNumPat() int {
	s.t.Helper()
	return s.database.mustNumber("PUBSUB", "NUMPAT")
}
