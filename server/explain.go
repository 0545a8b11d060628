package server

import (
	"cmp"
	"slices"

	"github.com/tattle-server/tattle/prefixtable"
	"github.com/tattle-server/tattle/tracking"
)

// This file is what a lab sees of tracking. A look changes nothing, and none takes time in
// proportion to the tracking table.

// Explain says for each client, ordered by their ids, whether it would be told if a command
// changed a key now, on which way, and if not, why not. by is the client whose command it is, 0
// for somebody else. See [tracking.Tracker.Explain].
func (l *Lab) Explain(key string, by uint64) (list []tracking.Verdict) {
	l.s.doBeside(func() {
		list = l.s.tracker.Explain([]byte(key), by, l.s.allClients())
		l.s.foresee(list)
	})
	slices.SortStableFunc(list, func(a, b tracking.Verdict) int { return cmp.Compare(a.Client, b.Client) })
	return list
}

// foresee says in verdicts what the server will make of the messages, as correctOutcome does
// in their events.
func (s *Server) foresee(list []tracking.Verdict) {
	queued := map[uint64]int{}
	for i := range list {
		v := &list[i]
		v.Name = s.nameOf(v.Client)
		switch c := s.clients[v.Receiver]; {
		case v.Receiver == brokenTarget:
			v.Fault = s.clients[v.Client].faults.event(tracking.BrokenRedirect)
		case v.Outcome == tracking.Sent:
			v.Outcome = c.fateAfter(queued[v.Receiver])
			if v.Fault = c.faults.event(v.Outcome); v.Outcome == tracking.ConnectionEnded && queued[v.Receiver] > 0 {
				v.Fault = c.faults.event(tracking.Cut)
			}
			queued[v.Receiver]++
		}
	}
}

// disturbances describes what faults do to a client now, and how many messages they hold.
func (c *client) disturbances() (list []string, held int) {
	if f := c.faults; f != nil {
		for _, o := range [...]tracking.Outcome{tracking.Held, tracking.Dropped, tracking.Delayed, tracking.Duplicated, tracking.Cut, tracking.BrokenRedirect} {
			if f.by[o] != 0 {
				list = append(list, faultNames[o])
			}
		}
		for _, p := range f.armed {
			list = append(list, "a push waits to come "+p.where.String())
		}
		held = len(f.withheld)
	}
	if c.out.stalled {
		list = append(list, "writes stall")
	}
	if t := c.throttle; t != nil && t.stalled {
		list = append(list, "reads stall")
	} else if t != nil {
		list = append(list, "commands are delayed")
	}
	return list, held
}

var faultNames = map[tracking.Outcome]string{
	tracking.Held: "pushes are held", tracking.Dropped: "pushes are dropped", tracking.Delayed: "pushes are delayed",
	tracking.Duplicated: "pushes are sent twice", tracking.Cut: "the connection ends before the next push",
	tracking.BrokenRedirect: "the redirect is broken",
}

// Tree returns the topmost node of the tracking table's radix tree whose keys all begin with path,
// with its children. See [tracking.Tracker.Node].
func (l *Lab) Tree(path []byte) (n tracking.TreeNode) {
	l.s.doBeside(func() { n = l.s.tracker.Node(path) })
	return n
}

// TableKey is a key of the tracking table.
type TableKey struct {
	tracking.HeldKey
	Gone []uint64 // those of its holders that have disconnected
}

// Table copies at most n keys of the tracking table that begin with prefix, in byte order
// from the key from on. next is where the following page begins, "" at the end.
func (l *Lab) Table(from, prefix string, n int) (keys []TableKey, next string) {
	l.s.doBeside(func() {
		var list []tracking.HeldKey
		list, next = l.s.tracker.Page(from, prefix, n)
		for _, k := range list {
			gone := slices.DeleteFunc(slices.Clone(k.Holders), func(id uint64) bool { return host{l.s}.Client(id) != nil })
			keys = append(keys, TableKey{k, gone})
		}
	})
	return keys, next
}

// Prefixes copies the prefix table.
func (l *Lab) Prefixes() (list []prefixtable.Snapshot) {
	l.s.doBeside(func() { list = l.s.tracker.PrefixTable() })
	return list
}

// TrackingStats are the counters of tracking.
type TrackingStats struct {
	Clients  int // with tracking on
	Keys     int // in the tracking table
	Items    int // ids summed over the keys, those of clients that are gone included
	Prefixes int
	MaxKeys  int64          // the setting tracking-table-max-keys
	Table    tracking.Shape // without depth and numbers of children: see [tracking.Tracker.Size]
}

// TrackingStats returns the counters now.
func (l *Lab) TrackingStats() (st TrackingStats) {
	l.s.doBeside(func() {
		t := l.s.tracker
		st = TrackingStats{t.Clients(), t.Keys(), t.Items(), t.Prefixes(), l.s.cfg.TrackingTableMaxKeys, t.Size()}
	})
	return st
}
