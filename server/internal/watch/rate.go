package watch

import (
	"math"
	"time"
)

// Totals are counters that only grow.
type Totals struct {
	Commands, Cycles int64
	CycleTime        time.Duration // of all cycles
	NetIn, NetOut    int64         // bytes
}

// Rates say how fast totals grow.
type Rates struct {
	Commands, Cycles int64         // a second
	CycleTime        time.Duration // of one cycle
	NetIn, NetOut    float64       // bytes a second
}

// Meter makes rates of totals. Redis takes a sample ten times a second; a Meter takes one
// when it is asked, over the time since the one before.
type Meter struct {
	at    time.Time
	last  Totals
	rates Rates
}

// NewMeter returns a meter that starts with totals of zero.
func NewMeter(now time.Time) Meter { return Meter{at: now} }

// sampleSpan is the shortest time over which a rate means something.
const sampleSpan = 100 * time.Millisecond

// Rates returns the rates since the sample before, or those of that sample if it is too
// young.
func (m *Meter) Rates(now time.Time, t Totals) Rates {
	span := now.Sub(m.at)
	if span < sampleSpan {
		return m.rates
	}
	perSecond := func(n int64) float64 { return float64(n) / span.Seconds() }
	r := &m.rates
	r.Commands = int64(perSecond(t.Commands - m.last.Commands))
	r.NetIn, r.NetOut = perSecond(t.NetIn-m.last.NetIn), perSecond(t.NetOut-m.last.NetOut)
	if n := t.Cycles - m.last.Cycles; n > 0 {
		r.Cycles = int64(math.Ceil(perSecond(n))) // one is not none
		r.CycleTime = max(t.CycleTime-m.last.CycleTime, time.Microsecond) / time.Duration(n)
	}
	m.at, m.last = now, t
	return m.rates
}
