package minitests

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The tests that stand here for miniredis pass here too, when one import is changed.
func TestMoved(t *testing.T) {
	const name, theirs, ours = "users_test.go", `"github.com/alicebob/miniredis/v2"`, `"github.com/tattle-server/tattle/server/servertest/miniredis"`
	if os.Getenv("TATTLE_MOVED") != "" {
		t.Skip("these are the tests that have moved")
	}
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(text), theirs))
	here, err := filepath.Abs(name)
	require.NoError(t, err)
	moved, overlay := filepath.Join(t.TempDir(), name), filepath.Join(t.TempDir(), "overlay.json")
	require.NoError(t, os.WriteFile(moved, []byte(strings.Replace(string(text), theirs, ours, 1)), 0o600))
	list, err := json.Marshal(map[string]map[string]string{"Replace": {here: moved}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(overlay, list, 0o600))
	cmd := exec.Command("go", "test", "-count=1", "-overlay", overlay, ".")
	cmd.Env = append(os.Environ(), "TATTLE_MOVED=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
