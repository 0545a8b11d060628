package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/internal/transcript"
	"github.com/tattle-server/tattle/server/servertest"
)

// rules is how many rules of client tracking there are, each with a page in rules.
const rules = 45

// The contract of client tracking, rule by rule. It is played on the server at
// TATTLE_TEST_ADDR, if there is one; that loses its keys and some of its settings.
func TestRules(t *testing.T) {
	for rule := 1; rule <= rules; rule++ {
		pages, err := filepath.Glob(fmt.Sprintf("rules/%02d-*.txt", rule))
		require.NoError(t, err)
		require.Len(t, pages, 1, "each rule has one page")
		t.Run(filepath.Base(pages[0]), func(t *testing.T) {
			page, err := transcript.Load(pages[0])
			require.NoError(t, err)
			addr := os.Getenv("TATTLE_TEST_ADDR")
			if addr == "" {
				addr = servertest.Run(t).Addr()
			}
			require.NoError(t, page.Run(addr))
		})
	}
}
