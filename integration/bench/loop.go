//go:build linux

package bench

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// Loop is one epoll over many connections, run by the goroutine that calls it.
type Loop struct {
	epoll  int
	conns  map[int32]*Conn
	events [eventsMax]syscall.EpollEvent
	buf    []byte
}

// eventsMax limits the number of events of one poll. It is small, so that a reply whose
// time is measured does not come after hundreds of pushes.
const eventsMax = 32

// readMax is the most that is read from a socket at once.
const readMax = 256 << 10

// NewLoop makes a Loop without connections.
func NewLoop() (*Loop, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("making an epoll: %w", err)
	}
	return &Loop{epoll: fd, conns: map[int32]*Conn{}, buf: make([]byte, readMax)}, nil
}

// Close closes the Loop and its connections.
func (l *Loop) Close() {
	for _, c := range l.conns {
		c.Close()
	}
	syscall.Close(l.epoll)
}

// Add makes the Loop read a connection. Everything that was sent on it must have been
// answered.
func (l *Loop) Add(c *Conn) error {
	if err := syscall.SetNonblock(c.fd, true); err != nil {
		return err
	}
	l.conns[int32(c.fd)] = c
	return l.control(syscall.EPOLL_CTL_ADD, c, syscall.EPOLLIN)
}

// Remove gives a connection back to the caller, which may wait for the socket again.
func (l *Loop) Remove(c *Conn) error {
	delete(l.conns, int32(c.fd))
	return errors.Join(l.control(syscall.EPOLL_CTL_DEL, c, 0), syscall.SetNonblock(c.fd, false))
}

func (l *Loop) control(op int, c *Conn, events uint32) error {
	return syscall.EpollCtl(l.epoll, op, c.fd, &syscall.EpollEvent{Events: events, Fd: int32(c.fd)})
}

// Send writes b: as much as the socket takes now, and the rest later. The caller may use b
// again when Send has returned.
func (l *Loop) Send(c *Conn, b []byte) error {
	if len(c.out) > 0 {
		c.out = append(c.out, b...)
		return nil
	}
	n, err := syscall.Write(c.fd, b)
	if err != nil && !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EINTR) {
		return fmt.Errorf("sending: %w", err)
	}
	if n = max(n, 0); n < len(b) {
		c.out = append(c.out, b[n:]...)
		return l.control(syscall.EPOLL_CTL_MOD, c, syscall.EPOLLIN|syscall.EPOLLOUT)
	}
	return nil
}

// Until runs the Loop until a condition holds, which it checks after each poll.
func (l *Loop) Until(holds func() bool) error {
	for !holds() {
		n, err := l.once(time.Second * patience)
		if err == nil && n == 0 {
			err = fmt.Errorf("the server has said nothing for %d s", patience)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// For runs the Loop for a time.
func (l *Loop) For(d time.Duration) error {
	for end := time.Now().Add(d); ; {
		left := time.Until(end)
		if left <= 0 {
			return nil
		}
		if _, err := l.once(left); err != nil {
			return err
		}
	}
}

// Sweep reads what has arrived on all connections, without waiting. To sweep now and then,
// instead of reading at once, leaves the processors to the server.
func (l *Loop) Sweep() error {
	for _, c := range l.conns {
		if err := l.Receive(c); err != nil {
			return err
		}
	}
	return nil
}

func (l *Loop) once(limit time.Duration) (int, error) {
	n, err := syscall.EpollWait(l.epoll, l.events[:], int(limit.Milliseconds())+1)
	if errors.Is(err, syscall.EINTR) {
		return 1, nil // not silence
	}
	if err != nil {
		return 0, fmt.Errorf("waiting for sockets: %w", err)
	}
	for _, e := range l.events[:n] {
		c := l.conns[e.Fd]
		if c == nil {
			continue
		}
		if e.Events&syscall.EPOLLOUT != 0 {
			rest := c.out
			c.out = nil
			if err := l.control(syscall.EPOLL_CTL_MOD, c, syscall.EPOLLIN); err != nil {
				return n, err
			}
			if err := l.Send(c, rest); err != nil {
				return n, err
			}
		}
		if e.Events&^syscall.EPOLLOUT != 0 {
			if err := l.Receive(c); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// Receive takes what has come on a connection, if anything.
func (l *Loop) Receive(c *Conn) error {
	n, err := syscall.Read(c.fd, l.buf)
	switch {
	case errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR):
		return nil
	case err != nil:
		return fmt.Errorf("receiving: %w", err)
	case n == 0:
		return errClosed
	}
	b := l.buf[:n]
	if b[0] == '-' {
		return fmt.Errorf("the server replied %q", b[:min(n, 80)])
	}
	c.received += int64(n)
	if b[0] == '>' || n > 5 {
		c.pushes += int64(bytes.Count(b, []byte{'>'}))
	}
	if c.Heard != nil {
		c.Heard(n)
	}
	return nil
}
