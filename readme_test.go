package tattle_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/config"
)

// The README names every setting that is accepted and does nothing.
func TestReadmeListsSettingsWithoutEffect(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, name := range config.NoEffect() {
		require.True(t, strings.Contains(string(readme), "`"+name+"`"), "README.md must list %s", name)
	}
}
