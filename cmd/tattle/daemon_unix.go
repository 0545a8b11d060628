//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// asDaemon in the environment says that this process was started by daemonize. Its output
// goes to daemonPipe until the server is ready, and then nowhere.
const (
	asDaemon   = "TATTLE_DAEMON"
	daemonPipe = 3
)

func isDaemon() bool { return os.Getenv(asDaemon) != "" }

// streams returns the standard output and the standard error output.
func streams() (stdout, stderr io.Writer) {
	if !isDaemon() {
		return os.Stdout, os.Stderr
	}
	pipe := os.NewFile(daemonPipe, "the process that started the daemon")
	return pipe, pipe
}

// daemonize starts the server as a process of its own, without a terminal, and returns the exit
// code: 0 when the server is ready, or that of the server if it could not start. Unlike
// redis-server it waits for that. Go cannot fork, so the program is started once more.
func daemonize(args []string, stdin io.Reader, logFile string, stdout, stderr io.Writer) int {
	exe, err := os.Executable()
	if err != nil {
		fmt.Fprintln(stderr, "daemonize yes:", err)
		return 1
	}
	ours, theirs, err := os.Pipe()
	if err != nil {
		fmt.Fprintln(stderr, "daemonize yes:", err)
		return 1
	}
	defer ours.Close()
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), asDaemon+"=1")
	cmd.ExtraFiles = []*os.File{theirs} // the first one is daemonPipe
	cmd.Stdin = stdin
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		fmt.Fprintln(stderr, "daemonize yes:", err)
		return 1
	}
	return hear(ours, cmd, logFile, stdout)
}

// hear reads what the daemon prints until it is ready or has ended.
func hear(pipe io.Reader, daemon *exec.Cmd, logFile string, stdout io.Writer) int {
	var log bytes.Buffer
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), readyPrefix) {
			fmt.Fprintln(stdout, lines.Text())
			return 0
		}
		fmt.Fprintln(&log, lines.Text())
	}
	stdout.Write(log.Bytes())
	if logFile != "" {
		fmt.Fprintf(stdout, "tattle has not started; %s says why\n", logFile)
	}
	daemon.Wait()
	return max(1, daemon.ProcessState.ExitCode())
}
