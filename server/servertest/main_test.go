package servertest_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/servertest"
)

// TestRunMain uses a server as the tests of a package do whose TestMain has started it.
func TestRunMain(t *testing.T) {
	srv := servertest.RunMain(servertest.WithSetting("maxmemory", "1mb"))
	for _, name := range []string{"first", "second"} {
		t.Run(name, func(t *testing.T) {
			srv := srv.For(t)
			srv.Reset()
			require.Empty(t, srv.Keys(), "what the test before has left is gone")
			require.NoError(t, srv.Set(name, "v"))
			require.Equal(t, "v", servertest.Dial(t, srv.Addr()).Do("GET", name))
		})
	}
	require.NoError(t, srv.Close())
	<-srv.Done()
}

// TestRunMainEndsTheProgram runs itself in another process, in which the server cannot be
// started.
func TestRunMainEndsTheProgram(t *testing.T) {
	const inside = "SERVERTEST_RUN_MAIN"
	if os.Getenv(inside) != "" {
		servertest.RunMain(servertest.WithSetting("nonsense", "1"))
		return
	}
	program := exec.Command(os.Args[0], "-test.run=^TestRunMainEndsTheProgram$")
	program.Env = append(os.Environ(), inside+"=1")
	output, err := program.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 1, exit.ExitCode())
	require.Contains(t, string(output), `servertest: starting the server: the setting "nonsense 1": `)
}

// A mistake with a server of RunMain, without For, must not leave the tests green: it panics
// with the line of the test.
func TestRunMainIsNeverGreen(t *testing.T) {
	srv := servertest.RunMain()
	defer srv.Close()
	require.NoError(t, srv.Set("k", "v"))
	for name, mistake := range map[string]func(){
		"a refused command": func() { srv.HSet("k", "f", "v") },
		"no such client":    func() { srv.ClientNamed("nobody") },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() { require.Regexp(t, `^main_test.go:\d+: servertest: `, recover()) }()
			mistake()
		})
	}
}
