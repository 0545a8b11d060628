//go:build linux

package bench

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Machine is what was measured on, and how quiet it was.
type Machine struct {
	CPUs    int     `json:"cpus"`
	Model   string  `json:"model"`
	Kernel  string  `json:"kernel"`
	Foreign float64 `json:"foreign"` // share of all processors that other programs used meanwhile
	Jitter  float64 `json:"jitter"`  // the same work, done often: 90th percentile over the fastest, less 1
}

// The limits beyond which a machine is too noisy: the figures of two runs then differ by
// more than the servers do.
const (
	foreignMax = 0.10
	jitterMax  = 0.25
	spreadMax  = 0.30 // of Redis's own figures over the rounds
)

func describeMachine() Machine {
	m := Machine{CPUs: runtime.NumCPU(), Jitter: jitter()}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		_, after, _ := strings.Cut(string(text), "model name")
		line, _, _ := strings.Cut(after, "\n")
		m.Model = strings.Trim(line, "\t :")
	}
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel = strings.TrimSpace(string(text))
	}
	return m
}

// jitter does the same work again and again, and returns how much the times differ.
func jitter() float64 {
	const pieces = 100
	times := make([]float64, pieces)
	for i := range times {
		began := time.Now()
		x := uint64(i)
		for range 2_000_000 {
			x = x*6364136223846793005 + 1442695040888963407
		}
		sink = x
		times[i] = float64(time.Since(began))
	}
	slices.Sort(times)
	return times[pieces*9/10]/times[0] - 1
}

//lint:ignore U1000 it is written so that the compiler keeps the loop that computes it
var sink uint64

// busyCPU returns the time for which all processors together have been busy, including the
// time that a hypervisor took away.
func busyCPU() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(line) // cpu user nice system idle iowait irq softirq steal ...
	if len(fields) < 9 {
		return 0, fmt.Errorf("cannot read /proc/stat")
	}
	var ticks int64
	for i, f := range fields[1:9] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		if i != 3 && i != 4 {
			ticks += n
		}
	}
	return time.Duration(ticks) * clockTick, nil
}

// foreign adds up, over all measurements, the processor time that neither a server nor the
// load has used.
type foreign struct{ other, all time.Duration }

func (f *foreign) share() float64 {
	if f.all == 0 {
		return 0
	}
	return max(0, float64(f.other)/float64(f.all))
}
