package main

import (
	"bytes"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/config"
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
		{"--port 0", 1, "# Port 0 is no TCP port, as in Redis. For a free port use --port auto.", ""},
		{"--port 0 --appendonly yes", 1, "# WARNING appendonly yes: nothing is written to disk", ""},
		{"redis-server --version", 0, "Redis server v=8.0.2", ""},
		{"redis-server --foo bar", 1, "# >>> 'foo bar'", ""},
		{"--port auto auto", 1, "", ">>> 'port \"auto\" \"auto\"'\nwrong number of arguments\n"},
		{"--port automatic", 1, "", "argument couldn't be parsed into an integer\n"},
		{"--inspect-read-only", 1, "# inspect-read-only needs inspect", ""},
		{"--inspect nowhere", 1, "", ">>> 'inspect \"nowhere\"'\nargument must be 'yes', 'no', a port, or an address such as 127.0.0.1:8379\n"},
		{"--exit-with-parent --daemonize yes", 1, "# daemonize and exit-with-parent exclude each other", ""},
		{"--port auto --bind 127.0.0.1 --address-file /no/such/address", 1, "# Failed to write the address file: No such file or directory", ""},
		{"--port auto --bind 127.0.0.1 --tls-port auto", 1, "# configuring TLS: no tls-cert-file is set", ""},
	} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, tt.code, run(strings.Fields(tt.args), strings.NewReader(""), &stdout, &stderr), tt.args)
		require.Contains(t, stdout.String(), tt.stdout)
		require.Contains(t, stderr.String(), tt.stderr)
		require.NotContains(t, stdout.String(), "Ready to accept", "programs wait for that")
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
	require.NotContains(t, stdout.String(), "Ready to accept")

	stdout.Reset()
	code = run([]string{"--port", "auto", "--bind", "127.0.0.1", "--inspect", l}, strings.NewReader(""), &stdout, &stdout)
	require.Equal(t, 1, code)
	require.Contains(t, stdout.String(), "# Could not open the address of the page, 127.0.0.1:"+l+": Address already in use")
	require.NotContains(t, stdout.String(), "Ready to accept")
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

// TestGreet: the commands that are shown work on the server as it is set.
func TestGreet(t *testing.T) {
	for _, tt := range []struct {
		args  string
		where address
		want  string
	}{
		{"", address{Host: "127.0.0.1", Port: 7000, TLSPort: 7001, UnixSocket: "/s"}, "redis-cli -p 7000 -3"},
		{"--requirepass x", address{Host: "::1", Port: 7000}, "redis-cli -h ::1 -p 7000 --askpass -3"},
		{"", address{UnixSocket: "/s"}, "redis-cli -s /s -3"},
		{"--tls-cert-file c.crt --tls-auth-clients no", address{Host: "127.0.0.1", TLSPort: 7001}, "redis-cli -p 7001 --tls --cacert c.crt -3"},
		{"--tls-cert-file c.crt --tls-ca-cert-file ca.crt", address{Host: "127.0.0.1", TLSPort: 7001}, "redis-cli -p 7001 --tls --cacert ca.crt --cert CLIENT.crt --key CLIENT.key -3"},
		{"--tls-ca-cert-dir /ca --tls-auth-clients optional", address{Host: "127.0.0.1", TLSPort: 7001}, "redis-cli -p 7001 --tls --cacertdir /ca -3"},
	} {
		cfg := config.New()
		require.NoError(t, cfg.LoadArgs(strings.Fields(tt.args), nil))
		var out bytes.Buffer
		greet(cfg, tt.where, nil, &out)
		require.Contains(t, out.String(), "    "+tt.want+"\n")
		require.Contains(t, out.String(), "Ctrl-C stops tattle")
	}
}
