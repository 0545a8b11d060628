//go:build linux

package bench

import (
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// apart runs fn with the server on one processor and the load on another. If a single
// message goes back and forth, most of the time is spent on waking the other side. That
// takes several times less if both sleep on the same processor, so the system's choice of
// processors would decide the result. On a machine with one processor, apart only runs fn.
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
