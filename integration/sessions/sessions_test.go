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
	return playerOf(t, ref.Addr, servertest.Run(t).Addr())
}

func playerOf(t *testing.T, ref, our string) *sessions.Player {
	p, err := sessions.NewPlayer(ref, our)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

func random(t *testing.T, p *sessions.Player, mode sessions.Mode) {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		require.NoError(t, flag.Set("rapid.checks", testSessions))
	}
	require.NoError(t, flag.Set("rapid.nofailfile", "true"))
	require.NoError(t, flag.Set("rapid.shrinktime", "1ns"))
	sessions.Check(t, p, mode, testSteps, func() {})
}

func TestRandomSessions(t *testing.T) { random(t, player(t), sessions.InStep) }

// unwaited are the modes in which commands do not wait for replies.
var unwaited = []sessions.Mode{sessions.Pipeline, sessions.Async}

// TestRedisAgrees shows that what is compared in these modes is defined.
func TestRedisAgrees(t *testing.T) {
	for _, mode := range unwaited {
		t.Run(string(mode), func(t *testing.T) {
			ref, other := reference.Start(t, reference.Redis8), reference.Start(t, reference.Redis8)
			random(t, playerOf(t, ref.Addr, other.Addr), mode)
		})
	}
}

func TestUnwaitedSessions(t *testing.T) {
	t.Skip("until the server has one loop")
	replay(t, "kept/unwaited/*.txt")
	for _, mode := range unwaited {
		t.Run(string(mode), func(t *testing.T) { random(t, player(t), mode) })
	}
}

// TestKeptSessions replays what once failed.
func TestKeptSessions(t *testing.T) { replay(t, "kept/*.txt") }

func replay(t *testing.T, pattern string) {
	files, err := filepath.Glob(pattern)
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
