//go:build unix

package main

import (
	"os"
	"time"
)

// parentEvery is how often awaitEnd looks.
const parentEvery = 100 * time.Millisecond

// awaitEnd returns when the parent has ended: this process then has another one. A signal of
// the system (PR_SET_PDEATHSIG) is only there on Linux, and it comes already when the thread
// ends that started this process.
func awaitEnd(parent int) {
	for range time.Tick(parentEvery) {
		if os.Getppid() != parent {
			return
		}
	}
}
