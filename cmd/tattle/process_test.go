package main

import (
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// asServer turns the test program into the server, for behavior that shows only in
// a process in which nothing else happens.
const asServer = "TATTLE_TEST_AS_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		stdout, stderr := streams()
		os.Exit(run(os.Args[1:], os.Stdin, stdout, stderr))
	}
	os.Exit(m.Run())
}

// TestEndlessScriptOnOneProcessor: the runtime's monitor thread sleeps when the
// server does, and must be awake to take the processor from a script.
func TestEndlessScriptOnOneProcessor(t *testing.T) {
	path := t.TempDir() + "/socket"
	cmd := exec.Command(os.Args[0], "--port", "0", "--unixsocket", path, "--busy-reply-threshold", "1")
	cmd.Env = append(os.Environ(), asServer+"=1", "GOMAXPROCS=1")
	require.NoError(t, cmd.Start())
	defer cmd.Wait()
	defer cmd.Process.Kill()

	dial := func() (conn net.Conn) {
		require.Eventually(t, func() (ok bool) {
			var err error
			conn, err = net.Dial("unix", path)
			return err == nil
		}, 20*time.Second, time.Millisecond)
		t.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(10 * time.Second)) // else it would be for ever
		return conn
	}
	runner, killer := dial(), dial()
	ask := func(conn net.Conn, words ...any) { conn.Write(resp.AppendCommand(nil, words...)) }
	hear := func(conn net.Conn) string {
		b := make([]byte, 200)
		n, err := conn.Read(b)
		require.NoError(t, err)
		return string(b[:n])
	}
	ask(killer, "PING")
	require.Equal(t, "+PONG\r\n", hear(killer))
	time.Sleep(300 * time.Millisecond) // of quiet, in which the monitor falls asleep
	ask(runner, "EVAL", "while true do end", 0)
	time.Sleep(100 * time.Millisecond) // so that what follows finds the processor taken
	for answer := ""; answer != "+OK\r\n"; answer = hear(killer) {
		ask(killer, "SCRIPT", "KILL") // NOTBUSY until it has begun
	}
	require.Contains(t, hear(runner), "Script killed by user")
}
