package main

import (
	"os"
	"runtime"
)

// tune sets Go's scheduler for a process that is nothing but the server, and
// returns the function that undoes it. A server embedded in another program changes
// nothing of the kind.
//
// Commands run one after the other, and whoever runs them reads and writes too. A second
// processor would have nothing to do but to be woken, so the process uses one, as
// Redis does, unless GOMAXPROCS in the environment says otherwise. DESIGN.md has the
// figures.
func tune() (undo func()) {
	if os.Getenv("GOMAXPROCS") != "" {
		return func() {}
	}
	before := runtime.GOMAXPROCS(1)
	return func() { runtime.GOMAXPROCS(before) }
}
