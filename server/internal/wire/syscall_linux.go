package wire

import (
	"syscall"
	"unsafe"
)

// These two are syscall.Read and Write without the runtime being told: the calls
// never wait, so there is nothing that the scheduler must know. It is worth about
// 60 ns each.

func readFrom(fd int, p []byte) (int, error) { return transfer(syscall.SYS_READ, fd, p) }

func writeTo(fd int, p []byte) (int, error) { return transfer(syscall.SYS_WRITE, fd, p) }

// WakeMonitor tells the runtime that something runs now which may never end. Its monitor
// thread, which takes the processor from such a goroutine, sleeps while the process does,
// and only a system call that the runtime is told of wakes it.
func WakeMonitor() { syscall.Syscall(syscall.SYS_GETPID, 0, 0, 0) }

// transfer makes a system call that moves bytes, again if a signal ends it.
func transfer(call uintptr, fd int, p []byte) (int, error) {
	for {
		n, _, errno := syscall.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		switch errno {
		case 0:
			return int(n), nil
		case syscall.EAGAIN:
			return 0, syscall.EAGAIN // a constant: no allocation
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}
