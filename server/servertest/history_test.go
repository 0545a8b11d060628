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
	srv := servertest.Run(t, servertest.WithSetting("journal-max-bytes", "100kb"))
	c := srv.Connect(t)
	const reads, batch = 1_200, 100
	for range reads / batch {
		c.WriteRaw(strings.Repeat("GET k\r\n", batch))
		for range batch {
			c.Read()
		}
	}
	c.Do("GET", "last")
	events := srv.Events()
	require.Less(t, len(events), 300)
	require.Greater(t, len(events), 30)
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

// shown returns the diagram of a test that fails after fn.
func shown(fn func(t *fakeT)) string {
	f := &fakeT{}
	f.run(func(t *fakeT) { fn(t); t.Errorf("something") })
	f.end()
	return strings.Join(f.logged, "\n")
}

// The diagram has what clients, the test and the clock did, by the server's clock, what was
// not sent, and the names that clients took later.
func TestDiagram(t *testing.T) {
	got := shown(func(f *fakeT) { // the connections outlive it
		srv := servertest.Run(f, servertest.WithManualClock(time.Unix(1_000, 0)))
		a, b := srv.Connect3(t), srv.Connect3(t)
		a.Do("CLIENT", "TRACKING", "ON", "OPTIN")
		a.Do("GET", "k")
		a.Do("CLIENT", "CACHING", "YES")
		a.Do("GET", "k")
		a.Do("CLIENT", "SETNAME", "app")
		b.Do("CLIENT", "TRACKING", "ON", "BCAST", "NOLOOP")
		srv.Set("k", "a\nb")
		a.Read()
		b.DoReply("SET", "k", "2", "PX", "1500")
		app := a.Client(srv)
		app.HoldPushes()
		a.Do("CLIENT", "CACHING", "YES")
		a.Do("GET", "k")
		srv.FastForward(1500 * time.Millisecond)
		app.ReleaseReordered()
		srv.SetTime(time.Unix(1_001, 0))
		for range 3 {
			b.DoReply("PING")
			a.DoReply("PING")
		}
		srv.SetError("OOPS", servertest.ErrorFor("GET"))
		for range 3 {
			b.DoReply("GET", "k")
		}
		app.Kill()
		srv.FastForward(time.Hour)
		b.DoReply("ECHO", strings.Repeat("x ", 200))
	})
	require.Equal(t, `servertest: the session, its last 29 lines; the times are the server's
            │ client 1                      │ client 2                      │ the test,
            │ app                           │                               │ the clock
    0.000ms │ > HELLO 3  < {server:redis version:8.0.2 proto:3 id…          │
            │                               │ > HELLO 3  < {server:redis version:8.0.2 proto:3 id…
            │ > CLIENT TRACKING ON OPTIN  < OK                              │
            │ > GET k  < (nil)  (not remembered: OPTIN without CLIENT CACHING YES)
            │ > CLIENT CACHING YES  < OK    │                               │
            │ > GET k  < (nil)              │                               │
            │ > CLIENT SETNAME app  < OK    │                               │
            │                               │ > CLIENT TRACKING ON BCAST NOLOOP  < OK
            │                               │                               │ > SET k a\nb
            │ < >invalidate [k]             │                               │
            │                               │                               │ < OK
            │                               │ < >invalidate [k]             │
            │                               │ > SET k 2 PX 1500  < OK       │
            │                               │ (invalidate [k] not sent: NOLOOP)
            │ (pushes are held)             │                               │
            │ > CLIENT CACHING YES  < OK    │                               │
            │ > GET k  < 2                  │                               │
 1500.000ms │                               │                               │ (expired: [k])
            │ (invalidate [k] held by a fault)                              │
            │                               │ < >invalidate [k]             │
            │ (what was held is sent, in reverse order: 1)                  │
            │ < >invalidate [k]             │                               │
            the clock goes back by 500ms
 1000.000ms │                               │ > PING  < PONG  (3 times)     │
            │ > PING  < PONG  (3 times)     │                               │
            │                               │                               │ (GET fails: OOPS)
            │                               │ > GET k  < -OOPS  (SetError)  (3 times)
            │ (the connection is killed)    │                               │
            │ (closed: killed)              │                               │
     1h0m1s │                               │ > ECHO x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x
            │                               │   x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x
            │                               │   x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x…
            │                               │ < x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x
            │                               │   x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x
            │                               │   x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x…`, got)
}

// With many connections the columns are narrow, and a line runs over those to its right.
func TestDiagramOfManyConnections(t *testing.T) {
	got := shown(func(t *fakeT) {
		srv := servertest.Run(t, servertest.WithManualClock(time.Unix(0, 0)))
		for range 6 {
			srv.Connect(t).Do("CLIENT", "SETNAME", "a-rather-long-name")
		}
	})
	for _, l := range strings.Split(got, "\n")[1:] {
		require.LessOrEqual(t, len([]rune(l)), 130)
	}
	require.Contains(t, got, "│ a-rather-l… │ a-rather-l…")
	require.Contains(t, got, "│ > CLIENT SETNAME a-rather-long-name  < OK             │")
}

// Evictions, the table's limit and what a client that is gone was not sent are shown where
// they happened.
func TestDiagramOfWhatLeavesTheTable(t *testing.T) {
	got := shown(func(t *fakeT) {
		srv := servertest.Run(t, servertest.WithSetting("tracking-table-max-keys", "1"))
		a, b := srv.Connect3(t), srv.Connect3(t)
		a.Do("CLIENT", "TRACKING", "ON")
		a.Do("GET", "k")
		a.Do("GET", "k")
		a.Do("CLIENT", "TRACKING", "OFF")
		b.Do("SET", "k", "1")
		a.Do("CLIENT", "TRACKING", "ON")
		a.Do("MGET", "k", "l")
		b.Do("PING")
	})
	require.Contains(t, got, "(invalidate [k] not sent: holder does not track now)")
	require.Regexp(t, `\(table limit: \[[kl]\]\)`, got)
	require.Contains(t, got, "> GET k  < (nil)  (2 times, until")
}
