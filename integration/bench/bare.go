//go:build linux

package bench

import (
	"bytes"
	"fmt"
	"net"
	"runtime"
	"syscall"
)

// ServeBare serves the plain cases as fast as Go can: one epoll, a read and a write
// for each connection that is ready, and answers made without a look at what was
// asked, beyond the number of its words. What it does not reach, no server in Go
// reaches on the machine, whatever it is made of.
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
		n, err := syscall.EpollWait(epoll, events[:], -1)
		if err != nil && err != syscall.EINTR {
			return fmt.Errorf("waiting for sockets: %w", err)
		}
		for i := range max(n, 0) {
			fd := int(events[i].Fd)
			replies[i] = replies[i][:0]
			k, err := syscall.Read(fd, in)
			if err == nil && k == 0 {
				syscall.Close(fd)
				continue
			}
			replies[i] = appendBare(replies[i], in[:max(k, 0)])
		}
		for i := range max(n, 0) {
			if len(replies[i]) > 0 {
				syscall.Write(int(events[i].Fd), replies[i])
			}
		}
	}
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
