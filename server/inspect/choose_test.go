package inspect

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/tracking"
)

// TestWhatIsLeftOut: what matters least is left out first, and of one rank the earliest.
func TestWhatIsLeftOut(t *testing.T) {
	r := &reads{known: map[string]bool{"get": true, "set": false}}
	var batch []tracking.Event
	for _, e := range []tracking.Event{
		{Kind: tracking.Connected}, {Kind: tracking.Began, Command: "get"}, {Kind: tracking.Remembered}, {Kind: tracking.Ended, Command: "get"},
		{Kind: tracking.CycleEnded}, {Kind: tracking.Began, Command: "set"}, {Kind: tracking.Message, Outcome: tracking.NoLoop}, {Kind: tracking.Forgotten},
		{Kind: tracking.Ended, Command: "set"}, {Kind: tracking.Pushed}, {Kind: tracking.CycleEnded},
	} {
		e.Seq = uint64(len(batch) + 1)
		batch = append(batch, e)
	}
	for room, want := range map[int][]uint64{
		0: nil, 1: {10}, 3: {1, 7, 10}, 4: {1, 7, 8, 10}, 5: {1, 3, 7, 8, 10}, 6: {1, 3, 7, 8, 9, 10}, 8: {1, 3, 4, 6, 7, 8, 9, 10},
		9: {1, 2, 3, 4, 6, 7, 8, 9, 10}, 10: {1, 2, 3, 4, 6, 7, 8, 9, 10, 11},
	} {
		kept, leftOut := fit(batch, r, room)
		var ids []uint64
		for _, e := range kept {
			ids = append(ids, e.Seq)
		}
		require.Equal(t, want, ids, "room for %d", room)
		require.Equal(t, len(batch)-room, leftOut)
	}
}

// TestAllowance: what a page may be told is saved up for a second.
func TestAllowance(t *testing.T) {
	var a allowance
	r, now := &reads{}, time.Now()
	for _, c := range []struct {
		after           time.Duration
		events, leftOut int
	}{
		{0, perSecond, 0}, {0, 10, 10}, {50 * time.Millisecond, 60, 0}, {50 * time.Millisecond, 1000, 860}, {time.Hour, 5 * perSecond, 4 * perSecond},
	} {
		now = now.Add(c.after)
		kept, leftOut := a.choose(now, make([]tracking.Event, c.events), r)
		require.Equal(t, c.leftOut, leftOut)
		require.Len(t, kept, c.events-leftOut)
	}
}
