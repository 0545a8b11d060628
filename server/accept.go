package server

import (
	"net"
	"runtime"
	"time"

	"github.com/tidwall/redcon"

	"github.com/tattle-server/tattle/server/internal/wire"
)

// door is what the guard asks of the server about one connection. It is called
// by the connection's goroutine, outside of cycles.
type door struct{ c *client }

func (d *door) Authenticated() bool { return d.c.authed.Load() }

func (d *door) MaxBulk() int64 { return d.c.srv.maxBulk.Load() }

func (d *door) IdleTimeout() time.Duration {
	if d.c.noIdle.Load() {
		return 0
	}
	return time.Duration(d.c.srv.idleTimeout.Load())
}

func (d *door) BytesRead(n int) { d.c.srv.netIn.Add(int64(n)) }

// Violation answers a protocol error. All whole commands before it have run.
func (d *door) Violation(text string) {
	s := d.c.srv
	s.do(func() {
		if d.c.closing {
			return
		}
		s.markDirty(d.c)
		s.countError("ERR")
		d.c.out.w.ErrorText("ERR Protocol error: " + text)
		d.c.closeAfterReply("protocol error")
	})
}

// The refusals at the door.
const (
	errMaxClients = "-ERR max number of clients reached\r\n"
	errProtected  = "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. " +
		"In this mode connections are only accepted from the loopback interface. " +
		"If you want to connect from external computers, set a password (requirepass) or start the server with --protected-mode no.\r\n"
)

// accept lets a connection in, or not. redcon calls it before it reads.
func (s *Server) accept(conn redcon.Conn) bool {
	c := conn.NetConn().(*wire.Conn).Hooks().(*door).c
	conn.SetContext(c)
	refusal := ""
	s.doBeside(func() { refusal = s.letIn(c) })
	if refusal != "" {
		conn.NetConn().SetWriteDeadline(time.Now().Add(time.Second))
		conn.NetConn().Write([]byte(refusal))
		return false
	}
	s.conns.Add(1)
	s.mu.Lock()
	s.open[c] = struct{}{}
	s.mu.Unlock()
	return true
}

func (s *Server) letIn(c *client) (refusal string) {
	switch {
	case s.closed:
		return "-ERR server is shutting down\r\n"
	case s.cfg.ProtectedMode && s.cfg.RequirePass == "" && !isLocal(c.conn.RemoteAddr()):
		s.stats.rejectedConns++
		return errProtected
	case int64(len(s.clients)) >= s.cfg.MaxClients:
		s.stats.rejectedConns++
		return errMaxClients
	}
	s.stats.connections++
	c.db, c.user = s.ks.DB(0), defaultUser
	c.setAuthenticated(s.cfg.RequirePass == "")
	s.clients[c.id] = c
	return ""
}

// local reports whether a client is on this machine, or inside this process.
func (c *client) local() bool { return c.conn == nil || isLocal(c.conn.RemoteAddr()) }

// isLocal reports whether a peer is on this machine.
func isLocal(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return !ok || tcp.IP.IsLoopback()
}

// handle takes a connection over from redcon, which calls it with the first command.
// redcon would keep 8 KiB of buffers for it, which are most of what a connection
// costs that does nothing.
func (s *Server) handle(conn redcon.Conn, cmd redcon.Command) {
	c := conn.Context().(*client)
	c.detached = true
	conn.Detach()
	go s.attend(c, cmd)
}

// attend serves a connection to its end. As long as commands are in good order the
// guard gives them; what is out of the ordinary, and all where the connection is no
// plain socket, redcon's parser reads.
func (s *Server) attend(c *client, cmd redcon.Command) {
	defer s.leave(c)
	defer c.conn.Close()
	var err error
	for parser := (*redcon.Reader)(nil); err == nil; cmd, err = parser.ReadCommand() {
		v := s.serveBatch(c, cmd.Args, len(cmd.Raw))
		if v == ran {
			c.conn.Serve(func(words [][]byte, size int) bool {
				v = s.serveBatch(c, words, size)
				return v == ran
			})
		}
		if v == parked {
			c.conn.Watch() // the parser reads next, and finds the connection closed if it is
		}
		if parser == nil || c.conn.Plain() {
			parser = redcon.NewReader(c.conn) // what it has read it has returned
		}
	}
}

// serveBatch runs a batch that begins with a command of the given size in bytes.
//
// The replies to a pipeline are not written at once: others that are ready run their
// batches first, and then all write, as Redis does at the end of its loop. A peer that
// waits for its replies is woken by the first write, which is dear, and awake for the
// next; else it would be asleep again before each.
func (s *Server) serveBatch(c *client, first [][]byte, size int) verdict {
	c.first, c.taken = first, size
	if t := c.throttle.Load(); t != nil {
		t.wait(s.ending)
	}
	c.job = job{c: c, turn: c.turn, others: c.job.others[:0]}
	v := s.submit(&c.job)
	if len(c.job.others) <= fewOthers {
		c.job.deliver()
	}
	if c.pipelined {
		runtime.Gosched()
	}
	c.out.flush()
	c.job.deliver()
	return v
}

// gone hears from redcon of a connection that ended, or was taken over.
func (s *Server) gone(conn redcon.Conn, _ error) {
	if c, ok := conn.Context().(*client); ok && !c.detached {
		s.leave(c)
	}
}

// leave takes a client out of all tables, when its connection has ended.
func (s *Server) leave(c *client) {
	s.doBeside(func() { s.free(c) })
	s.mu.Lock()
	delete(s.open, c)
	s.mu.Unlock()
	s.conns.Done()
}

// free takes a client out of all tables. It may be called again.
func (s *Server) free(c *client) {
	if c.freed {
		return
	}
	c.freed, c.closing = true, true
	if c.blocked != nil {
		s.unblock(c)
	}
	c.unthrottle()
	s.discard(c)
	s.unsubscribeAll(c)
	s.unmonitor(c)
	s.tracker.Disable(c)
	delete(s.softOver, c)
	delete(s.clients, c.id)
	s.log.Verbosef("Client id=%d addr=%s closed: %s", c.id, c.addr, c.reason())
}

func (c *client) reason() string {
	if c.why == "" {
		return "connection ended"
	}
	return c.why
}
