package servertest

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/tattle-server/tattle/tracking"
)

// Kind is what an [Event] tells of.
type Kind string

// The kinds of events.
const (
	Enabled    Kind = "enabled"    // a client turned tracking on, or on again
	Disabled   Kind = "disabled"   // a client turned tracking off, or went
	Remembered Kind = "remembered" // a client became a holder of a key
	Forgotten  Kind = "forgotten"  // a key left the tracking table
	Flushed    Kind = "flushed"    // the whole table was dropped
	Waiting    Kind = "waiting"    // a key under a prefix of BCAST changed
	Message    Kind = "message"    // an invalidation was sent, held, or not sent and why
)

// Event is one thing that tracking did.
type Event struct {
	At     time.Time
	Kind   Kind
	Client uint64 // whom it is about; of a message, the client that tracks
	Key    string // of Remembered, Forgotten and Waiting
	Cause  tracking.Cause
	// Message is what was sent, or not and why (its Outcome).
	Message tracking.Message
}

// String tells the event in a line.
func (e Event) String() string {
	switch e.Kind {
	case Message:
		m := e.Message
		what := strings.Join(m.Keys, " ")
		if m.Keys == nil {
			what = "(everything)"
		}
		return fmt.Sprintf("invalidate [%s] for client %d by %s, %s: %s", what, m.Holder, m.Route, m.Cause, m.Outcome)
	case Flushed:
		return "the tracking table is dropped"
	case Enabled, Disabled:
		return fmt.Sprintf("client %d: tracking %s", e.Client, e.Kind)
	case Remembered:
		return fmt.Sprintf("client %d holds %q", e.Client, e.Key)
	}
	return fmt.Sprintf("%q %s (%s)", e.Key, e.Kind, e.Cause)
}

// history keeps what tracking did, and lets others wait for more.
type history struct {
	mu     sync.Mutex
	events []Event
	more   chan struct{}  // closed and replaced at each event
	seen   map[uint64]int // by client: up to where WaitInvalidated has looked
}

func newHistory() *history { return &history{more: make(chan struct{}), seen: map[uint64]int{}} }

func (h *history) add(e Event) {
	e.At = time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, e)
	close(h.more)
	h.more = make(chan struct{})
}

func (h *history) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events, h.seen = nil, map[uint64]int{}
}

// since returns the events from number n on, and what is closed at the next one.
func (h *history) since(n int) ([]Event, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.events[min(n, len(h.events)):len(h.events):len(h.events)], h.more
}

func (h *history) trace() tracking.Trace {
	return tracking.Trace{
		Enabled:  func(id uint64, _ *tracking.State) { h.add(Event{Kind: Enabled, Client: id}) },
		Disabled: func(id uint64) { h.add(Event{Kind: Disabled, Client: id}) },
		Remembered: func(key []byte, id uint64) {
			h.add(Event{Kind: Remembered, Client: id, Key: string(key)})
		},
		Forgotten: func(key []byte, c tracking.Cause) {
			h.add(Event{Kind: Forgotten, Key: string(key), Cause: c})
		},
		Flushed: func(int) { h.add(Event{Kind: Flushed, Cause: tracking.Flush}) },
		Waiting: func(key []byte, writer uint64) {
			h.add(Event{Kind: Waiting, Client: writer, Key: string(key)})
		},
		Message: func(m tracking.Message) { h.add(Event{Kind: Message, Client: m.Holder, Cause: m.Cause, Message: m}) },
	}
}

// Events returns everything that tracking did since the start or Reset, in order:
// messages that were not sent, with the rule that forbade them, included.
func (s *Server) Events() []Event {
	events, _ := s.history.since(0)
	return append([]Event(nil), events...)
}

// waitPatience is how long the Wait calls wait before the test fails. It only
// ends tests that would hang.
const waitPatience = 10 * time.Second

// WaitTracked waits until a client may hold a key, by the tracking table.
func (s *Server) WaitTracked(t TB, key string, who Client) {
	t.Helper()
	s.waitFor(t, fmt.Sprintf("%s to hold %q", who, key), func([]Event) bool { return s.Holds(who.ID, key) })
}

// WaitInvalidated waits until a client was sent the invalidation of each of the
// keys, in any number of messages; a flush counts as all of them. Messages that
// an earlier call for this client has waited for do not count again.
func (s *Server) WaitInvalidated(t TB, who Client, keys ...string) {
	t.Helper()
	missing := map[string]bool{}
	for _, k := range keys {
		missing[k] = true
	}
	s.history.mu.Lock()
	from := s.history.seen[who.ID]
	s.history.mu.Unlock()
	at := from
	s.waitFor(t, fmt.Sprintf("%s to be told of %q", who, keys), func(all []Event) bool {
		for ; at < len(all) && len(missing) > 0; at++ {
			e := all[at]
			if e.Kind != Message || e.Client != who.ID || e.Message.Outcome != tracking.Sent {
				continue
			}
			if e.Message.Keys == nil {
				clear(missing)
			}
			for _, k := range e.Message.Keys {
				delete(missing, k)
			}
		}
		return len(missing) == 0
	})
	s.history.mu.Lock()
	s.history.seen[who.ID] = at
	s.history.mu.Unlock()
}

// RequireNoInvalidation fails the test if the client was sent an invalidation
// that no WaitInvalidated has waited for. All that was begun is over before it
// looks.
func (s *Server) RequireNoInvalidation(t TB, who Client) {
	t.Helper()
	s.Settle(t)
	s.history.mu.Lock()
	from := s.history.seen[who.ID]
	s.history.mu.Unlock()
	events, _ := s.history.since(from)
	for _, e := range events {
		if e.Kind == Message && e.Client == who.ID && e.Message.Outcome == tracking.Sent {
			t.Fatalf("servertest: %s should not have been told, but: %s", who, e)
		}
	}
}

// RequireCaching fails the test unless the clients given track keys; with none
// given, if any connection has read keys without tracking them. Some clients go
// on silently without a cache when CLIENT TRACKING is refused, or was never
// asked for; this makes it loud.
func (s *Server) RequireCaching(t TB, who ...Client) {
	t.Helper()
	if len(who) == 0 {
		for _, c := range s.Clients() {
			if c.ReadUntracked {
				t.Fatalf("servertest: %s has read keys with tracking off: it never sent CLIENT TRACKING ON, or was refused.\n%s", c, s.session.diagram())
			}
		}
	}
	for _, w := range who {
		if now, ok := s.find(w.ID); !ok || !now.Tracking.On {
			t.Fatalf("servertest: %s does not track: it never sent CLIENT TRACKING ON, was refused, or is gone.\n%s", w, s.tail())
		}
	}
}

// Settle waits until every batch that has arrived is run and every byte is
// written out.
func (s *Server) Settle(t TB) {
	t.Helper()
	deadline := time.Now().Add(waitPatience)
	for s.PendingOutput() > 0 {
		if time.Now().After(deadline) {
			t.Fatalf("servertest: %d bytes still wait to be written; does a client not read?\n%s", s.PendingOutput(), s.tail())
		}
		s.breathe()
	}
}

// waitFor waits for a condition that can only change by an event of tracking or a
// cycle of the server.
func (s *Server) waitFor(t TB, what string, met func([]Event) bool) {
	t.Helper()
	timeout := time.NewTimer(waitPatience)
	defer timeout.Stop()
	for {
		events, more := s.history.since(0)
		if met(events) {
			return
		}
		select {
		case <-more:
		case <-timeout.C:
			t.Fatalf("servertest: waited %v for %s.\n%s", waitPatience, what, s.tail())
		}
	}
}

// tailLength is how many events a failure shows.
const tailLength = 30

// tail shows the last events.
func (s *Server) tail() string {
	events := s.Events()
	var b strings.Builder
	b.WriteString("What tracking did last:\n")
	for _, e := range events[max(len(events)-tailLength, 0):] {
		fmt.Fprintf(&b, "  %s\n", e)
	}
	if len(events) == 0 {
		b.WriteString("  nothing\n")
	}
	return b.String()
}

// breathe lets the others run.
func (s *Server) breathe() { s.Server.Do(func() {}) }
