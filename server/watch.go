package server

import (
	"context"
	"io"
	"iter"
	"slices"
	"sort"
	"sync"

	"github.com/tattle-server/tattle/tracking"
)

// events is what events are numbered with, and who wants them.
type events struct {
	watchers []*Watcher
	kinds    tracking.Kinds // that any of them wants; none costs a comparison
	seq      uint64
	cycle    uint64 // how many have ended
	direct   uint64 // the event that a command without a connection began with
	message  uint64 // the last event of a message
	over     bool   // the server has ended
}

// Watcher hears of what happens in a server. Events are written, inside the cycle
// in which they happen, into a ring that is the watcher's own: nobody waits for
// who reads it, and of one who does not keep up the oldest events are dropped and
// counted.
//
// All events of a cycle are there before any client hears of it. Whoever has got
// a reply finds the events of his command.
type Watcher struct {
	s     *Server
	kinds tracking.Kinds
	more  chan struct{} // has an element when there may be something new
	ended chan struct{} // closed when nothing comes any more

	mu      sync.Mutex // held for moments, by the loop too
	ring    []tracking.Event
	size    int    // to which ring may grow
	head    uint64 // how many events have left the ring
	n       int    // how many are in it
	dropped uint64
}

// Watch returns a watcher of the events of some kinds, of all with none given, that
// happen from now on. It holds the last size of them, at least one. Close it when it
// is not needed any more: each event of its kinds costs some time. It must not be called from
// inside of a cycle.
func (s *Server) Watch(size int, kinds ...tracking.Kind) *Watcher {
	w := &Watcher{
		s: s, kinds: tracking.KindsOf(kinds...), size: max(size, 1),
		more: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	s.do(func() {
		if s.events.over {
			close(w.ended)
			return
		}
		s.setWatchers(append(s.events.watchers, w))
	})
	return w
}

// setWatchers changes who hears of events. Called in a cycle.
func (s *Server) setWatchers(list []*Watcher) {
	s.events.watchers, s.events.kinds = list, 0
	for _, w := range list {
		s.events.kinds |= w.kinds
	}
	if s.events.kinds.Has(tracking.Pushed) {
		s.events.kinds |= tracking.KindsOf(tracking.Message) // which a push is caused by
	}
	s.tracker.Watch(s.events.kinds, s.emit)
}

// endWatchers tells the watchers that nothing comes any more. Called in a cycle.
func (s *Server) endWatchers() {
	for _, w := range s.events.watchers {
		close(w.ended)
	}
	s.events.over = true
	s.setWatchers(nil)
}

// Close ends the watcher: nothing new comes. What it holds can still be read. It
// must not be called from inside of a cycle.
func (w *Watcher) Close() {
	w.s.do(func() {
		if i := slices.Index(w.s.events.watchers, w); i >= 0 {
			close(w.ended)
			w.s.setWatchers(slices.Delete(slices.Clone(w.s.events.watchers), i, i+1))
		}
	})
}

// Next takes the oldest event out of the ring, and waits for one if there is none. It
// fails with the error of ctx, and with io.EOF when nothing comes any more.
func (w *Watcher) Next(ctx context.Context) (tracking.Event, error) {
	for {
		if e, ok := w.take(); ok {
			return e, nil
		}
		select {
		case <-w.more:
		case <-ctx.Done():
			return tracking.Event{}, ctx.Err()
		case <-w.ended:
			if e, ok := w.take(); ok {
				return e, nil
			}
			return tracking.Event{}, io.EOF
		}
	}
}

// All yields the events as Next does, until nothing comes any more. The loop that
// runs over them is the caller's own goroutine's: it may take its time, call the
// server, and panic.
func (w *Watcher) All() iter.Seq[tracking.Event] {
	return func(yield func(tracking.Event) bool) {
		for e, err := w.Next(context.Background()); err == nil; e, err = w.Next(context.Background()) {
			if !yield(e) {
				return
			}
		}
	}
}

// Since copies the events that the ring holds after number seq, the oldest first, and
// leaves them there.
func (w *Watcher) Since(seq uint64) (list []tracking.Event) {
	for more := true; more; {
		list, more = w.copy(list, seq)
		if len(list) > 0 {
			seq = list[len(list)-1].Seq
		}
	}
	return list
}

// Dropped returns how many events have left the ring because nobody took them.
func (w *Watcher) Dropped() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dropped
}

// copyMax bounds for how many events the loop may have to wait.
const copyMax = 256

// copy appends events after number seq, a few, and reports whether there are more.
func (w *Watcher) copy(list []tracking.Event, seq uint64) (_ []tracking.Event, more bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := func(i int) *tracking.Event { return &w.ring[(w.head+uint64(i))%uint64(len(w.ring))] }
	from := sort.Search(w.n, func(i int) bool { return at(i).Seq > seq })
	end := min(from+copyMax, w.n)
	for ; from < end; from++ {
		list = append(list, *at(from))
	}
	return list, end < w.n
}

func (w *Watcher) take() (e tracking.Event, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n == 0 {
		return e, false
	}
	slot := &w.ring[w.head%uint64(len(w.ring))]
	e, *slot = *slot, tracking.Event{}
	w.head++
	if w.n--; w.n > 0 {
		w.wake() // somebody else may wait too
	}
	return e, true
}

// put writes an event into the ring. It is called in a cycle and never waits.
func (w *Watcher) put(e tracking.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.n < len(w.ring):
	case w.n < w.size:
		w.grow()
	default:
		w.head++
		w.n--
		w.dropped++
	}
	w.ring[(w.head+uint64(w.n))%uint64(len(w.ring))] = e
	w.n++
	w.wake()
}

func (w *Watcher) wake() {
	select {
	case w.more <- struct{}{}:
	default:
	}
}

// grow makes the ring larger, up to size: most never need all of it.
func (w *Watcher) grow() {
	ring := make([]tracking.Event, min(max(2*w.n, 16), w.size))
	for i := w.head; i < w.head+uint64(w.n); i++ {
		ring[i%uint64(len(ring))] = w.ring[i%uint64(len(w.ring))]
	}
	w.ring = ring
}
