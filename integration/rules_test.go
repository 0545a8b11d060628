package integration

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/integration/reference"
	"github.com/tattle-server/tattle/internal/transcript"
)

// Real servers do what the rules of client tracking and the pages about other commands say
// about them. The tests of package server play both on tattle.
func TestRulesOnReferences(t *testing.T) {
	pages, err := filepath.Glob("../server/rules/*.txt")
	require.NoError(t, err)
	more, err := filepath.Glob("../server/pages/*.txt")
	require.NoError(t, err)
	pages = append(pages, more...)
	require.NotEmpty(t, pages)
	for _, v := range reference.All() {
		t.Run(v.Name, func(t *testing.T) {
			addr := reference.Start(t, v).Addr
			for _, path := range pages {
				t.Run(filepath.Base(path), func(t *testing.T) {
					page, err := transcript.Load(path)
					require.NoError(t, err)
					require.NoError(t, page.Run(addr))
				})
			}
		})
	}
}
