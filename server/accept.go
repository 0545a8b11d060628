package server

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/tattle-server/tattle/server/internal/memconn"
	"github.com/tattle-server/tattle/server/internal/wire"
)

// This file accepts connections and ends them.

// The refusals at the door.
const (
	errMaxClients = "-ERR max number of clients reached\r\n"
	errProtected  = "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. " +
		"In this mode connections are only accepted from the loopback interface. " +
		"If you want to connect from external computers, set a password (requirepass) or start the server with --protected-mode no.\r\n"
)

// take takes over a connection that a listener has accepted. It does not wait.
func (s *Server) take(nc net.Conn, t *tls.Config) {
	s.keepAlive(nc)
	if t != nil {
		s.handshakes.Go(func() { s.takeTLS(nc, t) })
		return
	}
	c := newClient(s, nc.LocalAddr(), nc.RemoteAddr())
	if sock, err := wire.Take(nc); err == nil {
		c.conn = sock
	} else {
		c.conn = s.newStream(c, nc)
	}
	s.post(func() { s.letIn(c) })
}

// takeTLS waits for the peer's handshake.
func (s *Server) takeTLS(nc net.Conn, t *tls.Config) {
	if !s.expect(nc) {
		nc.Close() // without a refusal, as in Redis: nothing can be said before the handshake
		s.post(func() { s.stats.rejectedConns++ })
		return
	}
	conn, plain, err := wire.Handshake(nc, t)
	s.unexpect(nc)
	if err != nil {
		s.log.Verbosef("Error accepting a client connection: %v addr=%s", err, nc.RemoteAddr())
		return
	}
	c := newClient(s, nc.LocalAddr(), nc.RemoteAddr())
	if c.conn = conn; conn == nil {
		c.conn = s.newStream(c, plain)
	}
	s.post(func() { s.letIn(c) })
}

// expect counts a connection that is in its handshake. So the number of connections that
// never finish it is bounded, and Close can end them. It reports whether there is room.
func (s *Server) expect(nc net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shaking == nil || int64(len(s.open)+len(s.shaking)) >= s.maxClients.Load() {
		return false
	}
	s.shaking[nc] = struct{}{}
	return true
}

func (s *Server) unexpect(nc net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.shaking, nc)
}

func (s *Server) newStream(c *client, nc net.Conn) wire.Conn {
	return wire.NewStream(nc, s.streams.Go, func(flags uint8) { s.loop.Ready(c, flags) })
}

// Dial returns the client's end of a new connection in memory. It opens no socket and waits
// only on channels, so that it works inside a bubble of testing/synctest. Close ends it.
func (s *Server) Dial(ctx context.Context) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	conn, end := memconn.Pipe()
	c := newClient(s, end.LocalAddr(), end.RemoteAddr())
	c.conn = end
	end.Notify(func() { s.loop.Ready(c, wire.Readable) }, func() { s.loop.Ready(c, wire.Writable) })
	select {
	case <-s.ending:
		return nil, net.ErrClosed
	default:
	}
	s.post(func() { s.letIn(c) })
	return conn, nil
}

// letIn makes a connection a client, or answers why not.
func (s *Server) letIn(c *client) {
	if s.closed {
		s.closeConn(c)
		return
	}
	s.mu.Lock()
	s.open[c] = struct{}{}
	n := len(s.open)
	s.mu.Unlock()
	if refusal := s.refuses(c, n); refusal != "" {
		s.stats.rejectedConns++
		c.phase = freed
		c.out.w.Raw([]byte(refusal))
		s.markUnwritten(c)
		return
	}
	s.stats.connections++
	c.db = s.ks.DB(0)
	s.becomeDefault(c)
	s.clients[c.id] = c
	s.weigh(c)
	s.noteConnected(c)
	if err := s.poll(c); err != nil {
		s.kill(c, err.Error())
	}
}

// refuses says why a connection is not let in, or "". n connections are open with it; one
// that does not take its last reply is among them until its connection is closed.
func (s *Server) refuses(c *client, n int) string {
	switch {
	case s.cfg.ProtectedMode && s.access.users.Default.NoPassword && !c.local():
		return errProtected
	case int64(n) > s.cfg.MaxClients:
		return errMaxClients
	}
	return ""
}

// poll lets the connection tell the loop when it is ready. It is called after letIn has let
// the client in, so that nothing runs for one that is refused. Connections in memory tell
// the loop already.
func (s *Server) poll(c *client) error {
	sock := (*wire.Socket)(nil)
	switch conn := c.conn.(type) {
	case *wire.Socket:
		sock = conn
	case *wire.Stream:
		conn.Start()
		return nil
	case *wire.TLS:
		sock = conn.Socket
		s.loop.Ready(c, wire.Readable) // bytes may have come with the end of the handshake
	default:
		return nil
	}
	if s.sockets == nil {
		set, err := wire.NewSockets[*client]()
		if err != nil {
			return err
		}
		s.sockets, s.polled = set, s.loop.Poll(set)
	}
	return s.sockets.Add(sock, c)
}

// local reports whether a client is on this machine.
func (c *client) local() bool {
	if c.conn == nil {
		return true
	}
	tcp, ok := c.conn.RemoteAddr().(*net.TCPAddr)
	return !ok || tcp.IP.IsLoopback()
}

// kill ends a connection and drops what is queued for it. CLIENT KILL and the limits of
// output do so. The client leaves all tables at once, or if one of its commands runs, after
// that.
func (s *Server) kill(c *client, why string) {
	if c.dropped || c.phase == closed {
		return
	}
	c.dropped = true
	if !s.runs(c) { // else what it answers to goes on to be written into
		c.out.discard()
	}
	s.finishConn(c, why)
}

// closeAfterReply ends a connection after what is queued for it has been written. QUIT and
// protocol errors do so.
func (c *client) closeAfterReply(why string) {
	if c.phase == open {
		c.srv.finishConn(c, why)
	}
}

// closeAtCycleEnd is closeAfterReply at the end of the cycle. It is called while tracking
// goes through its tables, which the client must not leave meanwhile.
func (c *client) closeAtCycleEnd(why string) {
	if c.phase == open {
		c.phase, c.why = closing, why
		c.srv.markDirty(c)
		c.srv.toFree = append(c.srv.toFree, c)
	}
}

func (s *Server) finishConn(c *client, why string) {
	if c.phase == open {
		c.phase, c.why = closing, why
	}
	switch {
	case c.phase >= freed:
		s.closeConn(c)
	case s.runs(c):
		s.toFree = append(s.toFree, c)
	default:
		s.free(c)
	}
}

// free takes a client out of all tables but the list of clients. Its connection is closed at
// once if it was killed, or else after what is queued has been written. free may be called
// again.
func (s *Server) free(c *client) {
	if c.phase >= freed {
		return
	}
	c.phase = freed
	s.depart(c)
	s.unthrottle(c)
	s.unstep(c)
	s.leaveLease(c)
	s.discard(c)
	s.unmonitor(c)
	s.tracker.Disable(c)
	c.loseWithheld()
	s.noteClosed(c)
	delete(s.softOver, c)
	s.unweigh(c)
	c.in = wire.Input{}
	s.log.Verbosef("Client id=%d addr=%s closed: %s", c.id, c.addr, c.why)
	if c.dropped {
		s.closeConn(c)
		return
	}
	c.out.stalled = false
	s.markUnwritten(c)
}

// closeConn closes the connection itself.
func (s *Server) closeConn(c *client) {
	if c.phase == closed {
		return
	}
	c.phase = closed
	delete(s.clients, c.id)
	s.clients = fitted(s.clients, &s.clientsRoom)
	c.out.discard()
	if !c.dropped {
		// A socket that is closed with unread bytes sends a reset, which may overtake the
		// last reply.
		scratch := s.takeScratch()
		c.conn.Read(scratch[:cap(scratch)])
		s.scratch = scratch
	}
	c.conn.Close()
	s.mu.Lock()
	delete(s.open, c)
	s.open = fitted(s.open, &s.openRoom)
	s.mu.Unlock()
}

// keepAlive makes the system notice peers that have vanished.
func (s *Server) keepAlive(nc net.Conn) {
	tcp, ok := nc.(*net.TCPConn)
	if !ok {
		return
	}
	period := time.Duration(s.tcpKeepAlive.Load()) * time.Second
	tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: period > 0, Idle: period, Interval: period / 3, Count: 3})
}
