package servertest

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/tattle-server/tattle/resp"
)

// TB is the part of testing.T and testing.B that servertest needs.
type TB interface {
	Helper()
	Name() string
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Conn is a connection for tests that check every value they receive: replies and pushes,
// in order.
type Conn struct {
	t     TB
	conn  net.Conn
	r     *resp.Reader
	early []resp.Push // that DoReply has passed over
	sent  string      // the last command, for messages
	seq   int
}

// readTimeout is how long a Conn waits for a value. It only ends tests that would hang.
const readTimeout = 10 * time.Second

// Dial connects to an address; a path with a slash is a Unix socket. The
// connection is closed with the test.
func Dial(t TB, addr string) *Conn {
	t.Helper()
	network := "tcp"
	if strings.Contains(addr, "/") {
		network = "unix"
	}
	nc, err := net.Dial(network, addr)
	if err != nil {
		t.Fatalf("servertest: connecting to %s: %v", addr, err)
	}
	return newConn(t, nc)
}

// DialTLS is Dial for an address that speaks TLS.
func DialTLS(t TB, addr string, c *tls.Config) *Conn {
	t.Helper()
	nc, err := tls.Dial("tcp", addr, c)
	if err != nil {
		t.Fatalf("servertest: connecting to %s: %v", addr, err)
	}
	return newConn(t, nc)
}

func newConn(t TB, nc net.Conn) *Conn {
	t.Helper()
	t.Cleanup(func() { nc.Close() })
	return &Conn{t: t, conn: nc, r: resp.NewReader(nc)}
}

// Do sends a command and returns the next value that arrives, whatever it is: a push that
// is already on its way comes first; see [Conn.DoReply]. Package resp has the types of values.
func (c *Conn) Do(args ...any) any {
	c.t.Helper()
	c.Send(args...)
	return c.Read()
}

// DoReply sends a command and returns its reply. Pushes that arrive before it stay for Read
// and ReadPush. On a connection that has replies to come, those must be read first.
func (c *Conn) DoReply(args ...any) any {
	c.t.Helper()
	c.Send(args...)
	early := c.early
	c.early = nil
	for {
		v := c.Read()
		push, ok := v.(resp.Push)
		if !ok {
			c.early = early
			return v
		}
		early = append(early, push)
	}
}

// Send sends a command and reads nothing.
func (c *Conn) Send(args ...any) {
	c.t.Helper()
	if len(args) == 0 {
		c.t.Fatalf("servertest: there is no command; say at least its name")
	}
	c.sent = strings.TrimSuffix(fmt.Sprintln(args...), "\n")
	c.WriteRaw(string(resp.AppendCommand(nil, args...)))
}

// WriteRaw sends bytes as they are.
func (c *Conn) WriteRaw(s string) {
	c.t.Helper()
	c.conn.SetWriteDeadline(time.Now().Add(readTimeout))
	if _, err := c.conn.Write([]byte(s)); err != nil {
		c.t.Fatalf("servertest: sending (last command %.100q): %v", c.sent, err)
	}
}

// Read returns the next value that arrives.
func (c *Conn) Read() any {
	c.t.Helper()
	v, err := c.TryRead()
	if err != nil {
		c.t.Fatalf("servertest: waiting for a value after %.100q: %v", c.sent, err)
	}
	return v
}

// TryRead is Read for tests that expect the connection to end.
func (c *Conn) TryRead() (any, error) {
	if len(c.early) > 0 {
		v := c.early[0]
		c.early = c.early[1:]
		return v, nil
	}
	c.conn.SetReadDeadline(time.Now().Add(readTimeout))
	return c.r.Read()
}

// ReadPush returns the next value, which must be a push.
func (c *Conn) ReadPush() resp.Push {
	c.t.Helper()
	v := c.Read()
	p, ok := v.(resp.Push)
	if !ok {
		c.t.Fatalf("servertest: expected a push after %.100q, got %#v", c.sent, v)
	}
	return p
}

// Quiet fails the test if anything arrives before the reply to a PING that it sends, or
// has arrived already. Everything that earlier cycles have caused is queued before that
// reply, so afterwards nothing is pending.
func (c *Conn) Quiet() {
	c.t.Helper()
	if len(c.early) > 0 {
		c.t.Fatalf("servertest: expected nothing, got %#v", c.early[0])
	}
	c.seq++
	mark := fmt.Sprintf("quiet-%d", c.seq)
	c.Send("PING", mark)
	got := c.Read()
	if pong, ok := got.([]any); ok && len(pong) == 2 && pong[1] == mark {
		return // a subscriber on RESP2
	}
	if got != mark {
		c.t.Fatalf("servertest: expected nothing, got %#v", got)
	}
}

// Closed fails the test unless the server closes the connection. It returns the values
// that arrived before that.
func (c *Conn) Closed() []any {
	c.t.Helper()
	var values []any
	for {
		v, err := c.TryRead()
		if err == nil {
			values = append(values, v)
			continue
		}
		if ne, ok := err.(net.Error); ok && ne.Timeout() {
			c.t.Fatalf("servertest: the connection stays open after %.100q", c.sent)
		}
		return values
	}
}

// Hello3 switches the connection to RESP3.
func (c *Conn) Hello3() {
	c.t.Helper()
	if _, ok := c.Do("HELLO", "3").(resp.Map); !ok {
		c.t.Fatalf("servertest: HELLO 3 was refused")
	}
}

// ID asks for the client id of the connection.
func (c *Conn) ID() int64 {
	c.t.Helper()
	id, _ := c.DoReply("CLIENT", "ID").(int64)
	return id
}

// Client returns the server's side of the connection. It asks the server, and sends nothing.
func (c *Conn) Client(s *Server) Client {
	c.t.Helper()
	local := c.conn.LocalAddr().String()
	var found Client
	s.Eventually(c.t, "the server to have accepted the connection from "+local, func() bool {
		for _, client := range s.Clients() {
			if client.Addr == local {
				found = client
			}
		}
		return found.ID != 0
	})
	return found
}

// Close closes the connection.
func (c *Conn) Close() {
	c.t.Helper()
	c.conn.Close()
}

// NetConn returns the underlying connection.
func (c *Conn) NetConn() net.Conn { return c.conn }

// ReadAll returns all bytes until the server closes the connection.
func (c *Conn) ReadAll() string {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(readTimeout))
	b, err := io.ReadAll(c.r.Raw())
	if ne, ok := err.(net.Error); ok && ne.Timeout() {
		c.t.Fatalf("servertest: the connection stays open after %.100q", c.sent)
	}
	return string(b)
}
