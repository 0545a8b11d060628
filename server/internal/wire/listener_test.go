package wire

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/redcon"
)

// failing is a listener that has errors to return.
type failing struct {
	net.Listener
	errs     []error
	accepted atomic.Int64
}

func (f *failing) Accept() (net.Conn, error) {
	f.accepted.Add(1)
	if len(f.errs) == 0 {
		return f.Listener.Accept()
	}
	err := f.errs[0]
	f.errs = f.errs[1:]
	return nil, err
}

func (f *failing) Close() error { return nil }

func accepting(call string, errno syscall.Errno) error {
	return &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError(call, errno)}
}

func TestAcceptBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &failing{}
		for range 12 {
			f.errs = append(f.errs, accepting("accept4", syscall.EMFILE))
		}
		f.errs = append(f.errs, net.ErrClosed)
		begin := time.Now()
		_, err := Listen(f, nil).Accept()
		require.ErrorIs(t, err, net.ErrClosed)
		// 5 + 10 + ... + 640 ms, then 1 s each.
		require.Equal(t, 1275*time.Millisecond+4*time.Second, time.Since(begin))
	})
}

func TestAcceptClosedWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := Listen(&failing{errs: []error{accepting("accept4", syscall.ENOBUFS)}}, nil)
		done := start(func() error { _, err := l.Accept(); return err })
		synctest.Wait()
		require.NoError(t, l.Close())
		require.NoError(t, l.Close())
		require.ErrorIs(t, <-done, net.ErrClosed)
	})
}

func TestAcceptGivesUp(t *testing.T) {
	broken := errors.New("broken")
	for _, err := range []error{broken, io.EOF, accepting("accept4", syscall.EBADF)} {
		f := &failing{errs: []error{err}}
		_, got := Listen(f, nil).Accept()
		require.ErrorIs(t, got, err)
		require.ErrorIs(t, got, net.ErrClosed)
		require.EqualValues(t, 1, f.accepted.Load())
	}
}

// TestServer puts guarded connections under a redcon server, which adds errors
// of its own and empty writes.
func TestServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan error, 1)
	guarded := Listen(&failing{Listener: l, errs: []error{accepting("accept4", syscall.ECONNABORTED)}}, func(nc net.Conn) *Conn {
		h := &hooks{maxBulk: 512 << 20}
		c := NewConn(nc, h)
		h.close = func() error {
			io.WriteString(c, "-ERR Protocol error: "+h.violations[0]+"\r\n")
			return c.Close()
		}
		return c
	})
	go func() {
		ended <- redcon.Serve(guarded, func(conn redcon.Conn, cmd redcon.Command) {
			conn.WriteBulk(cmd.Args[len(cmd.Args)-1])
		}, nil, nil)
	}()
	for _, tt := range []struct{ in, want string }{
		{ping + "*1\r\n$9223372036854775800\r\n", bulk("PING") + "-ERR Protocol error: invalid bulk length\r\n"},
		{echo("a") + "*9000000000000000000\r\n" + ping, bulk("a") + "-ERR Protocol error: invalid multibulk length\r\n"},
		{"\r\n" + ping + "ECHO 'x y'\nECHO 'z\n", bulk("PING") + bulk("x y") + "-ERR Protocol error: unbalanced quotes in request\r\n"},
	} {
		c, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		_, err = io.WriteString(c, tt.in)
		require.NoError(t, err)
		got, err := io.ReadAll(c)
		require.NoError(t, err)
		require.Equal(t, tt.want, string(got))
		c.Close()
	}
	l.Close()
	require.NoError(t, <-ended)
}
