//go:build !linux

package wire

import "net"

// Sockets is not to be had here: each connection has goroutines of its own, see
// [Stream].
type Sockets[T any] struct{}

// NewSockets fails.
func NewSockets[T any]() (*Sockets[T], error) { return nil, errNoSocket }

// Look has nothing to look at.
func (*Sockets[T]) Look(func(owner T, flags uint8)) {}

// Wait fails.
func (*Sockets[T]) Wait(func() bool) error { return errNoSocket }

// Add fails.
func (*Sockets[T]) Add(*Socket, T) error { return errNoSocket }

// Close does nothing.
func (*Sockets[T]) Close() error { return nil }

// Socket is not to be had here.
type Socket struct{ Stream }

// Take fails.
func Take(net.Conn) (*Socket, error) { return nil, errNoSocket }
