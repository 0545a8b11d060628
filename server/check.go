package server

import (
	"errors"
	"fmt"
	"time"

	"github.com/tattle-server/tattle/tracking"
)

// Check looks whether the tables agree with each other, and tells what is out of
// step, or nil. It is for tests: it costs as much as the tables are large.
func (s *Server) Check() error {
	var err error
	s.do(func() { err = errors.Join(s.tracker.Check(), s.checkClients(), s.checkMemory()) })
	return err
}

func (s *Server) checkClients() error {
	tracks, subscribed, blocked := 0, 0, 0
	for _, c := range s.clients {
		if c.track.On {
			tracks++
		}
		if c.Subscribed() {
			subscribed++
		}
		if c.blocked != nil {
			blocked++
		}
	}
	var errs []error
	same := func(what string, counted, are int) {
		if counted != are {
			errs = append(errs, fmt.Errorf("server: %d %s clients are counted, there are %d", counted, what, are))
		}
	}
	same("tracking", s.tracker.Clients(), tracks)
	same("subscribed", s.pubsubClients, subscribed)
	same("blocked", s.blockedClients, blocked)
	for _, p := range s.tracker.Snapshot().Prefixes {
		for _, id := range p.Subscribers {
			if c := s.clients[id]; c == nil || !c.track.BCast {
				errs = append(errs, fmt.Errorf("server: prefix %q has the subscriber %d, which is gone or not in BCAST", p.Prefix, id))
			}
		}
	}
	return errors.Join(errs...)
}

func (s *Server) checkMemory() error {
	var sum int64
	for _, db := range s.ks.DBs() {
		sum += db.Accounted()
	}
	if sum != s.ks.Used() {
		return fmt.Errorf("server: %d bytes are accounted, the keys have %d", s.ks.Used(), sum)
	}
	return nil
}

// ClientInfo describes a connection.
type ClientInfo struct {
	ID            uint64
	Addr          string
	Name          string // CLIENT SETNAME
	Library       string // CLIENT SETINFO: name and version
	Proto         int    // RESP version
	DB            int
	Tracking      tracking.State
	Prefixes      []string // of BCAST
	Subscribed    bool
	Blocked       bool
	Created       time.Time
	LastCommand   string
	PendingOutput int  // bytes
	ReadUntracked bool // it ran a readonly command on keys with tracking off
}

// Clients describes all connections, in the order of their coming.
func (s *Server) Clients() (list []ClientInfo) {
	s.do(func() {
		for _, c := range s.sortedClients() {
			list = append(list, c.describe())
		}
	})
	return list
}

func (c *client) describe() ClientInfo {
	info := ClientInfo{
		ID: c.id, Addr: c.addr, Name: c.name, Proto: c.Proto(), DB: c.db.Index, Tracking: c.track,
		Prefixes: append([]string(nil), c.track.Prefixes()...), Subscribed: c.Subscribed(), Blocked: c.blocked != nil,
		Created: c.created, PendingOutput: c.out.pending(), ReadUntracked: c.readUntracked,
	}
	if c.libName != "" {
		info.Library = c.libName + " " + c.libVer
	}
	if c.lastCmd != nil {
		info.LastCommand = c.lastCmd.FullName()
	}
	return info
}

// Tracking copies the two tables of tracking.
func (s *Server) Tracking() (snap tracking.Snapshot) {
	s.do(func() { snap = s.tracker.Snapshot() })
	return snap
}

// Holds reports whether a client may hold a key, by the tracking table.
func (s *Server) Holds(client uint64, key string) (holds bool) {
	s.do(func() { holds = s.tracker.Holds([]byte(key), client) })
	return holds
}

// EvictTracked takes n random keys out of the tracking table, as if it were over
// its limit, and returns how many there were.
func (s *Server) EvictTracked(n int) (evicted int) {
	s.do(func() { evicted = s.tracker.Evict(n) })
	return evicted
}

// Kill closes the connection of a client and reports whether it was there.
func (s *Server) Kill(client uint64) (there bool) {
	s.do(func() {
		if c := s.clients[client]; c != nil {
			there = true
			s.kill(c, "killed")
		}
	})
	return there
}

// PendingOutput returns the bytes that wait to be written to all clients.
func (s *Server) PendingOutput() (n int) {
	s.do(func() {
		for _, c := range s.clients {
			n += c.out.pending()
		}
	})
	return n
}
