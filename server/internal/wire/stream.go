package wire

import (
	"net"
	"sync"
)

// Stream is the [Conn] of any net.Conn. Two goroutines wait in the loop's place, one
// that reads and, while there is something to write, one that writes. They wake in an
// order of Go's, so the order of arrival between two such connections is not kept.
type Stream struct {
	conn  net.Conn
	start func(func()) // starts a goroutine
	ready func(flags uint8)

	mu      sync.Mutex
	in      []byte
	taken   *sync.Cond // in is empty again, or the end
	readErr error
	out     []byte // being written
	writing bool
	err     error // of writing
	closed  bool
}

const (
	streamRead  = 4 << 10  // bytes that are read at a time
	streamWrite = 64 << 10 // bytes that are taken at a time
)

// NewStream makes a Stream of a connection, which is not read before [Stream.Start].
// ready is called when it can be read or written; start starts the goroutines.
func NewStream(c net.Conn, start func(func()), ready func(flags uint8)) *Stream {
	s := &Stream{conn: c, start: start, ready: ready}
	s.taken = sync.NewCond(&s.mu)
	return s
}

// Start starts to read.
func (s *Stream) Start() { s.start(s.readAll) }

func (s *Stream) readAll() {
	buf := make([]byte, streamRead)
	for more := true; more; {
		n, err := s.conn.Read(buf)
		s.mu.Lock()
		s.in, s.readErr = buf[:n], err
		s.mu.Unlock()
		s.ready(Readable | Hangup)
		more = err == nil && s.waitTaken()
	}
}

func (s *Stream) waitTaken() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.in) > 0 && !s.closed {
		s.taken.Wait()
	}
	return !s.closed
}

// Read reads what has come.
func (s *Stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, errClosed
	}
	n := copy(p, s.in)
	if s.in = s.in[n:]; len(s.in) > 0 {
		return n, nil
	}
	s.taken.Signal()
	return n, s.readErr
}

// Write takes what is to be written, if what it took before is written.
func (s *Stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return 0, errClosed
	case s.err != nil || s.writing || len(p) == 0:
		return 0, s.err
	}
	s.out = append(s.out[:0], p[:min(len(p), streamWrite)]...)
	s.writing = true
	s.start(s.write)
	return len(s.out), nil
}

func (s *Stream) write() {
	_, err := s.conn.Write(s.out)
	s.mu.Lock()
	s.writing, s.err = false, err
	s.mu.Unlock()
	s.ready(Writable)
}

// Flush reports whether all that Write took is written.
func (s *Stream) Flush() (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.writing, s.err
}

// Close closes the connection.
func (s *Stream) Close() error {
	s.mu.Lock()
	s.closed = true
	s.taken.Signal()
	s.mu.Unlock()
	s.start(func() { s.conn.Close() }) // which may wait, as TLS does
	return nil
}

// LocalAddr returns the server's address.
func (s *Stream) LocalAddr() net.Addr { return s.conn.LocalAddr() }

// RemoteAddr returns the client's address.
func (s *Stream) RemoteAddr() net.Addr { return s.conn.RemoteAddr() }
