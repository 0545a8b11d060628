package servertest

import (
	"fmt"
	"strings"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/tracking"
)

// Event is one thing that happened in the server; see [tracking.Event].
type Event = tracking.Event

// Kind is the kind of an [Event].
type Kind = tracking.Kind

// The kinds of events: first those of tracking, then the others.
const (
	Enabled       = tracking.Enabled       // a client turned tracking on, or changed its options
	Disabled      = tracking.Disabled      // a client turned tracking off, or disconnected
	Remembered    = tracking.Remembered    // a client became a holder of a key
	NotRemembered = tracking.NotRemembered // a client read keys without becoming their holder; Outcome has the rule
	Forgotten     = tracking.Forgotten     // a key left the tracking table
	Flushed       = tracking.Flushed       // the whole table was dropped
	Gathered      = tracking.Gathered      // a key changed under a prefix of BCAST, to be sent at the end of the cycle
	Message       = tracking.Message       // an invalidation; Outcome says whether it was sent, and if not, why

	Connected  = tracking.Connected  // a client connected
	Closed     = tracking.Closed     // a client disconnected
	Began      = tracking.Began      // a command arrived; it may be refused or have to wait
	Ended      = tracking.Ended      // a command ended, and its reply is queued
	Pushed     = tracking.Pushed     // the bytes of an invalidation were queued for a client
	CycleEnded = tracking.CycleEnded // a cycle of the server ended
)

// The number of events that are kept, which is enough to see what led to a failure.
const (
	historySize = 10_000
	sessionSize = 400
)

var (
	historyKinds = []Kind{Enabled, Disabled, Remembered, NotRemembered, Forgotten, Flushed, Gathered, Message}
	sessionKinds = []Kind{Began, Ended, Pushed, Closed}
)

// history is the last events of some kinds, including those from before a Restart.
type history struct {
	size    int
	kinds   []Kind
	before  []Event // of servers that Restart has replaced
	watcher *server.Watcher
}

func newHistory(size int, kinds ...Kind) history { return history{size: size, kinds: kinds} }

// watch begins to watch a server in place of the previous one.
func (h *history) watch(srv *server.Server) {
	h.before = h.all()
	h.watcher = srv.Watch(h.size, h.kinds...)
}

// all returns the events, the oldest first.
func (h *history) all() []Event {
	if h.watcher == nil {
		return nil
	}
	list := append(h.before[:len(h.before):len(h.before)], h.watcher.Since(0)...)
	return list[max(len(list)-h.size, 0):]
}

// Events returns the events of tracking since the start or Reset, in order, up to the last
// 10,000. They include messages that were not sent and reads that were not remembered,
// each with the rule.
func (s *Server) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.history.all()
}

// since returns the events of tracking after the one with number seq.
func (s *Server) since(seq uint64) []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.history.watcher.Since(seq)
}

// callback is a function that OnEvent was given.
type callback struct {
	fn    func(Event)
	kinds []Kind
}

// OnEvent calls fn with each event of the given kinds from now on, in order, or with all
// events if no kind is given. fn runs in a goroutine of its own and may call the server,
// but not Close, which waits until fn has seen every event. The server does not wait for
// fn: if fn falls more than 10,000 events behind, the oldest ones are lost.
func (s *Server) OnEvent(fn func(Event), kinds ...Kind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.callbacks = append(s.callbacks, callback{fn, kinds})
	if s.srv != nil {
		s.call(s.callbacks[len(s.callbacks)-1])
	}
}

// call gives a callback the events of the current server. Called with mu held.
func (s *Server) call(c callback) {
	w := s.srv.Watch(historySize, c.kinds...)
	s.calling.Go(func() {
		for e := range w.All() {
			c.fn(e)
		}
	})
}

// watch begins to watch the current server. Called with mu held.
func (s *Server) watch() {
	s.history.watch(s.srv)
	s.session.watch(s.srv)
	for _, c := range s.callbacks {
		s.call(c)
	}
}

// tailLength is how many events a failure shows.
const tailLength = 30

// tail returns the last events of tracking as text.
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
