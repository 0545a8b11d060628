package main

import (
	"os"
	"runtime"

	"github.com/tattle-server/tattle/server/config"
)

// tune sets Go's scheduler for a process that is the server and nothing else, and
// returns what undoes it. GOMAXPROCS in the environment goes before. Embedded in
// another program the server changes nothing of the kind.
//
// io-threads is how many processors the program uses at a time, 1 as in Redis. The
// commands run one after the other anyhow; a second processor takes reading and
// writing off the first, but the two must wake each other, which costs more than it
// gains unless processors are idle and clients pipeline. DESIGN.md has the figures.
func tune(cfg *config.Config) (undo func()) {
	if os.Getenv("GOMAXPROCS") != "" {
		return func() {}
	}
	before := runtime.GOMAXPROCS(min(cfg.IOThreads, runtime.NumCPU()))
	return func() { runtime.GOMAXPROCS(before) }
}
