//go:build !unix

package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
)

func isDaemon() bool { return false }

func streams() (stdout, stderr io.Writer) { return os.Stdout, os.Stderr }

// daemonize refuses.
func daemonize(_ []string, _ io.Reader, _ string, _, stderr io.Writer) int {
	fmt.Fprintf(stderr, "daemonize yes: there are no daemons on %s; start tattle in the background\n", runtime.GOOS)
	return 1
}
