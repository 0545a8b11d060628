package server

import (
	"context"
	"io"
	"iter"
	"slices"
	"sort"
	"sync"

	"github.com/tattle-server/tattle/server/internal/watch"
	"github.com/tattle-server/tattle/tracking"
)

// events numbers the events of a server and knows its watchers.
type events struct {
	watchers []*Watcher
	kinds    tracking.Kinds // that any watcher wants; with none an event costs a comparison
	seq      uint64
	cycle    uint64         // how many have ended
	message  tracking.Event // the last
	db       int            // the database of the key that changed last
	ended    bool           // as the server has
}

// Watcher receives the events of a server. Each is written into a ring of the watcher's
// own, inside the cycle in which it happens. The server never waits for a reader: when
// the ring is full, the oldest event is dropped and counted.
//
// The events of a cycle are in the ring before any client sees what the cycle did. So
// once a reply has arrived, the events of its command are there.
//
// The methods may be called from any goroutine.
type Watcher struct {
	s     *Server
	kinds tracking.Kinds
	more  chan struct{} // holds an element when there may be something new
	ended chan struct{} // closed when no more events come

	mu   sync.Mutex // never kept for long: the loop takes it too
	ring watch.Ring[tracking.Event]
}

// Watch returns a watcher of the events that happen from now on: those of some kinds, or
// all if no kind is given. It keeps the last size of them, at least one. Events cost the
// server some time while a watcher is open, so close it after use. Watch must not be called
// from inside a cycle.
func (s *Server) Watch(size int, kinds ...tracking.Kind) *Watcher {
	w := &Watcher{
		s: s, kinds: tracking.KindsOf(kinds...), ring: watch.NewRing[tracking.Event](size),
		more: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	s.do(func() {
		if s.events.ended {
			close(w.ended)
			return
		}
		s.setWatchers(append(s.events.watchers, w))
	})
	return w
}

// setWatchers replaces the watchers. Called in a cycle.
func (s *Server) setWatchers(list []*Watcher) {
	s.events.watchers, s.events.kinds = list, 0
	for _, w := range list {
		s.events.kinds |= w.kinds
	}
	if s.events.kinds.Has(tracking.Pushed) {
		s.events.kinds |= tracking.KindsOf(tracking.Message) // a push refers to its message
	}
	s.tracker.Watch(s.events.kinds, s.emit)
}

// endWatchers ends all watchers at the end of the server. Called in a cycle.
func (s *Server) endWatchers() {
	for _, w := range s.events.watchers {
		close(w.ended)
	}
	s.events.ended = true
	s.setWatchers(nil)
}

// Close ends the watcher. The events in its ring can still be read. Close must not be called
// from inside a cycle.
func (w *Watcher) Close() {
	w.s.do(func() {
		if i := slices.Index(w.s.events.watchers, w); i >= 0 {
			close(w.ended)
			w.s.setWatchers(slices.Delete(slices.Clone(w.s.events.watchers), i, i+1))
		}
	})
}

// Next takes the oldest event out of the ring. If the ring is empty it waits for an event
// until ctx is done, and then returns ctx.Err(). After the end of the watcher it returns
// io.EOF.
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

// All yields the events as Next returns them, until the watcher has ended. The body of
// the loop runs in the caller's goroutine, outside of any cycle: it may take its time
// and call the server.
func (w *Watcher) All() iter.Seq[tracking.Event] {
	return func(yield func(tracking.Event) bool) {
		for e, err := w.Next(context.Background()); err == nil; e, err = w.Next(context.Background()) {
			if !yield(e) {
				return
			}
		}
	}
}

// Since returns a copy of the events in the ring whose number is above seq, the oldest
// first. They stay in the ring.
func (w *Watcher) Since(seq uint64) (list []tracking.Event) {
	for more := true; more; {
		list, more = w.copy(list, seq)
		if len(list) > 0 {
			seq = list[len(list)-1].Seq
		}
	}
	return list
}

// Dropped returns how many events were lost because the ring was full.
func (w *Watcher) Dropped() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ring.Dropped()
}

// copyMax bounds how many events are copied while the loop may wait for the lock.
const copyMax = 256

// copy appends some of the events above seq, and reports whether there are more.
func (w *Watcher) copy(list []tracking.Event, seq uint64) (_ []tracking.Event, more bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.ring.Len()
	from := sort.Search(n, func(i int) bool { return w.ring.At(i).Seq > seq })
	end := min(from+copyMax, n)
	for ; from < end; from++ {
		list = append(list, *w.ring.At(from))
	}
	return list, end < n
}

func (w *Watcher) take() (tracking.Event, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e, ok := w.ring.Take()
	if w.ring.Len() > 0 {
		w.wake() // another reader may wait too
	}
	return e, ok
}

// put writes an event into the ring. Called in a cycle.
func (w *Watcher) put(e tracking.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ring.Put(e)
	w.wake()
}

func (w *Watcher) wake() {
	select {
	case w.more <- struct{}{}:
	default:
	}
}
