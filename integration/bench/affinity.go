//go:build linux

package bench

import (
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// apart runs fn with the server on one processor and the load on another. Where one
// message goes there and back the time is mostly that of waking the other side, and
// several times less if it sleeps on the same processor: the system's choice of where
// to put two processes would decide what is measured. With one processor it does
// nothing else.
func (e *Env) apart(fn func()) {
	if cpus < 2 {
		fn()
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before unix.CPUSet
	check(unix.SchedGetaffinity(0, &before))
	check(unix.SchedSetaffinity(0, only(cpus-1)))
	defer unix.SchedSetaffinity(0, &before)
	tasks := must(os.ReadDir(fmt.Sprintf("/proc/%d/task", e.server.cmd.Process.Pid)))
	for _, t := range tasks { // those that it starts later are put where the others are
		check(unix.SchedSetaffinity(must(strconv.Atoi(t.Name())), only(0)))
	}
	fn()
}

func only(cpu int) *unix.CPUSet {
	var set unix.CPUSet
	set.Set(cpu)
	return &set
}
