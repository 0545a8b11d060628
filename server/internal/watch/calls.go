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

	// histogram counts calls by time: [i] those that took less than bound(i) and not less
	// than half of it. It is made at the first call.
	histogram *[buckets]uint32
}

// buckets is how many Redis has: a call of more than a second counts as one of a second.
const buckets = 21

// bound is the end of a bucket. Redis has steps of a 128th, and the step behind a power of
// two belongs to the bucket before it.
func bound(i int) time.Duration { return (1024 + 8) << i }

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
	i := 0
	for d >= bound(i) && i < buckets-1 {
		i++
	}
	return i
}

// Cumulated yields how many calls took less than a time, for each bucket of the histogram
// that has calls.
func (c *Calls) Cumulated() iter.Seq2[time.Duration, int64] {
	return func(yield func(limit time.Duration, calls int64) bool) {
		if c.histogram == nil {
			return
		}
		sum := int64(0)
		for i, n := range c.histogram {
			if sum += int64(n); n > 0 && !yield(bound(i), sum) {
				return
			}
		}
	}
}

// Percentile returns the microseconds within which p percent of the calls ended, to the
// precision of the histogram.
func (c *Calls) Percentile(p float64) float64 {
	for limit, calls := range c.Cumulated() {
		if calls >= int64(p/100*float64(c.Ran)) {
			return float64(limit-1) / 1000
		}
	}
	return 0
}
