package server

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/tattle-server/tattle/keyspace"
)

// This file is what clients take of the memory, apart from keys: what they have sent and has
// not run, what they have queued for EXEC, and what they have not read.

// What things take, in bytes, about.
const (
	clientOverhead = 1 << 10 // an idle connection
	queuedOverhead = 32      // a command that is queued for EXEC
	wordOverhead   = 8       // each word of it, as Redis counts them
	nameOverhead   = 64      // a subscription, a prefix or a watched key
)

// memory returns the bytes that a client takes. A buffer that is lent to it while it runs is the
// server's.
func (c *client) memory() int {
	size, lent := c.in.Size()
	names := c.subs.count() + len(c.track.Prefixes()) + len(c.watches)
	return clientOverhead + c.out.pending() + size - lent + c.waitingArgs() +
		c.multi.bytes + queuedOverhead*cap(c.multi.queued) + nameOverhead*names
}

// waitingArgs returns the bytes of the words that a blocked command keeps.
func (c *client) waitingArgs() int {
	if c.blocked == nil {
		return 0
	}
	return sizeOf(c.blocked.args)
}

func sizeOf(words [][]byte) (n int) {
	for _, w := range words {
		n += len(w)
	}
	return n
}

// overQuery closes a client that has sent more than client-query-buffer-limit which has not
// run. What it has queued for EXEC has not run either. The words that have come of an
// unfinished command do not count, as in Redis.
func (s *Server) overQuery(c *client) bool {
	over := int64(c.in.Unread()+c.multi.bytes) > s.cfg.QueryBufferLimit
	if over {
		s.closeOverQuery(c)
	}
	return over
}

func (s *Server) closeOverQuery(c *client) {
	s.stats.queryLimitDisconnections++
	s.log.Warningf("Closing client that reached max query buffer length: %s (qbuf initial bytes: %s)", c.line(), quote(c.in.Start(64)))
	s.kill(c, "query buffer limit")
}

// ClientMemory returns the bytes that all clients take.
func (c *client) ClientMemory() int64 { return c.srv.clientMemory() }

// ScriptMemory returns the bytes that scripts, functions and the machines that run them take.
func (c *client) ScriptMemory() (scripts, functions, machines int64) {
	m := c.srv.script.engine.Memory()
	return m.Scripts, m.Functions, m.ScriptVM + m.FunctionsVM
}

func (s *Server) clientMemory() (n int64) {
	if s.weighs {
		return s.weight
	}
	for _, c := range s.clients {
		n += int64(c.memory())
	}
	return n
}

// weighAll begins or ends keeping the sum of what clients take, which only maxmemory and
// maxmemory-clients need all the time.
func (s *Server) weighAll(on bool) {
	if on == s.weighs {
		return
	}
	s.weighs, s.weight = on, 0
	for _, c := range s.clients {
		c.weight = 0
		s.weigh(c)
	}
}

// weigh brings the sum up to date after a change of one client.
func (s *Server) weigh(c *client) {
	if s.weighs && !c.dropped && c.phase < freed {
		w := c.memory()
		s.weight += int64(w - c.weight)
		c.weight = w
	}
}

// unweigh takes a client that ends out of the sum.
func (s *Server) unweigh(c *client) {
	s.weight -= int64(c.weight)
	c.weight = 0
}

// leastClientMemory is the least that maxmemory-clients can mean, so that one can always talk
// to the server.
const leastClientMemory = 128 << 10

// maxClientMemory returns maxmemory-clients in bytes, 0 for no limit.
func (s *Server) maxClientMemory() int64 {
	n := s.cfg.MaxMemoryClients
	if n < 0 {
		n = int64(float64(s.cfg.MaxMemory) * -float64(n) / 100)
	}
	if n == 0 {
		return 0
	}
	return max(n, leastClientMemory)
}

// evictClients closes the clients that take most until all together take less than
// maxmemory-clients.
func (s *Server) evictClients() {
	limit := s.maxClientMemory()
	if limit == 0 || s.weight < limit {
		return
	}
	list := slices.DeleteFunc(s.sortedClients(), func(c *client) bool { return c.noEvict || c.phase >= closing })
	slices.SortStableFunc(list, func(a, b *client) int { return cmp.Compare(b.sizeClass(), a.sizeClass()) })
	for _, c := range list {
		if s.weight < limit {
			return
		}
		s.log.Noticef("Evicting client: %s", c.line())
		s.stats.evictedClients++
		s.kill(c, "evicted")
		s.unweigh(c) // also where a script of its own goes on
	}
	if s.weight >= limit {
		s.log.Warningf("Over client maxmemory after evicting all evictable clients")
	}
}

// Clients of about the same size are evicted in the order in which they came.
const leastSizeClass, greatestSizeClass = 15, 33

// sizeClass is the binary logarithm of what a client takes, within bounds.
func (c *client) sizeClass() int {
	return min(max(bits.Len(uint(c.weight)), leastSizeClass), greatestSizeClass)
}

// usedMemory estimates the memory that counts against maxmemory: keys and values, as
// package keyspace accounts for them, clients, and the sources of scripts and functions.
func (s *Server) usedMemory() int64 {
	m := s.script.engine.Memory()
	return keyspace.Baseline + s.ks.Used() + s.clientMemory() + m.Scripts + m.Functions
}
