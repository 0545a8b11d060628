package server

import (
	"net"
	"time"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/acl"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/loop"
	"github.com/tattle-server/tattle/server/internal/wire"
	"github.com/tattle-server/tattle/tracking"
)

// client is one connection. It belongs to the cycle, but for what the loop keeps in it.
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

	// in is what has come and has not run. out is the stream of replies and pushes.
	in     wire.Input
	out    output
	size   int  // bytes of the running command
	capped bool // it has sent more commands than run in a cycle
	steps  bool // it waits to be stepped, with a manual loop
	met    bool // it has sent a command that is not of the handshake

	db         *keyspace.DB
	name       string
	libName    string
	libVer     string
	user       *acl.User
	lastCmd    *command.Row
	lastActive time.Time

	authenticated bool
	noEvict       bool
	noTouch       bool

	replyOff  bool // CLIENT REPLY OFF
	replySkip bool // the reply of the running command is dropped
	skipNext  bool // the reply of the next command is dropped: CLIENT REPLY SKIP was called

	monitor   bool
	postponed bool      // a pause has postponed the last command
	pending   [][]byte  // a command that was postponed, from the end of the pause until it has run
	event     uint64    // the number that the last command began with, if there are watchers
	refusal   error     // of the hook, for the command that runs
	faults    *faults   // nil for none
	throttle  *throttle // nil for none; set by tests

	track   tracking.State
	multi   multi
	watches []*topic // the keys
	subs    subscriptions
	blocked *blocked

	weight  int // what it takes of Server.weight
	phase   phase
	dropped bool   // what is queued is not written any more
	gone    bool   // the peer has closed: what cannot be written now never can
	why     string // the reason for its end, for the log
}

// phase says how far a client is from its end.
type phase uint8

const (
	open    phase = iota
	closing       // no further command runs
	freed         // it is only in the list of clients; the connection is closed when all is written
	closed        // the connection is closed
)

func newClient(s *Server, local, remote net.Addr) *client {
	c := &client{
		srv: s, id: s.nextID.Add(1), created: s.now(),
		addr: addrText(remote, local), laddr: addrText(local, local), unix: local.Network() == "unix",
	}
	c.lastActive = c.created
	c.out.w.Proto = 2
	return c
}

// addrText shows an address as CLIENT LIST does. Both ends of a Unix socket have its path
// and port 0.
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

// setProto changes the RESP version, for replies and messages at once.
func (c *client) setProto(n int) {
	c.out.w.Proto = n
	if s := c.srv; s.runs(c) && s.exec != nil {
		s.exec.door.after.Proto = n
	}
}

// Subscribed reports whether the client has any Pub/Sub subscription.
func (c *client) Subscribed() bool { return c.subs.count() > 0 }

// stream returns the writer for a message, which is followed by [client.told]. While a command
// of this very client runs, the message goes behind the reply, so that a push never splits a
// reply.
func (c *client) stream() *resp.Writer {
	s := c.srv
	if c.phase >= closing {
		s.unwanted = resp.Writer{Proto: c.out.w.Proto, Max: -1}
		return &s.unwanted // nothing follows the last reply, as in Redis
	}
	s.markDirty(c)
	if door := s.follows(c); door != nil {
		door.after.Max = c.bounded().Max
		return &door.after
	}
	return c.bounded()
}

// follows returns the command of the client that runs or was put aside, after whose reply a
// message to the client comes, or nil.
func (s *Server) follows(c *client) *execution {
	for _, x := range [...]*execution{s.exec, s.beside} {
		if x != nil && x.caller == c && x.begun {
			return x.door
		}
	}
	return nil
}

// told ends a message.
func (c *client) told() { c.srv.checkLimit(c) }
