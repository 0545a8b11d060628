package tattle_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/internal/transcript"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/servertest"
)

// The README names every setting that is accepted and does nothing.
func TestReadmeListsSettingsWithoutEffect(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, name := range config.NoEffect() {
		require.True(t, strings.Contains(string(readme), "`"+name+"`"), "README.md must list %s", name)
	}
}

// The README's sessions are what happens. Those are its blocks with lines that say what
// connection a sends. TATTLE_TEST_ADDR names another server to play them on, whose keys
// are lost.
func TestReadmeSessions(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	sessions := 0
	for i, block := range strings.Split(string(readme), "\n```") {
		if i%2 == 0 || !strings.Contains(block, "\na> ") { // the even ones are between blocks
			continue
		}
		sessions++
		session, err := transcript.Parse("README.md", block)
		require.NoError(t, err, block)
		addr := os.Getenv("TATTLE_TEST_ADDR")
		if addr == "" {
			addr = servertest.Run(t).Addr()
		}
		require.NoError(t, session.Run(addr), block)
	}
	require.Equal(t, 5, sessions)
}
