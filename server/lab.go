package server

import (
	"fmt"
	mathrand "math/rand/v2"
	"slices"

	"github.com/tattle-server/tattle/server/internal/command"
)

// Lab does to a server what experiments and tests need and production code does not: it
// runs the loop step by step, moves the clock, disturbs connections, makes commands
// fail, and looks into the tables. Its methods must not be called from inside a cycle.
type Lab struct {
	s     *Server
	lease *lease // of whoever uses it; nil for Go code, which never goes away
}

// Lab returns the server's lab.
func (s *Server) Lab() *Lab { return &Lab{s: s} }

// Server returns the server.
func (l *Lab) Server() *Server { return l.s }

// SetManual stops the loop, or lets it run by itself again. The batches that wait run first.
func (l *Lab) SetManual(on bool) { l.s.do(func() { l.s.setManual(on, l.lease) }) }

// Manual reports whether the loop stands still until it is stepped.
func (l *Lab) Manual() bool { return l.s.loop.Manual() }

// Waiting returns the ids of the clients whose batches wait to be stepped, in the order in
// which they came, and a channel that is closed when one more comes.
func (l *Lab) Waiting() (clients []uint64, more <-chan struct{}) { return l.s.arrived() }

// Step runs the batch of a client, or with 0 the batch that came first. It returns the id
// of its client, or 0 if there is no such batch. What the batch causes is queued, and
// written by EndCycle. Step fails with [ErrNotManual].
func (l *Lab) Step(client uint64) (uint64, error) { return l.s.step(client, l.lease) }

// EndCycle ends the cycle: BCAST messages go out, and all that was queued since the last
// cycle is written. It fails with [ErrNotManual].
func (l *Lab) EndCycle() error { return l.s.endCycle(l.lease) }

// Seed makes random choices repeatable: RANDOMKEY, SRANDMEMBER, SPOP, what is evicted, and
// what leaves the tracking table. The same commands on a new server with the same seed
// choose the same.
func (l *Lab) Seed(seed uint64) {
	s := l.s
	s.do(func() { *s.ks.Rand = *mathrand.New(mathrand.NewPCG(seed, 0)) }) // tracking shares it
}

// EvictTracked takes up to n random keys out of the tracking table, as if it were over its
// limit, and returns how many it took.
func (l *Lab) EvictTracked(n int) (evicted int) {
	l.s.do(func() { evicted = l.s.tracker.Evict(n) })
	return evicted
}

// EvictKey takes a key out of the tracking table, as if the table were over its limit, and reports whether it was
// there. That is an event of the kind Faulted, which causes the messages to its holders.
func (l *Lab) EvictKey(key string) (evicted bool) {
	s := l.s
	s.do(func() {
		if !s.tracker.Has([]byte(key)) {
			return
		}
		evicted, s.events.removed = true, s.noteFault(0, fmt.Sprintf("the key %q is taken out of the tracking table", key))
		s.tracker.EvictKey([]byte(key))
		s.events.removed = 0
	})
	return evicted
}

// Holds reports whether the tracking table has a client as a holder of a key.
func (l *Lab) Holds(client uint64, key string) (holds bool) {
	l.s.doBeside(func() { holds = l.s.tracker.Holds([]byte(key), client) })
	return holds
}

// PendingOutput returns how many bytes wait to be written, over all clients.
func (l *Lab) PendingOutput() (n int) {
	l.s.doBeside(func() {
		for _, c := range l.s.clients {
			n += c.out.pending()
		}
	})
	return n
}

// BlockedClients returns the number of clients that wait in a blocking command.
func (l *Lab) BlockedClients() (n int) {
	l.s.doBeside(func() { n = l.s.blockedClients })
	return n
}

// AbortScripts ends the running script, even one that has changed data, and every one that
// follows, as the end of the server does.
func (l *Lab) AbortScripts() { l.s.script.engine.Abort() }

// Remaining describes the connections that have not ended yet.
func (l *Lab) Remaining() (list []string) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	for c := range l.s.open {
		list = append(list, fmt.Sprintf("id=%d addr=%s", c.id, c.addr))
	}
	slices.Sort(list)
	return list
}

// ReadsOnly reports whether there is a command with a name such as "get" or "client list",
// and it only reads. Tracking remembers the keys of such a command.
func (l *Lab) ReadsOnly(name string) (only bool) {
	l.s.do(func() {
		row := l.s.named(name)
		only = row != nil && row.Is(command.ReadOnly)
	})
	return only
}
