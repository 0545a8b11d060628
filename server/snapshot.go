package server

import (
	"time"

	"github.com/tattle-server/tattle/tracking"
)

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
	PendingOutput int      // bytes
	Faults        []string // that a test has begun and not ended: "pushes are held"
	Held          int      // the messages that Hold withholds
}

// Clients describes all connections, in the order in which they came.
func (s *Server) Clients() (list []ClientInfo) {
	s.doBeside(func() {
		for _, c := range s.sortedClients() {
			list = append(list, c.describe())
		}
	})
	return list
}

func (c *client) describe() ClientInfo {
	info := ClientInfo{
		ID: c.id, Addr: c.addr, Name: c.name, Proto: c.Proto(), DB: c.db.Index, Tracking: c.track,
		Prefixes: append([]string(nil), c.track.Prefixes()...), Subscribed: c.Subscribed(), Blocked: c.isBlocked(),
		Created: c.created, PendingOutput: c.out.pending(),
	}
	if c.libName != "" {
		info.Library = c.libName + " " + c.libVer
	}
	if c.lastCmd != nil {
		info.LastCommand = c.lastCmd.FullName()
	}
	info.Faults, info.Held = c.disturbances()
	return info
}

// Tracking returns a copy of the tracking table and the prefix table.
func (s *Server) Tracking() (snap tracking.Snapshot) {
	s.doBeside(func() { snap = s.tracker.Snapshot() })
	return snap
}
