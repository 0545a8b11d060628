package journal

import (
	"slices"
	"sort"
	"sync"
	"unsafe"

	"github.com/tattle-server/tattle/tracking"
)

// Journal is a record of events. Its methods may be called from any goroutine; none of them
// keeps the lock for long, since the server's cycle takes it too.
type Journal struct {
	mu      sync.Mutex
	record  record
	limit   int
	dropped uint64
	readers []*Reader
}

// New returns a journal that keeps as many events as fit into limit bytes, and at least the
// last one.
func New(limit int) *Journal { return &Journal{limit: limit} }

// Put adds an event, whose number is above that of the last.
func (j *Journal) Put(e tracking.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.record.put(e)
	j.fit()
	for _, r := range j.readers {
		if r.kinds.Has(e.Kind) {
			r.wake()
		}
	}
}

// fit drops the oldest events until the others fit.
func (j *Journal) fit() {
	for j.record.bytes > j.limit && j.record.n > 1 {
		j.lose(j.record.take())
	}
}

// lose counts an event that has left the record.
func (j *Journal) lose(e tracking.Event) {
	j.dropped++
	for _, r := range j.readers {
		if e.Seq > r.at && r.kinds.Has(e.Kind) {
			r.dropped++
		}
	}
}

// SetLimit changes how many bytes the journal keeps.
func (j *Journal) SetLimit(limit int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.limit = limit
	j.fit()
}

// State describes a journal in numbers.
type State struct {
	Events  int
	Bytes   int    // memory of the events, estimated
	Limit   int    // in bytes
	Dropped uint64 // events that have left because of the limit
	First   uint64 // the number of the oldest event that is there, 0 if none is
	Last    uint64 // and of the newest
}

// State returns the state now.
func (j *Journal) State() State {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := State{Events: j.record.n, Bytes: j.record.bytes, Limit: j.limit, Dropped: j.dropped}
	if s.Events > 0 {
		s.First, s.Last = j.record.at(0).Seq, j.record.at(s.Events-1).Seq
	}
	return s
}

// Since returns the events whose number is above seq, the oldest first: those of the given
// kinds, or all if none is given.
func (j *Journal) Since(seq uint64, kinds ...tracking.Kind) []tracking.Event {
	return j.between(seq, ^uint64(0), tracking.KindsOf(kinds...))
}

// between returns the events of some kinds whose number is above from and not above to.
func (j *Journal) between(from, to uint64, kinds tracking.Kinds) (list []tracking.Event) {
	for more := true; more; {
		list, from, more = j.copy(list, from, to, kinds)
	}
	return list
}

// The most events that are looked at, and copied, while the cycle may wait for the lock.
const (
	lookMax = 4096
	copyMax = 256
)

// copy appends some of the events, and returns the number of the last that it has looked at.
func (j *Journal) copy(list []tracking.Event, from, to uint64, kinds tracking.Kinds) (_ []tracking.Event, last uint64, more bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	i := j.record.after(from)
	for end, full := min(i+lookMax, j.record.n), len(list)+copyMax; i < end && len(list) < full; i++ {
		e := j.record.at(i)
		if e.Seq > to {
			return list, e.Seq, false
		}
		if from = e.Seq; kinds.Has(e.Kind) {
			list = append(list, *e)
		}
	}
	return list, from, i < j.record.n
}

// record is a queue of events in chunks, so that neither end moves the others.
type record struct {
	chunks [][]tracking.Event
	head   int // events of the first chunk that have left
	n      int
	bytes  int
}

// chunkMax is the events of a chunk; the first one begins small, since most servers of
// tests have few events.
const (
	chunkMin = 16
	chunkMax = 256
)

func (r *record) put(e tracking.Event) {
	last := len(r.chunks) - 1
	if last < 0 || len(r.chunks[last]) == chunkMax {
		size := chunkMax
		if last < 0 {
			size = chunkMin
		}
		r.chunks = append(r.chunks, make([]tracking.Event, 0, size))
		last++
	}
	r.chunks[last] = append(r.chunks[last], e)
	r.n++
	r.bytes += sizeOf(&e)
}

// take takes the oldest event out.
func (r *record) take() tracking.Event {
	slot := &r.chunks[0][r.head]
	e := *slot
	*slot = tracking.Event{}
	r.head++
	r.n--
	r.bytes -= sizeOf(&e)
	if r.head == chunkMax {
		r.chunks[0] = nil
		r.chunks, r.head = r.chunks[1:], 0
	}
	return e
}

// at returns the ith event, counted from the oldest.
func (r *record) at(i int) *tracking.Event {
	i += r.head
	return &r.chunks[i/chunkMax][i%chunkMax]
}

// after returns how many events have a number up to seq.
func (r *record) after(seq uint64) int {
	return sort.Search(r.n, func(i int) bool { return r.at(i).Seq > seq })
}

// sizeOf estimates the memory of an event. Names are not counted: they are shared.
func sizeOf(e *tracking.Event) int {
	return int(unsafe.Sizeof(*e)) + len(e.Bytes) + len(e.Text) + len(e.Prefix) + sizeOfList(e.Keys) + sizeOfList(e.Words)
}

// sampleMax bounds the strings of a list that are looked at: a message may have 80,000 keys, and go to many
// clients in one cycle.
const sampleMax = 64

// sizeOfList estimates the memory of a list by its first strings.
func sizeOfList(list []string) int {
	if len(list) == 0 {
		return 0
	}
	n, sample := 0, list[:min(len(list), sampleMax)]
	for _, s := range sample {
		n += int(unsafe.Sizeof(s)) + len(s)
	}
	return n * len(list) / len(sample)
}

// leave takes a reader away.
func (j *Journal) leave(r *Reader) {
	j.readers = slices.DeleteFunc(j.readers, func(x *Reader) bool { return x == r })
}
