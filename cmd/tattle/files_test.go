//go:build unix

package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// withFiles is the server in a process that may open so many files.
func withFiles(n int, args ...string) *exec.Cmd {
	cmd := exec.Command("sh", append([]string{"-c", fmt.Sprintf(`ulimit -n %d; exec "$0" "$@"`, n), os.Args[0]}, args...)...)
	cmd.Env = append(os.Environ(), asServer+"=1")
	return cmd
}

// TestFewFiles: maxclients is lowered to what the system allows, and whoever is over it
// hears so.
func TestFewFiles(t *testing.T) {
	path := t.TempDir() + "/socket"
	var log bytes.Buffer
	cmd := withFiles(64, "--port", "0", "--unixsocket", path)
	cmd.Stdout = &log
	require.NoError(t, cmd.Start())
	defer cmd.Wait()
	defer cmd.Process.Kill()
	dial := func() (conn net.Conn, reply string) {
		require.Eventually(t, func() (ok bool) {
			var err error
			conn, err = net.Dial("unix", path)
			return err == nil
		}, 20*time.Second, time.Millisecond)
		t.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(20 * time.Second)) // else it would be for ever
		conn.Write(resp.AppendCommand(nil, "PING"))
		b := make([]byte, 100)
		n, err := conn.Read(b)
		require.NoError(t, err)
		return conn, string(b[:n])
	}
	first, _ := dial()
	served := 1
	for range 200 {
		switch _, reply := dial(); reply {
		case "+PONG\r\n":
			served++
		default:
			require.Equal(t, "-ERR max number of clients reached\r\n", reply)
		}
	}
	require.Equal(t, 32, served)
	r := resp.NewReader(first)
	ask := func(words ...any) any {
		first.Write(resp.AppendCommand(nil, words...))
		v, err := r.Read()
		require.NoError(t, err)
		return v
	}
	const over = "ERR CONFIG SET failed (possibly related to argument 'maxclients') - The operating system is not able to handle the specified number of clients, try with 32"
	require.Equal(t, resp.Error(over), ask("CONFIG", "SET", "maxclients", 33))
	require.Equal(t, []any{"maxclients", "32"}, ask("CONFIG", "GET", "maxclients"))
	require.Equal(t, "OK", ask("CONFIG", "SET", "maxclients", 31))
	first.Write(resp.AppendCommand(nil, "SHUTDOWN"))
	cmd.Wait()
	require.Contains(t, log.String(), "# You requested maxclients of 10000 requiring at least 10032 max file descriptors.")
	require.Contains(t, log.String(), "# Current maximum open files is 64. maxclients has been reduced to 32 to compensate for low ulimit.")
}

// TestTooFewFiles: a server that could serve nobody does not start.
func TestTooFewFiles(t *testing.T) {
	out, err := withFiles(32, "--port", "0", "--unixsocket", t.TempDir()+"/socket").Output()
	require.Error(t, err)
	require.True(t, strings.Contains(string(out), "Your current 'ulimit -n' of 32 is not enough for the server to start."), "%s", out)
}
