package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/pprof"
)

// profileDir names the variable of the environment with the folder into which a
// profile of the processor is written until the server ends, tattle-PID.pprof. The
// file default.pgo beside this one, by which the compiler knows what is run often, is
// made of such profiles; DESIGN.md tells how.
const profileDir = "TATTLE_CPUPROFILE"

// profile begins a profile if one is asked for, and returns what ends it.
func profile(stderr io.Writer) (end func()) {
	dir := os.Getenv(profileDir)
	if dir == "" {
		return func() {}
	}
	file, err := os.Create(filepath.Join(dir, fmt.Sprintf("tattle-%d.pprof", os.Getpid())))
	if err == nil {
		err = pprof.StartCPUProfile(file)
	}
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", profileDir, err)
		return func() {}
	}
	return func() {
		pprof.StopCPUProfile()
		file.Close()
	}
}
