package server

import (
	"net"
	"sync/atomic"
	"time"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/wire"
	"github.com/tattle-server/tattle/tracking"
)

// client is one connection.
type client struct {
	// Fixed at the start.
	srv     *Server
	id      uint64
	conn    *wire.Conn // what redcon reads from
	addr    string
	laddr   string
	unix    bool
	created time.Time

	// Owned by the connection's goroutine.
	first    [][]byte     // the first command of the batch; the others stand in conn
	taken    int          // the bytes of that, then of the command that runs
	turn     chan verdict // see loop.go
	job      job
	detached bool // from redcon
	// pipelined tells that the last batch was more than one command.
	pipelined bool

	// noIdle and authed mirror loop state for the connection's reader: it must not
	// time out, and may send large commands.
	noIdle, authed atomic.Bool
	throttle       atomic.Pointer[throttle] // set by tests

	// out is the stream of replies and pushes; see output.go.
	out output

	// All below is owned by the loop.

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

	monitor bool
	track   tracking.State
	faults  *faults // nil for none
	event   uint64  // that the last command began with, while somebody watches
	resumes bool    // that command was held by a pause
	multi   multi
	watches []*watch
	subs    subscriptions
	blocked *blocked

	// held are pushes that came while a command of this client ran; they go
	// behind its reply.
	held resp.Writer

	closing bool   // no further command runs
	freed   bool   // it is out of all tables
	why     string // the reason it was closed, for the log
}

// verdict is what a client's goroutine hears of the batch that it handed in.
type verdict uint8

const (
	ran    verdict = iota
	parked         // blocked or paused: wait for wire.Conn.Interrupt, then read on
	ended          // the client is closing: the rest of the batch is dropped
	lead           // nothing ran yet: run the next cycle yourself
)

func newClient(s *Server, conn *wire.Conn) *client {
	c := &client{
		srv: s, id: s.nextID.Add(1), conn: conn, created: s.now(), turn: make(chan verdict, 1),
		addr: addrText(conn.RemoteAddr(), conn.LocalAddr()), laddr: addrText(conn.LocalAddr(), conn.LocalAddr()),
		unix: conn.LocalAddr().Network() == "unix",
	}
	c.lastActive = c.created
	c.out.init(c)
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
func (c *client) InScript() bool { return c.srv.script.active }

// Tracking returns the client's tracking state.
func (c *client) Tracking() *tracking.State { return &c.track }

// Proto returns the RESP version that the client speaks now.
func (c *client) Proto() int {
	if c.out.w.V3() {
		return 3
	}
	return 2
}

func (c *client) setProto(n int) { c.out.w.Proto, c.held.Proto = n, n }

// Subscribed reports whether the client has any Pub/Sub subscription.
func (c *client) Subscribed() bool { return c.subs.count() > 0 }

// stream returns the writer for a message that is not part of the reply of the
// running command. While a command of this very client runs the message waits
// behind the reply, so that a push never splits it.
func (c *client) stream() *resp.Writer {
	c.srv.markDirty(c)
	if c == c.srv.running && c.srv.executing {
		return &c.held
	}
	return &c.out.w
}

// closeNow ends a connection without writing what waits for it, as CLIENT KILL
// and a full output do. Called in a cycle; the client leaves the tables at the
// cycle's end.
func (c *client) closeNow(why string) {
	if !c.closing || !c.out.kill {
		c.closing, c.out.kill, c.why = true, true, why
		c.srv.markDirty(c)
		c.srv.toFree = append(c.srv.toFree, c)
	}
}

// closeAfterReply ends a connection when all that waits for it is written, as
// QUIT and protocol errors do.
func (c *client) closeAfterReply(why string) {
	if !c.closing {
		c.closing, c.why = true, why
		c.srv.markDirty(c)
		c.srv.toFree = append(c.srv.toFree, c)
	}
}

func (c *client) setAuthenticated(yes bool) {
	c.authenticated = yes
	c.authed.Store(yes)
}
