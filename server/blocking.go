package server

import (
	"container/heap"
	"slices"
	"time"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// blocked is a command that waits for a key, with all that is needed to run it
// again.
type blocked struct {
	c     *client
	row   *command.Row
	args  [][]byte
	db    *keyspace.DB
	what  command.Block
	until int64 // Unix ms, 0 for ever
	place int   // in the timeouts
	held  bool  // waits for no key, but for the end of a pause
}

// waiting is what clients of one database wait for: key -> clients, the longest
// waiting first.
type waiting map[string][]*client

// Block parks the client until one of the keys changes so that its command goes on;
// see [command.Call.Block]. In a transaction or a script nobody waits: the call ends
// as if its time were up.
func (c *client) Block(call *command.Call, b command.Block) {
	s := c.srv
	if s.nested() {
		refuse := b.OnTimeout
		if b.OnRefused != nil {
			refuse = b.OnRefused
		}
		refuse(call.Out)
		return
	}
	if c.blocked != nil {
		return // tried again in vain: it keeps its place
	}
	b.Keys = cloneWords(b.Keys)
	c.blocked = &blocked{c: c, row: call.Row, args: cloneWords(call.Args), db: c.db, what: b}
	if b.Timeout > 0 {
		c.blocked.until = s.ks.Now() + b.Timeout
		heap.Push(&s.timeouts, c.blocked)
	}
	for _, key := range b.Keys {
		byKey := s.waiting[c.db.Index]
		if byKey == nil {
			byKey = waiting{}
			s.waiting[c.db.Index] = byKey
		}
		if !slices.Contains(byKey[string(key)], c) {
			byKey[string(key)] = append(byKey[string(key)], c)
		}
	}
	s.blockedClients++
}

// readyKey is a key that changed while somebody waits for it.
type readyKey struct {
	db  *keyspace.DB
	key string
}

// signalReady notes a change of a key that clients wait for. They are served
// after the command that made it.
func (s *Server) signalReady(db *keyspace.DB, key []byte) {
	if len(s.waiting[db.Index][string(key)]) > 0 {
		s.ready = append(s.ready, readyKey{db, string(key)})
	}
}

// signalReadyAll does the same for all keys of a database that others took the
// place of (SWAPDB).
func (s *Server) signalReadyAll(db *keyspace.DB) {
	for key := range s.waiting[db.Index] {
		s.ready = append(s.ready, readyKey{db, key})
	}
}

// serveBlocked lets those go on whose waiting is over, at the end of a cycle, with the
// commands that they have sent meanwhile.
func (s *Server) serveBlocked() {
	s.serveReady()
	s.runHeld()
	for i := 0; i < len(s.unblocked); i++ { // what they run may unblock others
		c := s.unblocked[i]
		s.runInput(c)
		c.in.Settle()
		if c.behind != 0 {
			s.loop.Ready(c, c.behind)
			c.behind = 0
		}
		s.runHeld() // it may have ended a pause
	}
	clear(s.unblocked)
	s.unblocked = s.unblocked[:0]
}

// serveReady runs the commands that wait for keys which became ready, in the
// order in which the keys did and then the clients came. What they do may make
// more keys ready; those come in the next round.
func (s *Server) serveReady() {
	for len(s.ready) > 0 && s.exec == nil && s.beside == nil {
		s.refreshTime() // what ran may have taken longer than a key lives
		ready := s.ready
		s.ready = nil
		for _, r := range ready {
			e := r.db.Stored([]byte(r.key)) // expired or not: whoever is served finds out
			// A copy: clients leave the list while they are served.
			for _, c := range slices.Clone(s.waiting[r.db.Index][r.key]) {
				if c.blocked != nil && !c.blocked.held && !c.closing && c.blocked.row.Wakes(e) {
					s.retry(c)
					e = r.db.Stored([]byte(r.key))
				}
			}
		}
	}
}

// retry runs a blocked command again. If it blocks again nothing has happened. Like
// process it never panics.
func (s *Server) retry(c *client) {
	b := c.blocked
	if s.holds(c, b.row, b.row.Flags) {
		s.leaveQueues(c)
		s.hold(c, b.row, b.args)
		return
	}
	s.markDirty(c)
	x := s.enter(c)
	x.begun = true
	written := len(c.out.w.Buf)
	defer func() {
		if r := recover(); r != nil {
			s.recovered(x, r, written)
		}
	}()
	out := s.replyWriter(c, b.row)
	start := len(out.Buf)
	db := c.db
	c.db = b.db
	began := s.read
	s.call(c, b.row, b.args, out)
	took := s.read.Sub(began)
	c.db = db
	if len(out.Buf) == start {
		s.leave(x)
		return
	}
	s.unblock(c)
	s.accountBlocked(c, b, took)
	s.noteEnded(c, b.row, out, start)
	s.afterCommand(x)
}

// unblock lets a client go on with its next command.
func (s *Server) unblock(c *client) {
	s.leaveQueues(c)
	s.goOn(c)
}

// goOn has the commands run, at the end of the cycle, that a client sent while it was
// blocked. The time that it was blocked does not count as idle.
func (s *Server) goOn(c *client) {
	c.lastActive = s.clock
	s.unblocked = append(s.unblocked, c)
}

// leaveQueues ends that a client waits.
func (s *Server) leaveQueues(c *client) {
	b := c.blocked
	for _, key := range b.what.Keys {
		byKey := s.waiting[b.db.Index]
		byKey[string(key)] = remove(byKey[string(key)], c)
		if len(byKey[string(key)]) == 0 {
			delete(byKey, string(key))
		}
	}
	if b.until != 0 {
		heap.Remove(&s.timeouts, b.place)
	}
	c.blocked = nil
	s.blockedClients--
}

// unblockWith ends a blocked command with a reply of another kind: its time is
// up, or CLIENT UNBLOCK.
func (s *Server) unblockWith(c *client, reply func(*resp.Writer)) {
	s.markDirty(c)
	b := c.blocked
	x := s.enter(c)
	out := s.replyWriter(c, b.row)
	start := len(out.Buf)
	reply(out)
	s.unblock(c)
	s.accountError(b.row, out.Buf[start:])
	s.accountBlocked(c, b, 0)
	s.noteEnded(c, b.row, out, start)
	s.leave(x)
}

// accountBlocked counts the call of a command that was blocked, which is one call
// however often it was tried.
func (s *Server) accountBlocked(c *client, b *blocked, took time.Duration) {
	s.rows[b.row.ID()].count(took)
	s.stats.commands++
	s.slowlog.note(s, c, b.row, b.args, took)
}

// timeoutHeap holds blocked commands with a timeout, the earliest first.
type timeoutHeap []*blocked

func (h timeoutHeap) Len() int           { return len(h) }
func (h timeoutHeap) Less(i, j int) bool { return h[i].until < h[j].until }
func (h timeoutHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

func (h *timeoutHeap) Push(x any) {
	b := x.(*blocked)
	b.place = len(*h)
	*h = append(*h, b)
}

func (h *timeoutHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return last
}

// nextTimeout returns the earliest time at which a blocked command gives up, as
// Unix time in ms, or 0.
func (s *Server) nextTimeout() int64 {
	if len(s.timeouts) == 0 {
		return 0
	}
	return s.timeouts[0].until
}

// endTimeouts ends the blocked commands whose time is up.
func (s *Server) endTimeouts() {
	for next := s.nextTimeout(); next != 0 && next <= s.ks.Now(); next = s.nextTimeout() {
		b := s.timeouts[0]
		s.unblockWith(b.c, b.what.OnTimeout)
	}
}
