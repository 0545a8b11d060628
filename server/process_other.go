//go:build !unix

package server

import (
	"math"
	"runtime"
	"time"
)

// These figures are not to be had on this system, or are estimates.

func cpuTimes() (sys, user time.Duration) { return 0, 0 }

func residentMemory(m *runtime.MemStats) int64 { return int64(m.Sys - m.HeapReleased) }

func totalMemory() int64 { return 0 }

// openFileLimit returns how many descriptors the process may have: there is no limit to ask for.
func openFileLimit() int64 { return math.MaxInt64 }
