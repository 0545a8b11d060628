package wire

import (
	"errors"
	"net"
)

// Conn is a client's connection as the loop uses it. No method ever waits, and only
// whoever has the turn calls them.
type Conn interface {
	// Read reads what has come. Fewer bytes than p has room for, and no error, say that
	// no more is there now; the owner is told when more comes. Bytes and an error may
	// come together; the error is then the connection's end.
	Read(p []byte) (int, error)
	// Write writes as much as the connection takes. If that is less than all, the owner
	// is told when it takes more.
	Write(p []byte) (int, error)
	// Flush goes on with what the connection itself holds back of what it took, and
	// reports whether that is nothing.
	Flush() (bool, error)
	// Close closes the connection; nothing that is held back is written any more.
	Close() error
	LocalAddr() net.Addr
	RemoteAddr() net.Addr
}

// The flags with which a connection is handed to the loop.
const (
	Readable uint8 = 1 << iota
	Writable
	Hangup // the peer has closed the connection, or half of it
)

// again says that nothing can be read now. It is what package tls takes for an error
// that may pass.
type again struct{}

func (again) Error() string   { return "wire: not ready" }
func (again) Timeout() bool   { return true }
func (again) Temporary() bool { return true }

var (
	errAgain    error = again{}
	errClosed         = errors.New("wire: the connection is closed")
	errNoSocket       = errors.New("wire: the connection is no socket that can be polled")
)
