//go:build unix

package wire

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/redcon"
)

// tcpPipe returns a guarded socket and the client's end.
func tcpPipe(t *testing.T, h *hooks) (c *Conn, client *net.TCPConn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	dialed, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	accepted, err := l.Accept()
	require.NoError(t, err)
	c = NewConn(accepted, h)
	h.close = func() error { go c.Close(); return nil }
	if h.maxBulk == 0 {
		h.maxBulk = 512 << 20
	}
	t.Cleanup(func() { c.Close(); dialed.Close() })
	return c, dialed.(*net.TCPConn)
}

// attend serves a connection to its end as the server does, and tells how many
// commands came by Serve.
func attend(c *Conn, h *hooks) (o outcome, served int) {
	take := func(words [][]byte, size int) {
		for size > 0 {
			o.commands = append(o.commands, show(words))
			words, size = c.Next(words[:0])
		}
	}
	for {
		c.Serve(func(words [][]byte, size int) bool {
			before := len(o.commands)
			take(words, size)
			served += len(o.commands) - before
			return true
		})
		cmd, err := redcon.NewReader(c).ReadCommand()
		if err != nil {
			o.err = err
			break
		}
		take(cmd.Args, len(cmd.Raw))
	}
	if len(h.violations) > 0 {
		o.violation = h.violations[0]
	}
	return o, served
}

// TestServe holds that commands are the same whichever way they come.
func TestServe(t *testing.T) {
	for _, tt := range cases {
		for name, chunk := range chunkings(4) {
			if name == "bytes" && len(tt.in) > 100 {
				continue
			}
			h := &hooks{}
			c, client := tcpPipe(t, h)
			go func() {
				for in := tt.in; len(in) > 0; {
					n := min(chunk(), len(in))
					io.WriteString(client, in[:n])
					in = in[n:]
				}
				client.CloseWrite()
				io.Copy(io.Discard, client)
			}()
			o, _ := attend(c, h)
			require.Equal(t, tt.commands, strings.Join(o.commands, "; "), "%s: %.200q", name, tt.in)
			require.Equal(t, tt.violation, o.violation, "%s: %.200q", name, tt.in)
		}
	}
}

// TestServeSparesTheParser has commands come one at a time, answered each.
func TestServeSparesTheParser(t *testing.T) {
	h := &hooks{}
	c, client := tcpPipe(t, h)
	const n = 100
	go func() {
		defer client.CloseWrite()
		reply := make([]byte, 1)
		for range n {
			io.WriteString(client, echo("x")+ping)
			io.ReadFull(client, reply)
		}
	}()
	commands := 0
	c.Serve(func(words [][]byte, size int) bool {
		for ; size > 0; words, size = c.Next(words[:0]) {
			commands++
		}
		return c.TryWrite([]byte{'+'}) == 1
	})
	require.Equal(t, 2*n, commands)
	_, err := c.Read(make([]byte, 100))
	require.Equal(t, io.EOF, err)
}

// TestServeDoesNotAllocate: a command that comes and goes leaves nothing behind.
func TestServeDoesNotAllocate(t *testing.T) {
	h := &hooks{}
	c, client := tcpPipe(t, h)
	request, reply, answer := []byte(echo("x")), make([]byte, 1), []byte{'+'}
	go func() {
		c.Serve(func(words [][]byte, size int) bool { return c.TryWrite(answer) == 1 })
	}()
	require.Zero(t, testing.AllocsPerRun(1000, func() {
		client.Write(request)
		io.ReadFull(client, reply)
	}))
}

func TestServeIdle(t *testing.T) {
	h := &hooks{}
	h.idle.Store(int64(30 * time.Millisecond))
	c, client := tcpPipe(t, h)
	io.WriteString(client, ping)
	o, served := attend(c, h)
	require.Equal(t, ErrIdle, o.err)
	require.Equal(t, 1, served)
}

// TestServeIdleChanged sets a timeout while Serve waits without one.
func TestServeIdleChanged(t *testing.T) {
	h := &hooks{}
	c, client := tcpPipe(t, h)
	ran := make(chan struct{})
	go func() {
		<-ran
		h.idle.Store(int64(time.Millisecond))
		c.IdleChanged()
	}()
	io.WriteString(client, ping)
	c.Serve(func([][]byte, int) bool { close(ran); return true })
	_, err := c.Read(make([]byte, 100))
	require.True(t, errors.Is(err, ErrIdle), "%v", err)
}

func TestServeClosed(t *testing.T) {
	c, _ := tcpPipe(t, &hooks{})
	done := start(func() error { c.Serve(func([][]byte, int) bool { return true }); return nil })
	c.Close()
	<-done
	_, err := c.Read(make([]byte, 100))
	require.True(t, errors.Is(err, net.ErrClosed), "%v", err)
}
