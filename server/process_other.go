//go:build !unix

package server

import (
	"runtime"
	"time"
)

// What cannot be asked of this system reads as nothing.

func cpuTimes() (sys, user time.Duration) { return 0, 0 }

func residentMemory(m *runtime.MemStats) int64 { return int64(m.Sys - m.HeapReleased) }

func totalMemory() int64 { return 0 }
