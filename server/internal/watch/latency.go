package watch

import (
	"maps"
	"slices"
	"time"
)

// Latency keeps, for each kind of event, when it took long.
type Latency map[string]*Spikes

// Spikes are the samples of one kind of event.
type Spikes struct {
	Samples []Spike // the oldest first
	Max     int64   // the worst ever, in milliseconds
}

// Spike is the worst time that an event took within one second.
type Spike struct{ Unix, MS int64 }

// spikesMax is how many samples of an event are kept, as in Redis.
const spikesMax = 160

// Add keeps that an event took so many milliseconds at a time.
func (l Latency) Add(event string, at time.Time, ms int64) {
	e := l[event]
	if e == nil {
		e = &Spikes{}
		l[event] = e
	}
	e.Max = max(e.Max, ms)
	if n := len(e.Samples); n > 0 && e.Samples[n-1].Unix == at.Unix() {
		e.Samples[n-1].MS = max(e.Samples[n-1].MS, ms)
		return
	}
	e.Samples = append(e.Samples, Spike{at.Unix(), ms})
	if len(e.Samples) > spikesMax {
		e.Samples = e.Samples[1:]
	}
}

// Events returns the names of the events that have samples, sorted.
func (l Latency) Events() []string { return slices.Sorted(maps.Keys(l)) }

// Last returns the newest sample.
func (e *Spikes) Last() Spike { return e.Samples[len(e.Samples)-1] }

// Bounds returns the least and the most milliseconds among the samples.
func (e *Spikes) Bounds() (low, high int64) {
	low = e.Samples[0].MS
	for _, s := range e.Samples {
		low, high = min(low, s.MS), max(high, s.MS)
	}
	return low, high
}
