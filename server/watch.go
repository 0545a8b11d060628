package server

import (
	"slices"

	"github.com/tattle-server/tattle/server/journal"
	"github.com/tattle-server/tattle/tracking"
)

// events numbers the events of a server and writes them into its journal while somebody
// reads it.
type events struct {
	journal  *journal.Journal // nil while nobody reads
	watchers []*Watcher
	kinds    tracking.Kinds // that any watcher wants; with none an event costs a comparison
	seq      uint64
	cycle    uint64         // how many have ended
	told     uint64         // the last event when the last cycle ended
	message  tracking.Event // the last
	db       int            // the database of the key that changed last
	removed  uint64         // the Removed event of that key, 0 for none
	keeper   *Watcher       // of the setting journal, nil without
	ended    bool           // as the server has
}

// Watcher reads the events of a server from its journal, into which each is written inside
// the cycle in which it happens. All watchers read the same record, which is bounded by the
// setting journal-max-bytes. The server never waits for a reader: the oldest events leave the
// record when it is full, and are counted for those that had not read them.
//
// The events of a cycle are there before any client sees what the cycle did. So
// once a reply has arrived, the events of its command can be read.
//
// The methods may be called from any goroutine.
type Watcher struct {
	*journal.Reader
	s *Server
}

// Watch returns a watcher of the events that happen from now on: those of some kinds, or
// all if no kind is given. Events cost the server some time while a watcher is open, so
// close it after use. Watch must not be called from inside a cycle.
func (s *Server) Watch(kinds ...tracking.Kind) (w *Watcher) {
	s.doBeside(func() { w = s.watchFrom(s.events.seq, kinds) })
	return w
}

// WatchFrom is Watch from an earlier event on: of those in the journal it reads the ones whose number
// is above seq.
func (s *Server) WatchFrom(seq uint64, kinds ...tracking.Kind) (w *Watcher) {
	s.doBeside(func() { w = s.watchFrom(seq, kinds) })
	return w
}

func (s *Server) watchFrom(seq uint64, kinds []tracking.Kind) *Watcher {
	e := &s.events
	j := e.journal
	if j == nil {
		j = journal.New(int(s.cfg.JournalMaxBytes))
	}
	w := &Watcher{j.Reader(seq, tracking.KindsOf(kinds...)), s}
	if e.ended {
		w.End()
		return w
	}
	e.journal = j
	s.setWatchers(append(e.watchers, w))
	return w
}

// Journal returns the record of what happened, or nil if nobody watches: then nothing is
// recorded. Journal must not be called from inside a cycle.
func (s *Server) Journal() (j *journal.Journal) {
	s.doBeside(func() { j = s.events.journal })
	return j
}

// keepJournal records everything even while nobody else watches, or ends that, as the setting
// journal says, and applies journal-max-bytes. Called in a cycle.
func (s *Server) keepJournal(on bool) {
	e := &s.events
	switch {
	case on && e.keeper == nil && !e.ended:
		e.keeper = s.watchFrom(e.seq, nil)
	case !on && e.keeper != nil:
		s.endWatcher(e.keeper)
		e.keeper = nil
	}
	if e.journal != nil {
		e.journal.SetLimit(int(s.cfg.JournalMaxBytes))
	}
}

// setWatchers replaces the watchers. Called in a cycle.
func (s *Server) setWatchers(list []*Watcher) {
	e := &s.events
	e.watchers, e.kinds = list, 0
	for _, w := range list {
		e.kinds |= w.Kinds()
	}
	if e.kinds.Has(tracking.Pushed) {
		e.kinds |= tracking.KindsOf(tracking.Message) // a push refers to its message
	}
	if len(list) == 0 {
		e.journal = nil // who has read it may still have it
	}
	s.tracker.Watch(e.kinds, s.emit)
}

// endWatchers ends all watchers at the end of the server. Called in a cycle.
func (s *Server) endWatchers() {
	for _, w := range s.events.watchers {
		w.End()
	}
	s.events.ended = true
	s.setWatchers(nil)
}

// Close ends the watcher. What has happened can still be read. Close must not be called
// from inside a cycle.
func (w *Watcher) Close() { w.s.doBeside(func() { w.s.endWatcher(w) }) }

// endWatcher ends a watcher. Called in a cycle.
func (s *Server) endWatcher(w *Watcher) {
	if i := slices.Index(s.events.watchers, w); i >= 0 {
		w.End()
		s.setWatchers(slices.Delete(slices.Clone(s.events.watchers), i, i+1))
	}
}
