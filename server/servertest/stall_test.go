package servertest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/servertest"
)

// A connection that ends takes what was stalled with it: nobody could let it go on
// later, since the server does not know the client any more.
func TestStalledConnectionEnds(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect(t)
	c.Client(srv).StallWrites(true)
	c.Send("QUIT")
	require.Equal(t, []any{"OK"}, c.Closed())
}
