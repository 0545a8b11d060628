package sessions_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/integration/reference"
	"github.com/tattle-server/tattle/integration/sessions"
	"github.com/tattle-server/tattle/server/servertest"
)

// The size of the run that every test run does. The long one is the command.
const (
	testSessions = "20"
	testSteps    = 100
)

// player connects to a reference, without which the test is skipped, and a new
// server.
func player(t *testing.T) *sessions.Player {
	ref := reference.Start(t, reference.Redis8)
	p, err := sessions.NewPlayer(ref.Addr, servertest.Run(t).Addr())
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

func TestRandomSessions(t *testing.T) {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		require.NoError(t, flag.Set("rapid.checks", testSessions))
	}
	require.NoError(t, flag.Set("rapid.nofailfile", "true"))
	require.NoError(t, flag.Set("rapid.shrinktime", "1ns"))
	sessions.Check(t, player(t), testSteps, func() {})
}

// TestKeptSessions replays what once failed.
func TestKeptSessions(t *testing.T) {
	files, err := filepath.Glob("kept/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	p := player(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			f, err := os.Open(file)
			require.NoError(t, err)
			defer f.Close()
			session, err := sessions.Parse(f)
			require.NoError(t, err)
			require.NoError(t, p.Play(session))
		})
	}
}
