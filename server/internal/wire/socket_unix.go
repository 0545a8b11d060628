//go:build unix

package wire

import (
	"io"
	"net"
	"os"
	"syscall"
)

// socket reads from and writes to a plain socket, which never blocks: the runtime
// waits for it to be ready.
type socket struct {
	conn syscall.RawConn

	in       []byte
	read     int
	readErr  error
	tryRead  func(fd uintptr) bool
	out      []byte
	written  int
	tryWrite func(fd uintptr) bool
}

// newSocket returns nil where the connection is no plain socket (TLS, memory).
func newSocket(c net.Conn) *socket {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	s := &socket{conn: raw}
	s.tryRead, s.tryWrite = s.readOnce, s.writeOnce
	return s
}

func (s *socket) readOnce(fd uintptr) (done bool) {
	s.read, s.readErr = readFrom(int(fd), s.in)
	return s.readErr != syscall.EAGAIN
}

func (s *socket) writeOnce(fd uintptr) (done bool) {
	if n, err := writeTo(int(fd), s.out); err == nil {
		s.written = n
	}
	return true // whatever came of it: never wait
}

// Read reads as a net.Conn does.
func (s *socket) Read(p []byte) (int, error) {
	s.in, s.read, s.readErr = p, 0, nil
	err := s.conn.Read(s.tryRead)
	s.in = nil
	switch {
	case err != nil:
		return 0, err
	case s.readErr != nil:
		return 0, os.NewSyscallError("read", s.readErr)
	case s.read == 0:
		return 0, io.EOF
	}
	return s.read, nil
}

// Write writes as much of b as the socket takes at once. Errors are left to the
// next write that waits.
func (s *socket) Write(b []byte) int {
	s.out, s.written = b, 0
	if s.conn.Write(s.tryWrite) != nil {
		s.written = 0
	}
	s.out = nil
	return s.written
}

// Serve waits for commands and calls run with the first of what has come, and with
// its size; run takes the others with Next. It returns when it is Read's turn: for
// what is not in good order, or not whole; for the end of the connection and of
// a client's silence; when run says to stop; and at once where the connection is no
// plain socket.
//
// So commands in good order are spared the way through redcon. All of Serve is one
// wait of the runtime for the socket: run must not close the connection, nor wait for
// somebody who does.
func (c *Conn) Serve(run func(words [][]byte, size int) (more bool)) {
	if c.socket == nil || c.err != nil || c.Unread() > 0 || c.prepare(reading, false) != nil {
		return
	}
	c.release()
	var words [][]byte
	c.socket.conn.Read(func(fd uintptr) (done bool) {
		for first := true; ; first = false {
			if c.buf == nil {
				c.buf = takeBuffer()
			}
			n, err := readFrom(int(fd), c.buf[:cap(c.buf)])
			if n == 0 {
				c.release() // an idle connection has none
				if !first && c.hooks.IdleTimeout() > 0 {
					c.prepare(reading, false)
				}
				return err != syscall.EAGAIN
			}
			c.buf = c.buf[:n]
			c.touch()
			c.hooks.BytesRead(n)
			if !first {
				Yield() // others come before the second of one
			}
			var size int
			if words, size = c.Next(words[:0]); size == 0 {
				return true
			}
			more := run(words, size)
			clear(words)
			if !more || c.Unread() > 0 {
				return true
			}
			c.buf, c.r, c.s = c.buf[:0], 0, 0
		}
	})
}
