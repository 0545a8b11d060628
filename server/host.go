package server

import (
	"iter"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/tracking"
)

// This file ties the keyspace to package tracking, which remembers what commands read and
// announces what changes. invalidation.go has what a client is sent, clienttracking.go the
// commands.

// host is the server as tracking sees it.
type host struct{ s *Server }

func (h host) Client(id uint64) tracking.Client {
	if c, ok := h.s.clients[id]; ok && !c.dropped && c.phase < freed { // else its messages would be lost in silence
		return c
	}
	return nil
}

func (h host) Running() tracking.Client {
	if c := h.s.running(); c != nil {
		return c
	}
	return nil
}

func (h host) Executing() bool { return h.s.exec != nil && h.s.exec.begun }
func (h host) Scripted() bool  { return h.s.runningScript() != nil }

// changes hears what happens to keys.
type changes struct{ s *Server }

var causes = [...]tracking.Cause{
	keyspace.Write: tracking.Write, keyspace.Expired: tracking.Expired, keyspace.Evicted: tracking.Evicted,
}

// Modified tells of a change: transactions that watch the key, and holders of the key.
func (l changes) Modified(db *keyspace.DB, key []byte, cause keyspace.Cause) {
	s := l.s
	s.touchWatched(db, key, cause)
	s.events.db = db.Index
	if cause != keyspace.Write {
		s.noteRemoved(key, causes[cause])
	}
	s.tracker.Invalidate(key, causes[cause])
	s.events.removed = 0
	s.signalChanged(db, key)
}

// Ready lets the clients that wait for a key look at it. As in Redis they do so when the key
// is new, not when its value is overwritten.
func (l changes) Ready(db *keyspace.DB, key []byte) { l.s.signalReady(db, key) }

// Event publishes a keyspace event if notify-keyspace-events asks for it.
func (l changes) Event(db *keyspace.DB, class keyspace.Class, event string, key []byte) {
	l.s.notify(db, class, event, key)
}

// findKeys finds the keys that a command names, once and before it runs, if tracking or a
// watcher wants them.
func (s *Server) findKeys(x *execution) {
	c, row := x.caller, x.call.Row
	if c == nil || !row.HasKeys() {
		return
	}
	if row.Reads() && s.tracker.Remembers(c) || s.tracker.WantsIgnored() {
		if keys, err := row.AppendKeys(x.keys, x.call.Args); err == nil {
			x.keys = keys
		}
	}
}

// remember makes the caller a holder of the keys that a readonly command has named. The
// client's mode decides. The command may be one of a script or a transaction.
func (s *Server) remember(x *execution) {
	c, row := x.caller, x.call.Row
	switch {
	case len(x.keys) == 0:
	case row.Reads() && !s.tracker.Remembers(c):
		s.ignore(x, 0)
	case row.Reads():
		for _, ref := range x.keys {
			if ref.Flags&command.NotKey == 0 {
				s.tracker.Remember(c, x.call.Args[ref.Pos])
			}
		}
	case row.Is(command.Write) && s.tracker.Remembers(c):
		s.ignore(x, command.Access) // it may return data all the same
	}
}

// ignore tells the watchers that a command has read keys which are not remembered: those
// whose flags include which.
func (s *Server) ignore(x *execution, which command.KeyFlags) {
	if !s.tracker.WantsIgnored() {
		return
	}
	var keys []string
	for _, ref := range x.keys {
		if ref.Flags&command.NotKey == 0 && ref.Flags&which == which {
			keys = append(keys, string(x.call.Args[ref.Pos]))
		}
	}
	if len(keys) > 0 {
		s.tracker.Ignore(x.caller, keys)
	}
}

// limitTable keeps the tracking table within tracking-table-max-keys.
func (s *Server) limitTable() {
	if s.tracker.Clients() > 0 {
		s.tableOver = !s.tracker.Limit(s.cfg.TrackingTableMaxKeys)
	}
}

// allClients yields every client, in the order of their ids.
func (s *Server) allClients() iter.Seq[tracking.Client] {
	return func(yield func(tracking.Client) bool) {
		for _, c := range s.sortedClients() {
			if !yield(c) {
				return
			}
		}
	}
}
