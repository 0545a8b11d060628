package server

import (
	"slices"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// multi is a client's transaction.
type multi struct {
	on     bool
	failed bool          // a command was refused: EXEC aborts
	dirty  bool          // a watched key changed: EXEC does nothing
	flags  command.Flags // what any of the queued commands may do
	queued []queued
}

type queued struct {
	row  *command.Row
	args [][]byte
}

func (m *multi) queue(row *command.Row, args [][]byte, flags command.Flags) {
	if m.failed || m.dirty {
		return // EXEC will not run it
	}
	m.flags |= flags
	m.queued = append(m.queued, queued{row, cloneWords(args)})
}

// execFlags returns what the queued commands may do, if row is EXEC.
func (c *client) execFlags(row *command.Row) command.Flags {
	if row.Is(command.RunsQueued) {
		return c.multi.flags
	}
	return 0
}

func runMulti(_ *Server, c *client, call *command.Call) error {
	if c.multi.on {
		return resp.Error("ERR MULTI calls can not be nested")
	}
	c.multi.on = true
	call.Out.OK()
	return nil
}

func runDiscard(s *Server, c *client, call *command.Call) error {
	if !c.multi.on {
		return resp.Error("ERR DISCARD without MULTI")
	}
	s.discard(c)
	call.Out.OK()
	return nil
}

// discard ends a transaction and its watches.
func (s *Server) discard(c *client) {
	c.multi = multi{}
	s.unwatch(c)
}

func runExec(s *Server, c *client, call *command.Call) error {
	if !c.multi.on {
		return resp.Error("ERR EXEC without MULTI")
	}
	if s.watchedExpired(c) {
		c.multi.dirty = true
	}
	m := c.multi
	defer s.discard(c)
	if m.failed {
		return errExecAbort
	}
	if m.dirty {
		call.Out.NullArray()
		return nil
	}
	s.unwatch(c) // they have served: the commands need not look for them
	call.Out.Array(len(m.queued))
	c.multi.on = false           // the queued commands run as if alone
	for _, q := range m.queued { // all of them, also when the client ends among them
		x := s.enter(c)
		s.callQueued(c, q)
		s.leave(x)
	}
	return nil
}

// callQueued runs a command of a transaction, unless its user has lost the right to it. One of
// them may be CLIENT REPLY.
func (s *Server) callQueued(c *client, q queued) {
	if d := s.permits(c, q.row, q.args); d != nil {
		err := errDeniedAtExec(d)
		s.countError(err.Error())
		s.replyWriter(c, nil).Error(err)
		return
	}
	s.call(c, q.row, q.args, s.replyWriter(c, q.row))
}

// watchedKey is a key that a client watches.
type watchedKey struct {
	c       *client
	db      *keyspace.DB
	key     string
	expired bool // it had expired when the watch began, so its removal is no change
}

func runWatch(s *Server, c *client, call *command.Call) error {
	if c.multi.on {
		return resp.Error("ERR WATCH inside MULTI is not allowed")
	}
	call.Out.OK()
	if c.multi.dirty {
		return nil // EXEC fails anyway
	}
	for _, key := range call.Args[1:] {
		s.watch(c, key)
	}
	return nil
}

func (s *Server) watch(c *client, key []byte) {
	for _, w := range c.watches {
		if w.db == c.db && w.key == string(key) {
			return
		}
	}
	w := &watchedKey{c: c, db: c.db, key: string(key), expired: c.db.Stale(key)}
	c.watches = append(c.watches, w)
	s.watched[c.db.Index].add(w.key, w)
}

func runUnwatch(s *Server, c *client, call *command.Call) error {
	s.unwatch(c)
	c.multi.dirty = false
	call.Out.OK()
	return nil
}

func (s *Server) unwatch(c *client) {
	for _, w := range c.watches {
		s.watched[w.db.Index].remove(w.key, w)
	}
	c.watches = nil
}

// watchedExpired reports whether a key has expired since the client began to watch it.
func (s *Server) watchedExpired(c *client) bool {
	for _, w := range c.watches {
		if !w.expired && w.db.Stale([]byte(w.key)) {
			return true
		}
	}
	return false
}

// touchWatched fails the transactions that watch a key which has changed.
func (s *Server) touchWatched(db *keyspace.DB, key []byte, cause keyspace.Cause) {
	for _, w := range slices.Clone(s.watched[db.Index][string(key)]) {
		if w.expired && cause == keyspace.Expired {
			w.expired = false // it counted as gone already
			continue
		}
		w.c.multi.dirty = true
		s.unwatch(w.c) // its transaction has failed
	}
}

// touchWatchedIn fails the transactions that watch keys of a database that is flushed or
// swapped, if the key is there before or after.
func (s *Server) touchWatchedIn(db *keyspace.DB, after *keyspace.DB) {
	for key, watches := range s.watched[db.Index] {
		k := []byte(key)
		was, is := db.Has(k), after != nil && after.Has(k)
		if !was && !is {
			continue
		}
		stale := is && after.Stale(k)
		for _, w := range watches {
			switch {
			case w.expired && !is:
				w.expired = false // it counted as gone already
			case w.expired && stale:
				// expired before and after: no change
			case !was && stale:
				w.expired = true // an expired key counts as none
			default:
				w.c.multi.dirty = true
			}
		}
	}
}

var transactionRows = command.Group(command.Row{Group: "transactions", Categories: command.CatTransaction, Flags: command.NeedsConnection}, []command.Row{
	cmd("discard", 1, "2.0.0", plain|command.Fast|command.AllowBusy|command.Unqueued, runDiscard, "Ends a transaction without running what it queued"),
	cmd("exec", 1, "1.2.0", plain|command.SkipSlowlog|command.Unqueued|command.RunsQueued|command.ShowsSecrets, runExec, "Runs the queued commands of a transaction"),
	cmd("multi", 1, "1.2.0", plain|command.Fast|command.AllowBusy|command.Unqueued, runMulti, "Begins a transaction: commands are queued until EXEC"),
	cmd("unwatch", 1, "2.2.0", plain|command.Fast|command.AllowBusy, runUnwatch, "Forgets the keys that WATCH named"),
	{Name: "watch", Arity: -2, Since: "2.2.0", Run: on(runWatch), Summary: "Makes the next EXEC do nothing if one of the keys changes before it",
		Flags: plain | command.Fast | command.AllowBusy | command.Unqueued, Keys: command.AllKeys(command.RO)},
})
