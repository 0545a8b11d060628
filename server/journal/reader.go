package journal

import (
	"context"
	"io"
	"iter"

	"github.com/tattle-server/tattle/tracking"
)

// Reader reads the events of some kinds, from a place in the record on. The server never
// waits for it: what leaves the record before it is read is lost, and counted.
//
// The methods may be called from any goroutine.
type Reader struct {
	j     *Journal
	kinds tracking.Kinds
	from  uint64        // the event after which the reader began
	more  chan struct{} // holds an element when there may be something new
	ended chan struct{} // closed when no more events come

	// Guarded by the journal's lock.
	at      uint64 // the number of the last event that Next has returned
	to      uint64 // the last event that there is for the reader
	dropped uint64
}

// Reader returns a reader of the events whose number is above seq. Those that have left the
// record already do not count as lost.
func (j *Journal) Reader(seq uint64, kinds tracking.Kinds) *Reader {
	r := &Reader{
		j: j, kinds: kinds, from: seq, at: seq, to: ^uint64(0),
		more: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.readers = append(j.readers, r)
	if j.record.after(seq) < j.record.n {
		r.wake()
	}
	return r
}

// End ends the reader. What is in the record by now can still be read.
func (r *Reader) End() {
	r.j.mu.Lock()
	defer r.j.mu.Unlock()
	select {
	case <-r.ended:
		return
	default:
	}
	r.to = r.at
	if n := r.j.record.n; n > 0 {
		r.to = max(r.to, r.j.record.at(n-1).Seq)
	}
	r.j.leave(r)
	close(r.ended)
}

// Kinds returns the kinds of the events that it reads.
func (r *Reader) Kinds() tracking.Kinds { return r.kinds }

// Next returns the next event. If there is none it waits for one until ctx is done, and
// then returns ctx.Err(). After the end of the reader it returns io.EOF.
func (r *Reader) Next(ctx context.Context) (tracking.Event, error) {
	for {
		if e, ok := r.take(); ok {
			return e, nil
		}
		select {
		case <-r.more:
		case <-ctx.Done():
			return tracking.Event{}, ctx.Err()
		case <-r.ended:
			if e, ok := r.take(); ok {
				return e, nil
			}
			return tracking.Event{}, io.EOF
		}
	}
}

// take returns the next event, if there is one.
func (r *Reader) take() (tracking.Event, bool) {
	for more := true; more; {
		var e tracking.Event
		var ok bool
		if e, ok, more = r.look(); ok {
			return e, true
		}
	}
	return tracking.Event{}, false
}

// look looks at some events, and reports whether there are more.
func (r *Reader) look() (e tracking.Event, ok, more bool) {
	j := r.j
	j.mu.Lock()
	defer j.mu.Unlock()
	i := j.record.after(r.at)
	for end := min(i+lookMax, j.record.n); i < end; i++ {
		e := j.record.at(i)
		if e.Seq > r.to {
			return tracking.Event{}, false, false
		}
		if r.at = e.Seq; r.kinds.Has(e.Kind) {
			if i+1 < j.record.n {
				r.wake() // another goroutine may wait too
			}
			return *e, true, false
		}
	}
	return tracking.Event{}, false, i < j.record.n
}

// Take appends the next events to a list, but no more than max, and does not wait for any. Many events cost less
// so than one by one.
func (r *Reader) Take(list []tracking.Event, max int) []tracking.Event {
	for more := true; more && max > 0; {
		before := len(list)
		list, more = r.takeSome(list, min(max, copyMax))
		max -= len(list) - before
	}
	return list
}

// takeSome appends up to max events, and reports whether there may be more.
func (r *Reader) takeSome(list []tracking.Event, max int) (_ []tracking.Event, more bool) {
	j := r.j
	j.mu.Lock()
	defer j.mu.Unlock()
	i := j.record.after(r.at)
	for end, full := min(i+lookMax, j.record.n), len(list)+max; i < end && len(list) < full; i++ {
		e := j.record.at(i)
		if e.Seq > r.to {
			return list, false
		}
		if r.at = e.Seq; r.kinds.Has(e.Kind) {
			list = append(list, *e)
		}
	}
	if i < j.record.n {
		r.wake() // for those who wait in Next
	}
	return list, i < j.record.n
}

// All yields the events as Next returns them, until the reader has ended. The body of the
// loop runs in the caller's goroutine, outside of any cycle: it may take its time and call
// the server.
func (r *Reader) All() iter.Seq[tracking.Event] {
	return func(yield func(tracking.Event) bool) {
		for e, err := r.Next(context.Background()); err == nil; e, err = r.Next(context.Background()) {
			if !yield(e) {
				return
			}
		}
	}
}

// Since returns the events whose number is above seq, the oldest first, read or not: those
// of the given kinds, or all of the reader's if none is given. It does not move the reader.
func (r *Reader) Since(seq uint64, kinds ...tracking.Kind) []tracking.Event {
	r.j.mu.Lock()
	to := r.to
	r.j.mu.Unlock()
	return r.j.between(max(seq, r.from), to, r.kinds&tracking.KindsOf(kinds...))
}

// Last returns the number of the newest event of any kind in the record, or 0.
func (r *Reader) Last() uint64 { return r.j.State().Last }

// Dropped returns how many events were lost because the record was full.
func (r *Reader) Dropped() uint64 {
	r.j.mu.Lock()
	defer r.j.mu.Unlock()
	return r.dropped
}

func (r *Reader) wake() {
	select {
	case r.more <- struct{}{}:
	default:
	}
}
