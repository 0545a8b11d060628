package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/pprof"
)

// profileDir is the environment variable with the folder for a CPU profile,
// tattle-PID.pprof, which is written until the server ends. The file default.pgo
// beside this one is made from such profiles and tells the compiler what runs
// often; DESIGN.md says how.
const profileDir = "TATTLE_CPUPROFILE"

// profile starts a profile if one is asked for, and returns the function that ends
// it.
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
