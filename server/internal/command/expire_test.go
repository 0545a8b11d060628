package command

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClockAt(t *testing.T) {
	const now = 5000
	for _, c := range []struct {
		clock  Clock
		n      int64
		latest int64
		at     int64
		ok     bool
	}{
		{EX, 10, math.MaxInt64, 15_000, true},
		{EX, -10, math.MaxInt64, -5_000, true},
		{PX, 10, math.MaxInt64, 5_010, true},
		{EXAT, 10, math.MaxInt64, 10_000, true},
		{PXAT, math.MaxInt64, math.MaxInt64, math.MaxInt64, true},
		{PX, math.MaxInt64, math.MaxInt64, 0, false},
		{EX, math.MaxInt64 / 1000, math.MaxInt64, 0, false},
		{EX, math.MinInt64, math.MaxInt64, 0, false},
		{PX, 1000, 6000, 6000, true},
		{PX, 1001, 6000, 0, false},
		{EXAT, 6, 6999, 6000, true},
		{EXAT, 7, 6999, 0, false},
	} {
		at, ok := c.clock.At(c.n, now, c.latest)
		require.Equal(t, c.ok, ok, c)
		if ok {
			require.Equal(t, c.at, at, c)
		}
	}
}

func TestClockSplit(t *testing.T) {
	for _, c := range []struct {
		clock   Clock
		at      int64
		n, rest int64
	}{
		{EX, 6500, 1, 500}, {PX, 6500, 1500, 0}, {EXAT, 6500, 6, 500}, {PXAT, 6500, 6500, 0},
		{EX, 4000, 0, 0}, {EX, math.MaxInt64, (math.MaxInt64 - 5000) / 1000, (math.MaxInt64 - 5000) % 1000},
	} {
		n, rest := c.clock.Split(c.at, 5000)
		require.Equal(t, []int64{c.n, c.rest}, []int64{n, rest}, c)
	}
}

func TestOptionsByName(t *testing.T) {
	for word, want := range map[string]Clock{"EX": EX, "px": PX, "exAt": EXAT, "PXAT": PXAT, "": 0, "exa": 0} {
		require.Equal(t, want, ClockOf([]byte(word)), word)
	}
	for word, want := range map[string]Condition{"NX": NX, "xx": XX, "gT": GT, "lt": LT, "": 0, "eq": 0} {
		require.Equal(t, want, ConditionOf([]byte(word)), word)
	}
}

func TestAllowsDeadline(t *testing.T) {
	const never = 0
	for _, c := range []struct {
		only Condition
		old  int64
		want bool
	}{
		{0, never, true},
		{NX, never, true},
		{NX, 5, false},
		{XX, never, false},
		{XX, 5, true},
		{GT, 9, true},
		{GT, 10, false},
		{GT, never, false},
		{LT, 11, true},
		{LT, 10, false},
		{LT, never, true},
		{LT | XX, never, false},
	} {
		require.Equal(t, c.want, c.only.AllowsDeadline(c.old, 10), "%b from %d", c.only, c.old)
	}
}
