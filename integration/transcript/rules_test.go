package transcript_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/integration/reference"
	"github.com/tattle-server/tattle/integration/transcript"
	"github.com/tattle-server/tattle/server/servertest"
)

// rules is how many rules of client tracking there are, each with a file.
const rules = 45

func files(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("../transcripts/*.txt")
	require.NoError(t, err)
	for rule := 1; rule <= rules; rule++ {
		of, _ := filepath.Glob(fmt.Sprintf("../transcripts/rule%02d-*.txt", rule))
		require.NotEmpty(t, of, "rule %d has no transcript", rule)
	}
	return paths
}

// play runs every transcript on one server.
func play(t *testing.T, addr string) {
	for _, path := range files(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			s, err := transcript.Load(path)
			require.NoError(t, err)
			require.NoError(t, s.Run(addr))
		})
	}
}

func TestTranscriptsOnTattle(t *testing.T) { play(t, servertest.Run(t).Addr()) }

func TestTranscriptsOnReferences(t *testing.T) {
	for _, v := range reference.All() {
		t.Run(v.Name, func(t *testing.T) { play(t, reference.Start(t, v).Addr) })
	}
}
