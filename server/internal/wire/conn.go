package wire

import (
	"errors"
	"net"
)

// Conn is a client's connection as the loop uses it. Its methods never wait. They are called
// with the loop's turn.
type Conn interface {
	// Read reads what has come. If it returns fewer bytes than p has room for, and no
	// error, there is no more now, and the owner is told when more comes. It may return
	// bytes and an error together; the connection has ended then.
	Read(p []byte) (int, error)
	// Write writes as much as the connection takes. If that is less than all, the owner
	// is told when it takes more.
	Write(p []byte) (int, error)
	// Flush writes more of what the connection has taken and not yet written, and reports
	// whether all is written.
	Flush() (bool, error)
	// Close closes the connection. What it has not yet written is dropped.
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
