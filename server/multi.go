package server

import (
	"slices"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// multi is a client's transaction.
type multi struct {
	on       bool
	answered bool          // functions have answered its custom commands
	failed   bool          // a command was refused: EXEC aborts
	dirty    bool          // a watched key changed: EXEC does nothing
	flags    command.Flags // what any of the queued commands may do
	queued   []queued
	bytes    int // of their words, with wordOverhead for each
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
	for _, a := range args {
		m.bytes += len(a) + wordOverhead
	}
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
	if !m.failed && !m.dirty && s.askQueued(c, call) {
		return nil
	}
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
	for _, q := range m.queued { // all of them, also when the client ends among them
		x := s.enter(c)
		s.callQueued(c, q)
		s.leave(x)
		s.checkLimit(c)
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
	t := s.watched[c.db.Index].join(key, c)
	if t == nil {
		return
	}
	c.watches = append(c.watches, t)
	if c.db.Stale(key) {
		t.expect(c)
	}
}

// expect notes that the key counts as gone for a client: its removal is no change.
func (t *topic) expect(c *client) {
	if t.expired == nil {
		t.expired = map[*client]struct{}{}
	}
	t.expired[c] = struct{}{}
}

// expects reports whether the key counts as gone for a client.
func (t *topic) expects(c *client) bool {
	_, is := t.expired[c]
	return is
}

func runUnwatch(s *Server, c *client, call *command.Call) error {
	s.unwatch(c)
	c.multi.dirty = false
	call.Out.OK()
	return nil
}

func (s *Server) unwatch(c *client) {
	for _, t := range c.watches {
		t.leave(c)
	}
	c.watches = nil
}

// watchedExpired reports whether a key has expired since the client began to watch it.
func (s *Server) watchedExpired(c *client) bool {
	return slices.ContainsFunc(c.watches, func(t *topic) bool { return !t.expects(c) && t.in.db.Stale([]byte(t.name)) })
}

// touchWatched fails the transactions that watch a key which has changed.
func (s *Server) touchWatched(db *keyspace.DB, key []byte, cause keyspace.Cause) {
	t := s.watched[db.Index].topics[string(key)]
	if t == nil {
		return
	}
	for c := range t.clients.all() {
		if cause == keyspace.Expired && t.expects(c) {
			delete(t.expired, c)
			continue
		}
		c.multi.dirty = true
		s.unwatch(c) // its transaction has failed
	}
}

// touchWatchedIn fails the transactions that watch keys of a database that is flushed or
// swapped, if the key is there before or after.
func (s *Server) touchWatchedIn(db *keyspace.DB, after *keyspace.DB) {
	for name, t := range s.watched[db.Index].topics {
		key := []byte(name)
		was, is := db.Has(key), after != nil && after.Has(key)
		if !was && !is {
			continue
		}
		stale := is && after.Stale(key)
		for c := range t.clients.all() {
			switch expected := t.expects(c); {
			case expected && !is:
				delete(t.expired, c)
			case expected && stale:
				// expired before and after: no change
			case !was && stale:
				t.expect(c) // an expired key counts as none
			default:
				c.multi.dirty = true
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
