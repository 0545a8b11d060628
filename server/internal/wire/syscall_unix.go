//go:build unix && !linux

package wire

import "syscall"

func readFrom(fd int, p []byte) (int, error) { return again(syscall.Read, fd, p) }

func writeTo(fd int, p []byte) (int, error) { return again(syscall.Write, fd, p) }

// again makes a system call once more if a signal ends it.
func again(call func(int, []byte) (int, error), fd int, p []byte) (n int, err error) {
	for err = syscall.EINTR; err == syscall.EINTR; {
		n, err = call(fd, p)
	}
	return n, err
}
