package servertest

import "slices"

// Publish sends a message to a channel and returns how many subscriptions it reached,
// including those to patterns.
func (s *Server) Publish(channel, message string) int {
	s.t.Helper()
	return s.database.mustNumber("PUBLISH", channel, message)
}

// PubSubChannels returns the channels that have subscribers and match a pattern, sorted.
// The pattern "" matches all.
func (s *Server) PubSubChannels(pattern string) []string {
	s.t.Helper()
	if pattern == "" {
		pattern = "*"
	}
	channels := s.database.mustList("PUBSUB", "CHANNELS", pattern)
	slices.Sort(channels)
	return channels
}

// PubSubNumSub returns the number of subscribers of each of the channels.
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

// PubSubNumPat returns the number of different patterns that clients are subscribed to.
func (s *Server) PubSubNumPat() int {
	s.t.Helper()
	return s.database.mustNumber("PUBSUB", "NUMPAT")
}
