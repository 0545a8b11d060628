//go:build !unix

package server

import (
	"runtime"
	"time"
)

// These figures are not to be had on this system, or are estimates.

func cpuTimes() (sys, user time.Duration) { return 0, 0 }

func residentMemory(m *runtime.MemStats) int64 { return int64(m.Sys - m.HeapReleased) }

func totalMemory() int64 { return 0 }
