package main

import (
	"os"
	"runtime"
	"runtime/debug"

	"github.com/tattle-server/tattle/server/config"
)

// gcPercent lets the heap of the program grow further between collections than
// Go's default of 100: it is a server's, most of it lives long, and to look at it
// takes time from the commands.
const gcPercent = 400

// tune sets Go's scheduler and garbage collector for a process that is the server
// and nothing else, and returns what undoes it. GOMAXPROCS and GOGC in the
// environment go before. Embedded in another program the server changes nothing of
// the kind.
//
// io-threads is how many processors the program uses at a time, 1 as in Redis. The
// commands run one after the other anyhow; a second processor takes reading and
// writing off the first, but the two must wake each other, which costs more than
// it gains unless clients are many and processors idle.
func tune(cfg *config.Config) (undo func()) {
	procs := 0 // which changes nothing
	if os.Getenv("GOMAXPROCS") == "" {
		procs = min(cfg.IOThreads, runtime.NumCPU())
	}
	procs = runtime.GOMAXPROCS(procs)
	if os.Getenv("GOGC") != "" {
		return func() { runtime.GOMAXPROCS(procs) }
	}
	percent := debug.SetGCPercent(gcPercent)
	return func() {
		runtime.GOMAXPROCS(procs)
		debug.SetGCPercent(percent)
	}
}
