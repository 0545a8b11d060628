package main

import (
	"os"
	"runtime"

	"github.com/tattle-server/tattle/server/config"
)

// tune sets Go's scheduler for a process that is nothing but the server, and
// returns the function that undoes it. GOMAXPROCS in the environment takes
// precedence. A server embedded in another program changes nothing of the kind.
//
// io-threads is how many processors the program uses at a time, 1 as in Redis.
// Commands run one after the other in any case. A second processor takes reading
// and writing off the first, but the two must wake each other, which costs more
// than it gains unless processors are idle and clients pipeline. DESIGN.md has the
// figures.
func tune(cfg *config.Config) (undo func()) {
	if os.Getenv("GOMAXPROCS") != "" {
		return func() {}
	}
	before := runtime.GOMAXPROCS(min(cfg.IOThreads, runtime.NumCPU()))
	return func() { runtime.GOMAXPROCS(before) }
}
