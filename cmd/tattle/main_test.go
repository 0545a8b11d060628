package main

import (
	"bytes"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRunEnds tests the calls that do not start a server.
func TestRunEnds(t *testing.T) {
	for _, tt := range []struct {
		args           string
		code           int
		stdout, stderr string // parts of what is printed
	}{
		{"--version", 0, "Redis server v=8.0.2 sha=00000000:0 malloc=go bits=", ""},
		{"-v", 0, "build=tattle-", ""},
		{"--help", 0, "port 0: no TCP at all", ""},
		{"--check-system", 1, "", "tattle has no --check-system"},
		{"x.conf --sentinel", 1, "", "no sentinel"},
		{"--port 0", 1, "# Configured to not listen anywhere, exiting.", ""},
		{"--port 0 --timeout x", 1, "", "Reading the configuration file, at line 3\n>>> 'timeout \"x\"'\nargument couldn't be parsed into an integer\n"},
		{"--foo bar", 1, "# >>> 'foo bar'", ""},
		{"/no/such.conf", 1, "# Fatal error, can't open config file '/no/such.conf': No such file or directory", ""},
		{"--port 0 --logfile /no/such/log", 1, "", "Can't open the log file: No such file or directory"},
		{"--port 0 --unixsocket /no/such/socket", 1, "# Failed opening Unix socket: bind: No such file or directory", ""},
		{"--port 0 --daemonize yes", 1, "# WARNING daemonize yes: tattle stays in the foreground", ""},
	} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, tt.code, run(strings.Fields(tt.args), strings.NewReader(""), &stdout, &stderr), tt.args)
		require.Contains(t, stdout.String(), tt.stdout)
		require.Contains(t, stderr.String(), tt.stderr)
	}
}

func TestPortInUse(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	l := listen(t)
	var stdout bytes.Buffer
	code := run([]string{"--port", l, "--bind", "127.0.0.1", "--unixsocket", socket}, strings.NewReader(""), &stdout, &stdout)
	require.Equal(t, 1, code)
	require.Contains(t, stdout.String(), "# Warning: Could not create server TCP listening socket 127.0.0.1:"+l+": bind: Address already in use")
	require.Contains(t, stdout.String(), "# Failed listening on port "+l+" (tcp), aborting.")
}

// listen occupies a port for the time of the test.
func listen(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
