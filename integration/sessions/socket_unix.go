//go:build unix

package sessions

import (
	"io"
	"net"
	"syscall"
)

// readNow reads what has arrived on a connection, without waiting: 0 bytes and no error if
// nothing has.
func readNow(c *net.TCPConn, b []byte) (n int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	bad := raw.Read(func(fd uintptr) bool {
		n, err = syscall.Read(int(fd), b)
		return true
	})
	switch {
	case bad != nil:
		return 0, bad
	case err == syscall.EAGAIN || err == syscall.EINTR:
		return 0, nil
	case err == nil && n == 0:
		return 0, io.EOF
	}
	return max(n, 0), err
}
