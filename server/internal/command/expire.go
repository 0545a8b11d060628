package command

import "math"

// This file reads the ways in which command lines say when something expires: those of
// SET, EXPIRE, HEXPIRE and others.

// Clock is one of the four ways to give a time, named after the options of SET. The
// zero Clock is none of them.
type Clock uint8

const (
	EX   Clock = iota + 1 // seconds from now
	PX                    // milliseconds from now
	EXAT                  // Unix time in seconds
	PXAT                  // Unix time in milliseconds
)

var clockWords = [...]string{EX: "ex", PX: "px", EXAT: "exat", PXAT: "pxat"}

// ClockOf returns the clock that an option names, 0 for any other word.
func ClockOf(word []byte) Clock {
	for k := EX; k <= PXAT; k++ {
		if Is(word, clockWords[k]) {
			return k
		}
	}
	return 0
}

// Absolute reports whether the clock gives Unix time.
func (k Clock) Absolute() bool { return k >= EXAT }

// unit returns the number of milliseconds in one tick.
func (k Clock) unit() int64 {
	if k == EX || k == EXAT {
		return 1000
	}
	return 1
}

// At converts n ticks of the clock to Unix time in milliseconds. ok is false if the
// time is after latest or overflows.
func (k Clock) At(n, now, latest int64) (at int64, ok bool) {
	if k.Absolute() {
		now = 0
	}
	unit := k.unit()
	if n < math.MinInt64/unit || n > (latest-now)/unit {
		return 0, false
	}
	return n*unit + now, true
}

// Split converts Unix time in milliseconds to ticks of the clock and the milliseconds
// left over. A relative clock shows 0 for a time that has passed.
func (k Clock) Split(at, now int64) (n, rest int64) {
	if !k.Absolute() {
		at = max(at-now, 0)
	}
	return at / k.unit(), at % k.unit()
}

// Condition is a set of the options that make a change depend on the old value.
type Condition uint8

const (
	NX Condition = 1 << iota // only if there is none
	XX                       // only if there is one
	GT                       // only if the new value is greater
	LT                       // only if the new value is less
)

var conditionWords = map[Condition]string{NX: "nx", XX: "xx", GT: "gt", LT: "lt"}

// ConditionOf returns the condition that an option names, 0 for any other word.
func ConditionOf(word []byte) Condition {
	for k := NX; k <= LT; k <<= 1 {
		if Is(word, conditionWords[k]) {
			return k
		}
	}
	return 0
}

// Has reports whether the set has any of these options.
func (k Condition) Has(any Condition) bool { return k&any != 0 }

// AllowsDeadline reports whether a deadline may replace an old one. If the old one is 0,
// there is none, which counts as later than any.
func (k Condition) AllowsDeadline(old, at int64) bool {
	switch {
	case k.Has(NX) && old != 0, k.Has(XX) && old == 0:
		return false
	case k.Has(GT) && (old == 0 || at <= old):
		return false
	case k.Has(LT) && old != 0 && at >= old:
		return false
	}
	return true
}
