//go:build linux

package bench

import (
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/tattle-server/tattle/resp"
)

// patience bounds every wait for a server, so that a bug ends a run instead of
// hanging it.
const patience = 120 // seconds

// Conn is a connection to a server as a bare descriptor. Until it is added to a
// Loop its calls wait for the socket; from then on the Loop reads it.
type Conn struct {
	fd  int
	r   *resp.Reader
	out []byte // what the socket has not taken yet

	// Heard is called in the Loop with the number of bytes that have come.
	Heard func(n int)

	received int64 // bytes
	pushes   int64 // RESP3 pushes, by '>', which is nowhere else in what the cases read
}

// Dial connects to an IPv4 address.
func Dial(addr string) (*Conn, error) {
	to, err := net.ResolveTCPAddr("tcp4", addr)
	if err != nil {
		return nil, err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("making a socket: %w", err)
	}
	sa := &syscall.SockaddrInet4{Port: to.Port}
	copy(sa.Addr[:], to.IP.To4())
	limit := syscall.Timeval{Sec: patience}
	err = errors.Join(
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1),
		syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &limit),
	)
	if err == nil {
		err = again(func() error { return syscall.Connect(fd, sa) })
	}
	if err != nil {
		syscall.Close(fd)
		return nil, fmt.Errorf("connecting to %s: %w", addr, err)
	}
	c := &Conn{fd: fd}
	c.r = resp.NewReader(c)
	return c, nil
}

// again repeats a system call that a signal interrupted.
func again(call func() error) error {
	for {
		if err := call(); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// Read waits for bytes.
func (c *Conn) Read(b []byte) (n int, err error) {
	err = again(func() (err error) { n, err = syscall.Read(c.fd, b); return err })
	if err == nil && n == 0 {
		err = errClosed
	}
	return max(n, 0), err
}

var errClosed = errors.New("the server closed the connection")

// Write writes all of b.
func (c *Conn) Write(b []byte) (int, error) {
	for done := 0; done < len(b); {
		n, err := syscall.Write(c.fd, b[done:])
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return done, err
		default:
			done += n
		}
	}
	return len(b), nil
}

// Do runs a command and returns its reply; an error reply is an error.
func (c *Conn) Do(args ...string) (any, error) {
	if _, err := c.Write(encode(args)); err != nil {
		return nil, err
	}
	v, err := c.r.Read()
	if err != nil {
		return nil, fmt.Errorf("waiting for the reply to %s: %w", args[0], err)
	}
	if e, ok := v.(resp.Error); ok {
		return nil, fmt.Errorf("%s: %w", args[0], e)
	}
	return v, nil
}

func encode(args []string) []byte {
	words := make([]any, len(args))
	for i, a := range args {
		words[i] = a
	}
	return resp.AppendCommand(nil, words...)
}

// Close closes the descriptor.
func (c *Conn) Close() { syscall.Close(c.fd) }
