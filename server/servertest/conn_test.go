package servertest

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// scripted returns the address of a server that replies to the first byte it receives with
// answer, and then closes the connection.
func scripted(t *testing.T, answer string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		defer nc.Close()
		io.ReadFull(nc, make([]byte, 1))
		io.WriteString(nc, answer)
		nc.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, nc)
	}()
	return l.Addr().String()
}

// failure runs a test function and returns the message with which it failed, or "".
func failure(f func(t TB)) string {
	t := &recorder{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(t)
	}()
	<-done
	for _, f := range t.cleanups {
		f()
	}
	return t.failed
}

// recorder is a test that may fail.
type recorder struct {
	failed   string
	cleanups []func()
}

func (r *recorder) Helper()             {}
func (r *recorder) Name() string        { return "recorder" }
func (r *recorder) Logf(string, ...any) {}
func (r *recorder) Cleanup(f func())    { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(format string, args ...any) {
	r.failed = fmt.Sprintf(format, args...)
}
func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func TestDo(t *testing.T) {
	c := Dial(t, scripted(t, ">1\r\n+hey\r\n:1\r\n-ERR no\r\n"))
	require.Equal(t, resp.Push{"hey"}, c.Do("PING"))
	require.Equal(t, int64(1), c.Read())
	require.Equal(t, resp.Error("ERR no"), c.Read())
	require.Empty(t, c.Closed())
}

func TestReadAll(t *testing.T) {
	c := Dial(t, scripted(t, "+OK\r\nwhat is left"))
	require.Equal(t, "OK", c.Do("PING"))
	require.Equal(t, "what is left", c.ReadAll())
}

func TestFailures(t *testing.T) {
	for _, tt := range []struct {
		answer, want string
		act          func(c *Conn)
	}{
		{"$7\r\nquiet-1\r\n", "", (*Conn).Quiet},
		{"*2\r\n$4\r\npong\r\n$7\r\nquiet-1\r\n", "", (*Conn).Quiet},
		{">1\r\n+hey\r\n$7\r\nquiet-1\r\n", `servertest: expected nothing, got resp.Push{"hey"}`, (*Conn).Quiet},
		{"+hey\r\n", `servertest: expected a push after "A b", got "hey"`, func(c *Conn) { c.Send("A", "b"); c.ReadPush() }},
		{"", `servertest: waiting for a value after "A b": EOF`, func(c *Conn) { c.Do("A", "b") }},
		{"-ERR no\r\n", "servertest: HELLO 3 was refused", (*Conn).Hello3},
	} {
		addr := scripted(t, tt.answer)
		require.Equal(t, tt.want, failure(func(t TB) { tt.act(Dial(t, addr)) }))
	}
}
