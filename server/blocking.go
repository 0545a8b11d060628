package server

import (
	"container/heap"
	"context"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// blocked is a command that cannot go on yet, with all that is needed to go on later.
type blocked struct {
	by        blockedBy
	c         *client
	row       *command.Row
	args      [][]byte
	keys      []*topic // for byKeys
	until     int64    // Unix ms, 0 for ever
	place     int      // in Server.timeouts, if until is set
	onTimeout func(*resp.Writer)
	goOn      func()             // when the function has returned
	cancel    context.CancelFunc // tells a function that nobody waits for it
}

// blockedBy says what a blocked command waits for.
type blockedBy uint8

const (
	byKeys       blockedBy = iota // a change of one of its keys, or its timeout
	byPause                       // the end of a pause
	byFlush                       // the end of its flush
	byFunction                    // the reply of a function of a test: see custom.go
	byHook                        // leave to run
	byInstrument                  // the reply of TATTLE, which does not count as blocked
)

// block parks a client in a command. What the client sends meanwhile runs later.
func (s *Server) block(c *client, b *blocked) {
	b.c, c.blocked = c, b
	if c.isBlocked() {
		s.blockedClients++
	}
}

// isBlocked reports whether the client counts as blocked.
func (c *client) isBlocked() bool { return c.blocked != nil && !c.asksInstrument() }

// Block parks the client until a change of one of the keys lets its command go on; see
// [command.Call.Block]. In a transaction or a script nothing waits: there the command
// ends as if its time were up.
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
	s.block(c, &blocked{by: byKeys, row: call.Row, args: cloneWords(call.Args), onTimeout: b.OnTimeout})
	for _, key := range b.Keys {
		if t := s.waiting[c.db.Index].join(key, c); t != nil {
			c.blocked.keys = append(c.blocked.keys, t)
		}
	}
	if b.Timeout > 0 {
		c.blocked.until = s.ks.Now() + b.Timeout
		heap.Push(&s.timeouts, c.blocked)
	}
}

// needsKey reports whether anybody waits for a key by a command that does so only as long as
// the key is there (XREADGROUP).
func (t *topic) needsKey() bool {
	for c := range t.clients.all() {
		if c.phase == open && c.blocked.row.Wakes(nil) {
			return true
		}
	}
	return false
}

// signalChanged notes that a key has changed. Only those look at it who wait for entries of a
// stream, or for the end of the key: to the others a value that is overwritten is no news.
func (s *Server) signalChanged(db *keyspace.DB, key []byte) {
	t := s.waiting[db.Index].topics[string(key)]
	if t == nil || !db.News(key) {
		return
	}
	if e := db.Stored(key); e != nil && e.Type() == keyspace.TypeStream || t.needsKey() {
		s.ready.add(t)
	}
}

// signalReady notes that a key is new. The clients that wait for it are served after the
// command that made it.
func (s *Server) signalReady(db *keyspace.DB, key []byte) {
	if t := s.waiting[db.Index].topics[string(key)]; t != nil {
		s.ready.add(t)
	}
}

// signalGoneAll notes that all keys of a database are gone. To those who wait for a new key that
// is no news, not even if DEBUG RELOAD brings it back.
func (s *Server) signalGoneAll(db *keyspace.DB) {
	for _, t := range s.waiting[db.Index].topics {
		if t.needsKey() {
			s.ready.add(t)
		}
	}
}

// signalReadyAll notes that all keys of a database have changed (SWAPDB).
func (s *Server) signalReadyAll(db *keyspace.DB) {
	for _, t := range s.waiting[db.Index].topics {
		s.ready.add(t)
	}
}

// serveBlocked serves the clients that need not wait any more, at the end of a cycle. Then
// each of them, in the order in which their waits ended, runs what it has sent meanwhile.
// What they cannot run before the cycle is full is left to the next one.
func (s *Server) serveBlocked() {
	s.goOnReturned()
	s.serveReady()
	ran := 0
	for i := 0; i < len(s.unblocked); i++ { // what they run may unblock others
		c := s.unblocked[i]
		if ran >= batchMax && s.full() && !s.loop.Manual() {
			s.leaveToNext(c)
			continue
		}
		ran += s.runInput(c)
		c.in.Settle()
	}
	clear(s.unblocked)
	s.unblocked = reuse(s.unblocked)
}

// serveReady tries the commands again that wait for keys which have changed: key by key
// in the order of the changes, and for each key the client first that came first. What
// they do may make more keys ready; those come in the next round.
func (s *Server) serveReady() {
	for s.ready.len() > 0 && s.exec == nil && s.beside == nil {
		s.refreshTime() // what ran may have taken longer than a key lives
		ready := s.ready
		s.ready = ordered[*topic]{}
		for t := range ready.all() {
			s.serveTopic(t)
		}
	}
}

// serveTopic tries the commands again that wait for one key.
func (s *Server) serveTopic(t *topic) {
	key := []byte(t.name)
	e := t.in.db.Stored(key) // it may have expired: the command finds out
	for c := range t.clients.all() {
		if c.phase == open && c.blocked.row.Wakes(e) {
			s.retry(c)
			e = t.in.db.Stored(key)
		}
	}
}

// retry runs a blocked command again, unless a pause postpones it.
func (s *Server) retry(c *client) {
	b := c.blocked
	if s.paused(c, b.row, b.row.Flags) {
		s.leaveQueues(c)
		s.postpone(c, b.row, b.args)
		return
	}
	s.rerun(b, b.row)
}

// rerun runs a blocked command again. If it blocks again nothing has happened. Like process
// it never panics.
func (s *Server) rerun(b *blocked, row *command.Row) {
	c := b.c
	s.markDirty(c)
	x := s.enter(c)
	written := len(c.out.w.Buf)
	defer func() {
		if r := recover(); r != nil {
			s.recovered(x, r, written)
		}
	}()
	out := s.replyWriter(c, row)
	start, began := len(out.Buf), s.realTime
	err := s.forbidden(c, row, b.args) // its user may have lost the right meanwhile
	if err != nil {
		s.reject(c, row, b.args, err, out)
	} else {
		s.call(c, row, b.args, out)
	}
	if len(out.Buf) == start {
		s.leave(x)
		return
	}
	s.unblock(c)
	if err == nil {
		s.accountBlocked(c, b, s.realTime.Sub(began))
	}
	s.noteEnded(c, row, out, start)
	s.afterCommand(x)
}

// unblock lets a client go on with its next command.
func (s *Server) unblock(c *client) {
	if !c.blocked.row.Is(command.KeepsCaching) {
		c.track.UseUp()
	}
	asked := c.asksInstrument()
	s.leaveQueues(c)
	if asked {
		s.leaveToNext(c) // a manual cycle does not end, nor does one beside a script
		return
	}
	s.resume(c)
}

// resume runs, at the end of the cycle, the commands that a client sent while it was
// blocked. The time for which it was blocked does not count as idle.
func (s *Server) resume(c *client) {
	c.lastActive = s.clock
	s.unblocked = append(s.unblocked, c)
}

// leaveQueues ends the wait of a blocked client.
func (s *Server) leaveQueues(c *client) {
	b := c.blocked
	for _, t := range b.keys {
		t.leave(c)
	}
	if b.until != 0 {
		heap.Remove(&s.timeouts, b.place)
	}
	if b.by == byPause {
		s.pause.postponed.remove(c)
	}
	if b.cancel != nil {
		b.cancel()
	}
	if c.isBlocked() {
		s.blockedClients--
	}
	c.blocked = nil
}

// unblockWith ends a blocked command with a reply that its handler does not give: its time
// is up, its flush is done, or CLIENT UNBLOCK asked for it.
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

// timeoutHeap holds the blocked commands with a timeout, the earliest first.
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
		s.unblockWith(b.c, b.onTimeout)
	}
}
