package miniredis

import (
	"maps"
	"net"
	"slices"
	"sync"

	"github.com/tattle-server/tattle/resp"
)

// PubsubMessage is a message to a channel.
type PubsubMessage struct {
	Channel string
	Message string
}

// PubsubPmessage is a message to a channel that matches a pattern.
type PubsubPmessage struct {
	Pattern string
	Channel string
	Message string
}

// Subscriber is a connection with subscriptions.
type Subscriber struct {
	conn      net.Conn
	confirmed chan struct{}
	messages  chan PubsubMessage
	pmessages chan PubsubPmessage

	mu       sync.Mutex
	channels map[string]bool
	patterns map[string]bool
}

// unread is how many messages may wait to be read.
const unread = 1 << 10

// NewSubscriber returns a subscriber without subscriptions. Close it when it is not needed any more.
func (m *Miniredis) NewSubscriber() *Subscriber {
	s := &Subscriber{
		confirmed: make(chan struct{}), messages: make(chan PubsubMessage, unread), pmessages: make(chan PubsubPmessage, unread),
		channels: map[string]bool{}, patterns: map[string]bool{},
	}
	conn, err := m.Dial()
	if err != nil {
		panic("miniredis: NewSubscriber: " + err.Error())
	}
	s.conn = conn
	r := resp.NewReader(conn)
	m.mu.Lock()
	for user, pw := range m.passwords {
		conn.Write(resp.AppendCommand(nil, "AUTH", user, pw))
		r.Read()
		break
	}
	m.mu.Unlock()
	conn.Write(resp.AppendCommand(nil, "HELLO", 3))
	r.Read()
	go s.read(r)
	return s
}

// read passes on what the connection gets, until it ends.
func (s *Subscriber) read(r *resp.Reader) {
	defer close(s.messages)
	defer close(s.pmessages)
	defer close(s.confirmed)
	for {
		v, err := r.Read()
		if err != nil {
			return
		}
		push, _ := v.(resp.Push)
		text := make([]string, len(push))
		for i, e := range push {
			text[i], _ = e.(string)
		}
		switch {
		case len(text) == 3 && text[0] == "message":
			s.messages <- PubsubMessage{Channel: text[1], Message: text[2]}
		case len(text) == 4 && text[0] == "pmessage":
			s.pmessages <- PubsubPmessage{Pattern: text[1], Channel: text[2], Message: text[3]}
		default:
			s.confirmed <- struct{}{}
		}
	}
}

// change sends a command about one subscription, and waits until the server has done it.
func (s *Subscriber) change(command, name string, set map[string]bool, on bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn.Write(resp.AppendCommand(nil, command, name))
	<-s.confirmed
	if delete(set, name); on {
		set[name] = true
	}
	return len(s.channels) + len(s.patterns)
}

// Subscribe subscribes to a channel and returns the number of subscriptions.
func (s *Subscriber) Subscribe(c string) int { return s.change("SUBSCRIBE", c, s.channels, true) }

// Unsubscribe ends a subscription and returns the number of those that are left.
func (s *Subscriber) Unsubscribe(c string) int { return s.change("UNSUBSCRIBE", c, s.channels, false) }

// Psubscribe subscribes to a pattern and returns the number of subscriptions.
func (s *Subscriber) Psubscribe(pat string) int {
	return s.change("PSUBSCRIBE", pat, s.patterns, true)
}

// Punsubscribe ends a subscription and returns the number of those that are left.
func (s *Subscriber) Punsubscribe(pat string) int {
	return s.change("PUNSUBSCRIBE", pat, s.patterns, false)
}

// Count returns the number of subscriptions.
func (s *Subscriber) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.channels) + len(s.patterns)
}

// Channels returns the channels, sorted.
func (s *Subscriber) Channels() []string { return s.sorted(s.channels) }

// Patterns returns the patterns, sorted.
func (s *Subscriber) Patterns() []string { return s.sorted(s.patterns) }

func (s *Subscriber) sorted(set map[string]bool) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(set))
}

// Messages returns the channel that gets the messages to channels. 1,024 may wait in it.
func (s *Subscriber) Messages() <-chan PubsubMessage { return s.messages }

// Pmessages returns the channel that gets the messages to patterns.
func (s *Subscriber) Pmessages() <-chan PubsubPmessage { return s.pmessages }

// Close ends the subscriptions, and then the channels of messages.
func (s *Subscriber) Close() { s.conn.Close() }
