package servertest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/servertest"
)

// The history keeps the last of what tracking did, however long the server runs.
func TestHistoryIsBounded(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect(t)
	const reads, batch = 12_000, 100
	for range reads / batch {
		c.WriteRaw(strings.Repeat("GET k\r\n", batch))
		for range batch {
			c.Read()
		}
	}
	c.Do("GET", "last")
	events := srv.Events()
	require.Len(t, events, 10_000)
	require.Equal(t, []string{"last"}, events[len(events)-1].Keys)
}

// Restart goes on with the history, Reset begins a new one. Callbacks hear of both.
func TestHistoryAcrossRestart(t *testing.T) {
	srv := servertest.NewUnstarted(t)
	require.Empty(t, srv.Events())
	heard := make(chan string, 100)
	srv.OnEvent(func(e servertest.Event) { heard <- e.String() }, servertest.Enabled)
	srv.Start()
	enable := func() { srv.Connect(t).Do("CLIENT", "TRACKING", "ON") }
	enable()
	require.Equal(t, "client 1: tracking ON", <-heard)
	srv.Restart()
	enable()
	require.Equal(t, "client 1: tracking ON", <-heard)
	var kinds []servertest.Kind
	for _, e := range srv.Events() {
		kinds = append(kinds, e.Kind)
	}
	require.Equal(t, []servertest.Kind{servertest.Enabled, servertest.Disabled, servertest.Enabled}, kinds)
	srv.Reset()
	require.Empty(t, srv.Events())
}

// The diagram goes by the server's clock, also where that stands still.
func TestDiagramGoesByTheServersClock(t *testing.T) {
	f := &fakeT{}
	f.run(func(t *fakeT) {
		srv := servertest.Run(t, servertest.WithManualClock(time.Unix(0, 0)))
		c := srv.Connect(t)
		c.Do("SET", "k", "1")
		srv.FastForward(1500 * time.Millisecond)
		c.Do("GET", "k")
		srv.Set("k", "2")
		srv.ClientID(1).Kill()
		t.Errorf("something")
	})
	f.end()
	shown := strings.Join(f.logged, "\n")
	require.Contains(t, shown, "     0.000ms > SET k 1  < OK")
	require.Contains(t, shown, "  1500.000ms > GET k  < 1")
	require.Regexp(t, `client 1 +by the test`, shown)
	require.Contains(t, shown, "> SET k 2  < OK")
	require.Contains(t, shown, "(closed: killed)")
	require.NotContains(t, shown, "shutdown")
}
