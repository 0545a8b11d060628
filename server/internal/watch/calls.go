package watch

import (
	"iter"
	"time"
)

// Calls counts the calls of one command: those that ran, were refused before they ran,
// or ended in an error.
type Calls struct {
	Ran, Rejected, Failed int64
	Total                 time.Duration // of those that ran

	// histogram counts calls by time: [i] those that took at most 2^i microseconds and
	// more than half of it. It is made at the first call.
	histogram *[buckets]uint32
}

// buckets is enough for calls of six days.
const buckets = 40

// Add counts a call that took a time.
func (c *Calls) Add(took time.Duration) {
	c.Ran++
	c.Total += took
	if c.histogram == nil {
		c.histogram = new([buckets]uint32)
	}
	c.histogram[bucket(took)]++
}

func bucket(d time.Duration) int {
	us, i := d.Microseconds(), 0
	for us > 1<<i && i < buckets-1 {
		i++
	}
	return i
}

// Cumulated yields how many calls took at most so many microseconds, for each bucket of
// the histogram that has calls.
func (c *Calls) Cumulated() iter.Seq2[int64, int64] {
	return func(yield func(us, calls int64) bool) {
		if c.histogram == nil {
			return
		}
		sum := int64(0)
		for i, n := range c.histogram {
			if sum += int64(n); n > 0 && !yield(1<<i, sum) {
				return
			}
		}
	}
}

// Percentile returns the microseconds within which p percent of the calls ended, to the
// precision of the histogram.
func (c *Calls) Percentile(p float64) float64 {
	for us, calls := range c.Cumulated() {
		if calls >= int64(p/100*float64(c.Ran)) {
			return float64(us)
		}
	}
	return 0
}
