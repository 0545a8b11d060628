package render

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tattle-server/tattle/tracking"
)

// traceEvent is an event in the Trace Event Format, which ui.perfetto.dev and chrome://tracing
// load.
//
// Source: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU.
type traceEvent struct {
	Name     string         `json:"name"`
	Category string         `json:"cat,omitempty"`
	Phase    string         `json:"ph"` // X a slice, s and f the ends of an arrow, M a name
	Time     int64          `json:"ts"` // microseconds
	Duration int64          `json:"dur,omitempty"`
	Process  int            `json:"pid"`
	Thread   uint64         `json:"tid"`
	ID       uint64         `json:"id,omitempty"` // of an arrow
	Bind     string         `json:"bp,omitempty"`
	Args     map[string]any `json:"args,omitempty"`
}

// The processes of a trace. Each connection is a thread of the first one.
const (
	connectionTracks = 1
	serverTracks     = 2
)

// trace is a trace that is being made. Slices last a microsecond at least, and events follow
// each other by two, since the server's clock stands still during a cycle.
type trace struct {
	events []traceEvent
	began  time.Time
	now    int64
	slices map[uint64]int // of the events, by number
	named  map[uint64]bool
	names  map[uint64]string
	open   map[uint64]int // the slices of commands that have not ended
	cycle  int            // the slice of this cycle, -1 for none
}

// writePerfetto writes a trace: a track for each connection with its commands, replies and
// pushes, one for the server with its cycles and what it decided, and arrows from causes to
// effects.
func writePerfetto(w io.Writer, events []tracking.Event) error {
	t := &trace{slices: map[uint64]int{}, named: map[uint64]bool{}, names: lastNames(events), open: map[uint64]int{}, now: -2, cycle: -1}
	if len(events) > 0 {
		t.began = events[0].At
	}
	t.meta("process_name", connectionTracks, 0, "connections")
	t.meta("process_name", serverTracks, 0, "tattle")
	t.meta("thread_name", serverTracks, 1, "cycles")
	for _, e := range events {
		t.take(e)
	}
	return t.write(w)
}

// write ends what has not ended, and writes the trace with an event a line.
func (t *trace) write(w io.Writer) error {
	t.now += 2
	for _, i := range t.open {
		t.last(i, t.now)
	}
	t.endCycle()
	b := []byte(`{"displayTimeUnit":"ms","traceEvents":[`)
	for i, x := range t.events {
		line, err := json.Marshal(x)
		if err != nil {
			return err
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, '\n'), line...)
	}
	_, err := w.Write(append(b, "\n]}\n"...))
	return err
}

func (t *trace) endCycle() {
	if t.cycle >= 0 {
		t.last(t.cycle, t.now)
	}
	t.cycle = -1
}

func (t *trace) meta(what string, process int, thread uint64, name string) {
	t.events = append(t.events, traceEvent{Name: what, Phase: "M", Process: process, Thread: thread, Args: map[string]any{"name": name}})
}

// take adds an event.
func (t *trace) take(e tracking.Event) {
	t.now = max(t.now+2, e.At.Sub(t.began).Microseconds())
	switch e.Kind {
	case tracking.CycleEnded:
		t.endCycle()
		return
	case tracking.Ended:
		t.ended(e)
		return
	}
	if t.cycle < 0 {
		t.cycle = t.slice(traceEvent{Name: fmt.Sprintf("cycle %d", e.Cycle), Category: "cycle", Process: serverTracks, Thread: 1})
		t.now++ // what happens in it begins later
	}
	x := traceEvent{Category: e.Kind.String(), Process: serverTracks, Thread: 1, Args: map[string]any{"event": e.Seq, "what": plain(e.String())}}
	switch e.Kind {
	case tracking.Began:
		x.Name, x.Process, x.Thread = plain(strings.Join(e.Words, " ")), connectionTracks, t.thread(e.Client)
	case tracking.Pushed:
		x.Name, x.Process, x.Thread = values(e.Bytes), connectionTracks, t.thread(e.Client)
	case tracking.Connected, tracking.Closed:
		x.Name, x.Process, x.Thread = e.Kind.String()+" "+plain(e.Text), connectionTracks, t.thread(e.Client)
	case tracking.Message:
		x.Name = fmt.Sprintf("invalidate %s for client %d: %s", keyList(e.Keys), e.Client, e.Outcome)
	default:
		x.Name = plain(e.String())
	}
	t.slices[e.Seq] = t.slice(x)
	if e.Kind == tracking.Began {
		t.open[e.Seq] = t.slices[e.Seq]
	}
	t.arrow(e.CausedBy, e.Seq)
}

// slice adds a slice of a microsecond that begins now.
func (t *trace) slice(x traceEvent) int {
	x.Phase, x.Time, x.Duration, x.Name = "X", t.now, 1, cut(x.Name, fullWidth)
	t.events = append(t.events, x)
	return len(t.events) - 1
}

// last lets a slice end then.
func (t *trace) last(i int, then int64) { t.events[i].Duration = max(then-t.events[i].Time, 1) }

// ended ends the slice of a command, and gives it its reply.
func (t *trace) ended(e tracking.Event) {
	if i, known := t.open[e.CausedBy]; known {
		delete(t.open, e.CausedBy)
		t.last(i, t.now)
		t.events[i].Args["reply"] = cut(values(e.Bytes), fullWidth)
	}
}

// arrow adds an arrow between two slices.
func (t *trace) arrow(from, to uint64) {
	i, known := t.slices[from]
	if !known {
		return
	}
	j := t.slices[to]
	for _, end := range []struct {
		phase string
		of    traceEvent
	}{{"s", t.events[i]}, {"f", t.events[j]}} {
		t.events = append(t.events, traceEvent{Name: "causes", Category: "cause", Phase: end.phase, Bind: map[string]string{"f": "e"}[end.phase],
			Time: end.of.Time, Process: end.of.Process, Thread: end.of.Thread, ID: to})
	}
}

// thread returns the track of a client, which has a name from its first use on.
func (t *trace) thread(client uint64) uint64 {
	if !t.named[client] {
		t.named[client] = true
		t.meta("thread_name", connectionTracks, client+1, heading(client, t.names[client]))
	}
	return client + 1 // thread 0 is another thing in Perfetto
}
