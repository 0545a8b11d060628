package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/servertest"
)

// TestTools: every tool says what it is for, and transcript what a server lacks.
func TestTools(t *testing.T) {
	bin := t.TempDir()
	out, err := exec.Command("go", "build", "-o", bin+"/", "./cmd/...").CombinedOutput()
	require.NoError(t, err, "%s", out)
	tools, err := os.ReadDir("cmd")
	require.NoError(t, err)
	require.Len(t, tools, 8)
	for _, tool := range tools {
		out, err := exec.Command(filepath.Join(bin, tool.Name()), "--help").CombinedOutput()
		require.NoError(t, err, "%s: %s", tool.Name(), out)
		require.Greater(t, len(out), 400, "%s: %s", tool.Name(), out)
	}

	transcript := filepath.Join(bin, "transcript")
	const page = "../server/rules/40-expiry-under-the-readers-eyes.txt"
	plain := servertest.Run(t, servertest.WithSetting("enable-debug-command", "no"))
	out, err = exec.Command(transcript, page, "--against", plain.Addr()).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "Start it with --enable-debug-command yes.")
	out, err = exec.Command(transcript, page, "--against", servertest.Run(t).Addr()).CombinedOutput()
	require.NoError(t, err, "%s", out)
}
