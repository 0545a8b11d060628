package lab_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/lab"
	"github.com/tattle-server/tattle/server/servertest"
)

// Every lab does on tattle what it says, and its tables say so. TATTLE_TEST_ADDR names
// another server to play them on, whose keys are lost.
func TestLabs(t *testing.T) {
	labs, err := lab.All()
	require.NoError(t, err)
	for i, l := range labs {
		require.Equal(t, i+1, l.Number, "each number has one lab")
		require.True(t, i == 0 || labs[i-1].Level <= l.Level, "%s: the easy ones come first", l.Name)
	}
	addr := os.Getenv("TATTLE_TEST_ADDR")
	if addr == "" {
		addr = servertest.Run(t).Addr()
	}
	for _, l := range labs {
		t.Run(fmt.Sprintf("%02d-%s", l.Number, l.Name), func(t *testing.T) {
			require.NoError(t, l.Verify(addr))
		})
	}
}
