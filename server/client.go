package server

import (
	"net"
	"time"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/loop"
	"github.com/tattle-server/tattle/server/internal/wire"
	"github.com/tattle-server/tattle/tracking"
)

// client is one connection. All of it belongs to whoever has the loop's turn, but for
// what the loop itself keeps.
type client struct {
	loop.Source

	// Fixed when the connection was accepted.
	srv     *Server
	id      uint64
	conn    wire.Conn
	addr    string
	laddr   string
	unix    bool
	created time.Time

	// in is what has come and was not run, out the stream of replies and pushes.
	in     wire.Input
	out    output
	size   int  // bytes of the running command
	capped bool // it has sent more commands than run in a cycle
	behind bool // it has sent more than is read of a blocked client

	db            *keyspace.DB
	name          string
	libName       string
	libVer        string
	user          string
	authenticated bool
	lastCmd       *command.Row
	lastActive    time.Time
	noEvict       bool
	noTouch       bool

	replyOff  bool // CLIENT REPLY OFF
	replySkip bool // the reply of the running command is dropped
	skipNext  bool // CLIENT REPLY SKIP was called: the next one is

	monitor  bool
	track    tracking.State
	faults   *faults   // nil for none
	throttle *throttle // nil for none; set by tests
	event    uint64    // that the last command began with, while somebody watches
	resumes  bool      // a pause postponed that command
	multi    multi
	watches  []*watchedKey
	subs     subscriptions
	blocked  *blocked

	// How it ends: closing, then freed, then closed.
	closing bool   // no further command runs
	dropped bool   // what waits to be written is not written any more
	gone    bool   // the peer has closed: what cannot be written now never can
	freed   bool   // it is out of all tables
	closed  bool   // the connection is closed
	why     string // the reason, for the log
}

func newClient(s *Server, local, remote net.Addr) *client {
	c := &client{
		srv: s, id: s.nextID.Add(1), created: s.now(), user: defaultUser,
		addr: addrText(remote, local), laddr: addrText(local, local), unix: local.Network() == "unix",
	}
	c.lastActive = c.created
	c.out.w.Proto = 2
	return c
}

// addrText shows an address as CLIENT LIST does; for a Unix socket that is its
// path with port 0, for both ends.
func addrText(a, local net.Addr) string {
	if local.Network() == "unix" {
		return local.String() + ":0"
	}
	return a.String()
}

// ID returns the id that CLIENT ID answers.
func (c *client) ID() uint64 { return c.id }

// InScript reports whether the running command is being run by a script.
func (c *client) InScript() bool { return c.srv.runningScript() != nil }

// Tracking returns the client's tracking state.
func (c *client) Tracking() *tracking.State { return &c.track }

// Proto returns the RESP version that the client speaks now.
func (c *client) Proto() int {
	if c.out.w.V3() {
		return 3
	}
	return 2
}

// setProto changes the RESP version, at once for messages too.
func (c *client) setProto(n int) {
	c.out.w.Proto = n
	if s := c.srv; s.runs(c) && s.exec != nil {
		s.exec.door.after.Proto = n
	}
}

// Subscribed reports whether the client has any Pub/Sub subscription.
func (c *client) Subscribed() bool { return c.subs.count() > 0 }

// stream returns the writer for a message that is not part of the reply of the running
// command. While a command of this very client runs, the message waits behind the
// reply, so that a push never splits it.
func (c *client) stream() *resp.Writer {
	s := c.srv
	if c.closing {
		s.unwanted = resp.Writer{Buf: s.unwanted.Buf[:0], Proto: c.out.w.Proto}
		return &s.unwanted // as in Redis, nothing follows the last reply
	}
	s.markDirty(c)
	for _, x := range [...]*execution{s.exec, s.beside} {
		if x != nil && x.caller == c && x.begun {
			return &x.door.after
		}
	}
	return &c.out.w
}
