//go:build unix

package wire

import (
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// pollEvery is how long a busy processor may go without a look at the network.
const pollEvery = 200 * time.Microsecond

// poll is a pipe to oneself. It is opened when first needed and kept.
var poll struct {
	open  sync.Once
	mu    sync.Mutex
	read  syscall.RawConn // nil if there is none to be had
	write syscall.RawConn
	began time.Time
	last  atomic.Int64 // when the network was last looked at, since began
}

// Yield lets others run, those included whose sockets have become ready meanwhile.
// It is for who has much to do that others need not wait for.
//
// [runtime.Gosched] does not do that: Go's scheduler looks at the network when it
// has nothing else to run, and else every 10 ms, which is how long all others would
// wait on one processor. So now and then Yield waits for a byte that it sends to
// itself: for that the scheduler must look.
func Yield() {
	poll.open.Do(openPoll)
	now, last := int64(time.Since(poll.began)), poll.last.Load()
	if poll.read == nil || now-last < int64(pollEvery) || !poll.last.CompareAndSwap(last, now) {
		runtime.Gosched()
		return
	}
	poll.mu.Lock()
	defer poll.mu.Unlock()
	sent := false
	poll.read.Read(func(fd uintptr) (done bool) {
		var b [1]byte
		if !sent {
			sent = true
			err := error(syscall.EBADF)
			poll.write.Write(func(fd uintptr) bool {
				_, err = writeTo(int(fd), b[:])
				return true
			})
			return err != nil
		}
		readFrom(int(fd), b[:])
		return true
	})
}

func openPoll() {
	poll.began = time.Now()
	r, w, err := os.Pipe()
	if err != nil {
		return
	}
	if poll.write, err = w.SyscallConn(); err == nil {
		poll.read, _ = r.SyscallConn()
	}
}
