//go:build unix

package server

import (
	"net"
	"syscall"
)

// rawWriter writes to a socket without waiting for it.
type rawWriter struct {
	conn syscall.RawConn
	b    []byte
	n    int
	try  func(fd uintptr) bool
}

// newRawWriter returns nil where the connection is no plain socket (TLS, memory).
func newRawWriter(c net.Conn) *rawWriter {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	w := &rawWriter{conn: raw}
	w.try = w.once
	return w
}

func (w *rawWriter) once(fd uintptr) bool {
	n, err := syscall.Write(int(fd), w.b)
	if err == nil {
		w.n = n
	}
	return true // whatever came of it: never wait
}

// write writes as much of b as the socket takes at once. Errors are left to the
// next write that waits. Only the holder of the right to write may call it.
func (w *rawWriter) write(b []byte) int {
	w.b, w.n = b, 0
	if w.conn.Write(w.try) != nil {
		w.n = 0
	}
	w.b = nil
	return w.n
}
