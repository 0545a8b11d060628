package servertest

import (
	"fmt"
	"slices"
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
	Pushed     = tracking.Pushed     // the bytes of an invalidation or a Pub/Sub message were queued for a client
	CycleEnded = tracking.CycleEnded // a cycle of the server ended
	Faulted    = tracking.Faulted    // a test began or ended a fault, such as HoldPushes or SetError
	Removed    = tracking.Removed    // a key expired or was evicted, whoever holds it
)

// sessionSize is how many events a diagram is drawn from.
const sessionSize = 1_000

// The kinds that [Server.Events] returns, and those that a diagram is drawn from.
var (
	historyKinds = []Kind{Enabled, Disabled, Remembered, NotRemembered, Forgotten, Flushed, Gathered, Message, Faulted, Removed}
	sessionKinds = []Kind{Began, Ended, Pushed, Closed, NotRemembered, Forgotten, Gathered, Message, Faulted}
)

// moment is a point in the history: an event of one of the servers that Restart replaces.
type moment struct {
	run int
	seq uint64
}

// history reads the journal of the server, and has what the journals of those before a
// Restart had.
type history struct {
	before  [][]Event // by run, of servers that Restart has replaced
	run     int
	watcher *server.Watcher
}

// watch begins to watch a server in place of the previous one.
func (h *history) watch(srv *server.Server) {
	if h.watcher != nil {
		h.before = append(h.before, h.watcher.Since(0))
		h.run++
	}
	h.watcher = srv.Watch()
}

// forget drops the events of servers that Restart has replaced.
func (h *history) forget() {
	for run := range h.before {
		h.before[run] = nil
	}
}

// since returns the events of some kinds after a moment, the oldest first.
func (h *history) since(m moment, kinds ...Kind) (list []Event) {
	if h.watcher == nil {
		return nil
	}
	wanted := tracking.KindsOf(kinds...)
	for run := m.run; run < h.run; run++ {
		for _, e := range h.before[run] {
			if e.Seq > m.at(run) && wanted.Has(e.Kind) {
				list = append(list, e)
			}
		}
	}
	return append(list, h.watcher.Since(m.at(h.run), kinds...)...)
}

// at returns the event of a run after which the moment's time begins.
func (m moment) at(run int) uint64 {
	if m.run < run {
		return 0
	}
	return m.seq
}

// now returns the moment after the last event.
func (h *history) now() moment {
	m := moment{run: h.run}
	if h.watcher != nil {
		m.seq = h.watcher.Last()
	}
	return m
}

// Events returns the events of tracking and of faults since the start, Reset or For, in
// order. They include messages that were not sent and reads that were not remembered, each
// with the rule or the fault. The server's journal keeps the last 16 MiB of all events;
// the setting journal-max-bytes changes that.
func (s *Server) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.history.since(s.began, historyKinds...)
}

// callback is a function that OnEvent was given.
type callback struct {
	fn      func(Event)
	kinds   []Kind
	view    *Server
	watcher *server.Watcher
}

// OnEvent calls fn with each event of the given kinds from now on, in order, or with all
// events if no kind is given, until the test ends. fn runs in a goroutine of its own and may call
// the server, but not Close, which waits until fn has seen every event. The server does not
// wait for fn: what has left the journal before fn comes to it is lost.
func (s *Server) OnEvent(fn func(Event), kinds ...Kind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &callback{fn: fn, kinds: kinds, view: s}
	s.callbacks = append(s.callbacks, c)
	if s.srv != nil {
		s.notify(c)
	}
}

// notify gives a callback the events of the current server. Called with mu held.
func (i *instance) notify(c *callback) {
	c.watcher = i.srv.Watch(c.kinds...)
	i.calling.Go(func() {
		for e := range c.watcher.All() {
			c.fn(e)
		}
	})
}

// endCallbacks ends the callbacks of one view.
func (s *Server) endCallbacks() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.callbacks = slices.DeleteFunc(s.callbacks, func(c *callback) bool {
		if c.view == s && c.watcher != nil {
			c.watcher.Close()
		}
		return c.view == s
	})
}

// watch begins to watch the current server. Called with mu held.
func (i *instance) watch() {
	i.history.watch(i.srv)
	for _, c := range i.callbacks {
		i.notify(c)
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
