package sessions_test

import (
	"bytes"
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

// The size of the run in every test run. For a long run, use the command.
const (
	testSessions = "20"
	testSteps    = 100
)

// player connects to a new server and to a reference. It skips the test if there is no
// reference.
func player(t *testing.T) *sessions.Player {
	ref := reference.Start(t, reference.Redis8)
	return playerOf(t, ref.Addr, servertest.Run(t, servertest.WithSetting("dir", t.TempDir())).Addr())
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

// TestRedisAgrees shows that everything compared in these modes is defined: two real servers
// agree.
func TestRedisAgrees(t *testing.T) {
	for _, mode := range unwaited {
		t.Run(string(mode), func(t *testing.T) {
			ref, other := reference.Start(t, reference.Redis8), reference.Start(t, reference.Redis8)
			random(t, playerOf(t, ref.Addr, other.Addr), mode)
		})
	}
}

func TestUnwaitedSessions(t *testing.T) {
	for _, mode := range unwaited {
		t.Run(string(mode), func(t *testing.T) { random(t, player(t), mode) })
	}
}

// TestKeptSessions replays sessions that once failed.
func TestKeptSessions(t *testing.T) {
	p := player(t)
	for name, session := range kept(t, "kept/*.txt") {
		t.Run(name, func(t *testing.T) { require.NoError(t, p.Play(session)) })
	}
}

// TestOpenSessions replays sessions that still fail, to notice those that have been mended.
func TestOpenSessions(t *testing.T) {
	p := player(t)
	for name, session := range kept(t, "kept/open/*.txt") {
		t.Run(name, func(t *testing.T) {
			var difference *sessions.Difference
			require.ErrorAs(t, p.Play(session), &difference, "there is no difference any more: move the file to kept")
		})
	}
}

func kept(t *testing.T, pattern string) map[string]sessions.Session {
	files, err := filepath.Glob(pattern)
	require.NoError(t, err)
	found := map[string]sessions.Session{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		session, err := sessions.Parse(bytes.NewReader(text))
		require.NoError(t, err, file)
		found[strings.TrimSuffix(filepath.Base(file), ".txt")] = session
	}
	return found
}
