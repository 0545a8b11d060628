package command

import "math"

// This file is how a command line says when something expires: SET, EXPIRE, HEXPIRE
// and their like.

// Clock is one of the four ways to give a time. Each has the name of the option of
// SET that gives it so; the zero Clock is none of them.
type Clock uint8

const (
	EX   Clock = iota + 1 // seconds from now
	PX                    // milliseconds from now
	EXAT                  // Unix time in seconds
	PXAT                  // Unix time in milliseconds
)

var clockWords = [...]string{EX: "ex", PX: "px", EXAT: "exat", PXAT: "pxat"}

// ClockOf reads an option by its name; 0 for any other word.
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

// unit is the milliseconds in one tick.
func (k Clock) unit() int64 {
	if k == EX || k == EXAT {
		return 1000
	}
	return 1
}

// At returns the time that n stands for, as Unix time in milliseconds. ok is false
// where that is beyond latest or cannot be counted.
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

// Split returns how many ticks there are to a time in Unix milliseconds, 0 to one
// that has passed, and how many milliseconds are left over.
func (k Clock) Split(at, now int64) (n, rest int64) {
	if !k.Absolute() {
		at = max(at-now, 0)
	}
	return at / k.unit(), at % k.unit()
}

// Condition is a set of the options that make a change depend on what is there.
type Condition uint8

const (
	NX Condition = 1 << iota // only where nothing is there
	XX                       // only where something is
	GT                       // only if the new value is greater
	LT                       // only if it is less
)

var conditionWords = map[Condition]string{NX: "nx", XX: "xx", GT: "gt", LT: "lt"}

// ConditionOf reads an option by its name; 0 for any other word.
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

// AllowsDeadline reports whether a deadline may take the place of an old one, where
// 0 is no deadline and counts as later than any.
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
