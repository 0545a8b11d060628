package inspect

import (
	"time"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/tracking"
)

// perSecond is how many events a second a page is told. At first it is told what has happened before it was opened:
// atFirst events of that.
const (
	perSecond = 2_000
	atFirst   = 20_000
)

// allowance is how many events a page may be told now. What is not used is saved up for a second.
type allowance struct {
	left  float64
	since time.Time
}

// The ranks of events: those of the lowest are left out first.
const (
	cycleEnds = iota
	readCommands
	otherCommands
	memory   // what the tables remember and forget
	messages // and pushes: what tracking is about
	ranks
)

// choose returns the events of a batch that the page is told, in order, and how many are left out. It leaves out whole
// ranks, from the lowest up: ends of cycles, commands that read, other commands, changes of
// the tables. Messages, sent or not, pushes, and what happens to connections are left out last. Of the rank that fits in part
// the latest are told.
func (a *allowance) choose(now time.Time, batch []tracking.Event, r *reads) (kept []tracking.Event, leftOut int) {
	if a.left < perSecond {
		a.left = min(a.left+now.Sub(a.since).Seconds()*perSecond, perSecond)
	}
	a.since = now
	room := int(a.left)
	a.left -= float64(min(len(batch), room))
	if len(batch) <= room {
		return batch, 0
	}
	return fit(batch, r, room)
}

// fit returns the room events of a batch that rank highest, in order, and the number of the others.
func fit(batch []tracking.Event, r *reads, room int) ([]tracking.Event, int) {
	rankOf, count := make([]uint8, len(batch)), [ranks]int{}
	for i := range batch {
		rankOf[i] = r.rank(&batch[i])
		count[rankOf[i]]++
	}
	cut, above := ranks-1, 0
	for ; cut > 0 && above+count[cut] <= room; cut-- {
		above += count[cut]
	}
	skip := count[cut] - (room - above) // of rank cut, the first
	kept := make([]tracking.Event, 0, room)
	for i, rank := range rankOf {
		if int(rank) == cut {
			skip--
		}
		if int(rank) > cut || int(rank) == cut && skip < 0 {
			kept = append(kept, batch[i])
		}
	}
	return kept, len(batch) - len(kept)
}

// reads knows which commands only read.
type reads struct {
	lab   *server.Lab
	known map[string]bool
}

func newReads(lab *server.Lab) *reads { return &reads{lab, map[string]bool{}} }

func (r *reads) rank(e *tracking.Event) uint8 {
	switch e.Kind {
	case tracking.CycleEnded:
		return cycleEnds
	case tracking.Began, tracking.Ended:
		if r.only(e.Command) {
			return readCommands
		}
		return otherCommands
	case tracking.Remembered, tracking.NotRemembered, tracking.Forgotten, tracking.Gathered, tracking.Removed:
		return memory
	}
	return messages
}

func (r *reads) only(command string) bool {
	only, known := r.known[command]
	if !known {
		only = r.lab.ReadsOnly(command)
		r.known[command] = only
	}
	return only
}
