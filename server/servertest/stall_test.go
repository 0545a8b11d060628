package servertest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/servertest"
)

// A test ends, though a script of its server would not.
func TestEndlessScript(t *testing.T) {
	t.Run("test", func(t *testing.T) {
		srv := servertest.Run(t, servertest.WithSetting("busy-reply-threshold", "1"))
		a, b := srv.Connect(t), srv.Connect(t)
		a.Send("EVAL", "redis.call('SET', 'k', 'v') while true do end", "0")
		for b.Do("PING") == "PONG" { // until it runs
		}
	})
}

// A connection that ends takes what was stalled with it: nobody could let it go on
// later, since the server does not know the client any more.
func TestStalledConnectionEnds(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect(t)
	c.Client(srv).StallWrites(true)
	c.Send("QUIT")
	require.Equal(t, []any{"OK"}, c.Closed())
}
