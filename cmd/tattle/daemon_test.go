//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// program is a command of this test program that becomes the server.
func program(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), asServer+"=1")
	return cmd
}

// readAddress reads lines up to the one that programs parse.
func readAddress(t *testing.T, r io.Reader) (a address) {
	t.Helper()
	for lines := bufio.NewScanner(r); lines.Scan(); {
		if object, ok := strings.CutPrefix(lines.Text(), readyPrefix); ok {
			require.NoError(t, json.Unmarshal([]byte(object), &a))
			return a
		}
	}
	require.Fail(t, "there is no line with the address")
	return a
}

// ask sends one command on a connection of its own and returns the reply.
func ask(t *testing.T, network, addr string, words ...any) any {
	t.Helper()
	conn, err := net.Dial(network, addr)
	require.NoError(t, err)
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second)) // else it would be for ever
	conn.Write(resp.AppendCommand(nil, words...))
	reply, err := resp.NewReader(conn).Read()
	if words[0] == "SHUTDOWN" {
		require.ErrorIs(t, err, io.EOF)
		return nil
	}
	require.NoError(t, err)
	return reply
}

func (a address) tcp() string { return net.JoinHostPort(a.Host, strconv.Itoa(a.Port)) }

// TestAddress: with a free port the line and the file tell where the server is.
func TestAddress(t *testing.T) {
	dir := t.TempDir()
	cmd := program(os.Args[0], "redis-server", "--port", "auto", "--dir", dir, "--unixsocket", "s", "--address-file", "a.json", "--loglevel", "nothing")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer cmd.Process.Kill()
	a := readAddress(t, out)
	require.Equal(t, cmd.Process.Pid, a.PID)
	require.Equal(t, "127.0.0.1", a.Host)
	require.Zero(t, a.TLSPort)
	require.Equal(t, "PONG", ask(t, "tcp", a.tcp(), "PING"))
	require.Equal(t, []any{"port", strconv.Itoa(a.Port)}, ask(t, "unix", a.UnixSocket, "CONFIG", "GET", "port"))

	file := filepath.Join(dir, "a.json")
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	var again address
	require.NoError(t, json.Unmarshal(content, &again))
	require.Equal(t, a, again)
	ask(t, "tcp", a.tcp(), "SHUTDOWN")
	rest, err := io.ReadAll(out)
	require.NoError(t, err)
	require.Empty(t, rest)
	require.NoError(t, cmd.Wait())
	require.NoFileExists(t, file)
}

// TestExitWithParent: the server ends when the shell that started it is killed.
func TestExitWithParent(t *testing.T) {
	cmd := program("sh", "-c", `"$0" --port auto --exit-with-parent --bind 127.0.0.1 & wait`, os.Args[0])
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewReader(out)
	a := readAddress(t, lines)
	require.NotEqual(t, cmd.Process.Pid, a.PID)
	require.Equal(t, "PONG", ask(t, "tcp", a.tcp(), "PING"))
	require.NoError(t, cmd.Process.Kill())
	_, err = io.ReadAll(out) // until the server, which has this pipe too, ends
	require.NoError(t, err)
	_, err = net.Dial("tcp", a.tcp())
	require.Error(t, err)
	cmd.Wait()
}

// TestDaemonize: the command ends with 0 when the daemon is ready, which has a process of its
// own, a file with its number, and no terminal.
func TestDaemonize(t *testing.T) {
	dir := t.TempDir()
	for name, cmd := range map[string]*exec.Cmd{
		"arguments":      program(os.Args[0], "--daemonize", "yes", "--port", "auto", "--dir", dir, "--pidfile", "pid", "--logfile", "log"),
		"standard input": program(os.Args[0], "-", "--port", "auto", "--dir", dir, "--pidfile", "pid"),
	} {
		if name == "standard input" {
			cmd.Stdin = strings.NewReader("daemonize yes\n")
		}
		out, err := cmd.Output()
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(string(out), "\n"), "one line: %s", out)
		a := readAddress(t, strings.NewReader(string(out)))
		require.NotEqual(t, cmd.Process.Pid, a.PID)
		pid, err := os.ReadFile(filepath.Join(dir, "pid"))
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintln(a.PID), string(pid))
		require.Equal(t, "PONG", ask(t, "tcp", a.tcp(), "PING"))
		ask(t, "tcp", a.tcp(), "SHUTDOWN")
		require.Eventually(t, func() bool {
			_, err := os.Stat(filepath.Join(dir, "pid"))
			return os.IsNotExist(err)
		}, 20*time.Second, time.Millisecond)
	}
	log, err := os.ReadFile(filepath.Join(dir, "log"))
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(log), "User requested shutdown..."))
}

// TestDaemonizeFails: the command says why there is no daemon, and ends with 1.
func TestDaemonizeFails(t *testing.T) {
	port := listen(t)
	cmd := program(os.Args[0], "--daemonize", "yes", "--port", port, "--bind", "127.0.0.1", "--pidfile", t.TempDir()+"/pid")
	out, err := cmd.Output()
	require.Error(t, err)
	require.Equal(t, 1, cmd.ProcessState.ExitCode())
	require.Contains(t, string(out), "bind: Address already in use")

	logFile := t.TempDir() + "/log"
	cmd = program(os.Args[0], "--daemonize", "yes", "--port", "0", "--logfile", logFile)
	out, err = cmd.Output()
	require.Error(t, err)
	require.Equal(t, "tattle has not started; "+logFile+" says why\n", string(out))
	log, err := os.ReadFile(logFile)
	require.NoError(t, err)
	require.Contains(t, string(log), "Configured to not listen anywhere")
}
