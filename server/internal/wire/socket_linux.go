package wire

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"unsafe"
)

// Sockets is an epoll set with the sockets of one server. It is a loop's Poller.
//
// The set itself is awaited through Go's poller, for an epoll descriptor can itself be
// polled: a goroutine that waits for it holds no thread.
//
// Sockets report each change once (edge-triggered), so that one that was reported and
// is not served yet does not get ahead of others when it is reported again.
type Sockets[T any] struct {
	epoll *os.File
	raw   syscall.RawConn
	look  func() bool // of Wait
	try   func(fd uintptr) bool

	mu     sync.Mutex
	closed bool
	fd     int
	owners []T // by descriptor
	events [256]syscall.EpollEvent
}

// NewSockets opens a set.
func NewSockets[T any]() (*Sockets[T], error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	s := &Sockets[T]{fd: fd, epoll: os.NewFile(uintptr(fd), "epoll")}
	s.try = func(uintptr) bool { return s.look() }
	if s.raw, err = s.epoll.SyscallConn(); err != nil {
		s.epoll.Close()
		return nil, err
	}
	return s, nil
}

// Look calls ready for each owner whose socket has become ready since the last look,
// in the order in which the kernel saw it. It never waits.
func (s *Sockets[T]) Look(ready func(owner T, flags uint8)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := len(s.events); n == len(s.events) && !s.closed; {
		n = epollWait(s.fd, s.events[:])
		for _, e := range s.events[:max(n, 0)] {
			ready(s.owners[e.Fd], flagsOf(e.Events))
		}
	}
}

func flagsOf(events uint32) (flags uint8) {
	const gone = syscall.EPOLLHUP | syscall.EPOLLERR
	if events&(syscall.EPOLLIN|syscall.EPOLLRDHUP|gone) != 0 {
		flags |= Readable
	}
	if events&(syscall.EPOLLOUT|gone) != 0 {
		flags |= Writable
	}
	if events&(syscall.EPOLLRDHUP|gone) != 0 {
		flags |= Hangup
	}
	return flags
}

// Wait calls look whenever a socket may have become ready, until it returns true. It
// fails when the set is closed. One goroutine at a time may wait.
func (s *Sockets[T]) Wait(look func() bool) error {
	s.look = look
	return s.raw.Read(s.try)
}

// Close closes the set, and ends Wait. The sockets stay open.
func (s *Sockets[T]) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return s.epoll.Close()
}

// epollWait is epoll_wait without waiting, and without the runtime being told of it.
func epollWait(fd int, events []syscall.EpollEvent) int {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, uintptr(fd), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// Take takes the socket of a connection over from Go's net package, which is left with
// nothing of it. It fails, and the connection is as before, where that is no socket.
func Take(c net.Conn) (*Socket, error) {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return nil, errNoSocket
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil, err
	}
	s := &Socket{local: c.LocalAddr(), remote: c.RemoteAddr()}
	var errno syscall.Errno
	err = raw.Control(func(fd uintptr) {
		var own uintptr
		own, _, errno = syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_DUPFD_CLOEXEC, 0)
		s.fd = int(own)
	})
	if err == nil && errno != 0 {
		err = os.NewSyscallError("fcntl", errno)
	}
	if err != nil {
		return nil, err
	}
	c.Close() // its descriptor; the socket lives on in ours
	return s, nil
}

// Socket is the [Conn] of a socket.
type Socket struct {
	fd            int
	local, remote net.Addr
	remove        func()
	closed        bool
}

// edgeTriggered is EPOLLET, whose sign in package syscall depends on the processor.
const edgeTriggered = 1 << 31

// Add puts a socket into the set: from now on owner is handed in when it is ready.
func (s *Sockets[T]) Add(c *Socket, owner T) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c.fd >= len(s.owners) {
		s.owners = append(s.owners, make([]T, max(64, len(s.owners)))...)
	}
	s.owners[c.fd] = owner
	e := syscall.EpollEvent{Fd: int32(c.fd), Events: syscall.EPOLLIN | syscall.EPOLLOUT | syscall.EPOLLRDHUP | edgeTriggered}
	if err := syscall.EpollCtl(s.fd, syscall.EPOLL_CTL_ADD, c.fd, &e); err != nil {
		return os.NewSyscallError("epoll_ctl", err)
	}
	c.remove = func() { s.forget(c.fd) }
	return nil
}

// forget takes a socket out of the set, before it is closed: another connection may get
// its descriptor.
func (s *Sockets[T]) forget(fd int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		syscall.EpollCtl(s.fd, syscall.EPOLL_CTL_DEL, fd, &syscall.EpollEvent{})
	}
	var none T
	s.owners[fd] = none
}

// Read reads what has come.
func (s *Socket) Read(p []byte) (int, error) {
	if s.closed {
		return 0, errClosed
	}
	n, err := readFrom(s.fd, p)
	switch {
	case err == syscall.EAGAIN:
		return 0, nil
	case err != nil:
		return 0, os.NewSyscallError("read", err)
	case n == 0 && len(p) > 0:
		return 0, io.EOF
	}
	return n, nil
}

// Write writes as much as the socket takes.
func (s *Socket) Write(p []byte) (int, error) {
	if s.closed {
		return 0, errClosed
	}
	n, err := writeTo(s.fd, p)
	if err != nil && err != syscall.EAGAIN {
		return 0, os.NewSyscallError("write", err)
	}
	return n, nil
}

// Flush has nothing to do: what a socket takes is the kernel's.
func (s *Socket) Flush() (bool, error) { return true, nil }

// Close closes the socket.
func (s *Socket) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	if s.remove != nil {
		s.remove()
	}
	return os.NewSyscallError("close", syscall.Close(s.fd))
}

// LocalAddr returns the server's address.
func (s *Socket) LocalAddr() net.Addr { return s.local }

// RemoteAddr returns the client's address.
func (s *Socket) RemoteAddr() net.Addr { return s.remote }
