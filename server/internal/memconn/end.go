package memconn

import (
	"io"
	"net"
)

// End is the server's end of a connection. Its methods never wait.
type End struct {
	r, w *stream
	addr addr // of the other end
}

// Notify sets what is called when there is something to read, the end included, and
// when there is room again after a Write that did not fit. It must be called before
// the client's end is used.
func (e *End) Notify(readable, writable func()) { e.r.onData, e.w.onRoom = readable, writable }

// Read reads what has come; 0 and no error say that there is nothing now.
func (e *End) Read(p []byte) (int, error) {
	s := e.r
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.broken:
		return 0, net.ErrClosed
	case len(s.buf) > 0:
		n := copy(p, s.buf)
		s.buf = s.buf[n:]
		s.signal()
		if len(s.buf) > 0 {
			return n, nil
		}
		s.buf = nil
		if s.closed {
			return n, io.EOF
		}
		return n, nil
	case s.closed:
		return 0, io.EOF
	}
	return 0, nil
}

// Write writes as much as there is room for.
func (e *End) Write(p []byte) (int, error) {
	s := e.w
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken || s.closed {
		return 0, io.ErrClosedPipe
	}
	n := min(len(p), max(bufferMax-len(s.buf), 0))
	s.full = n < len(p)
	if n > 0 {
		s.buf = append(s.buf, p[:n]...)
		s.signal()
	}
	return n, nil
}

// Flush has nothing to do.
func (e *End) Flush() (bool, error) { return true, nil }

// Close closes the connection: what was written can still be read.
func (e *End) Close() error {
	e.w.close(false)
	e.r.close(true)
	return nil
}

// LocalAddr returns the address of the server's end.
func (e *End) LocalAddr() net.Addr { return addr(0) }

// RemoteAddr returns the address of the client's end.
func (e *End) RemoteAddr() net.Addr { return e.addr }
