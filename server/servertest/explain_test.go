package servertest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/journal"
	"github.com/tattle-server/tattle/server/servertest"
)

func TestExplain(t *testing.T) {
	srv := servertest.Run(t)
	a, b := srv.Connect3(t), srv.Connect3(t)
	a.Do("CLIENT", "TRACKING", "ON", "NOLOOP")
	a.Do("GET", "k")
	b.Do("PING")
	explained := func(by ...servertest.Client) string { return fmt.Sprint(srv.Explain("k", by...)) }
	require.Equal(t, "[client 1 by push: sent client 2: not remembered: tracking is off]", explained())
	require.Equal(t, "[client 1 by push: not sent: NOLOOP client 2: not remembered: tracking is off]", explained(a.Client(srv)))
	srv.RequireNoInvalidation(t, a.Client(srv))
}

func TestWhy(t *testing.T) {
	srv := servertest.Run(t)
	a := srv.Connect3(t)
	a.Do("CLIENT", "TRACKING", "ON")
	a.Do("GET", "k")
	srv.Set("k", "1")
	a.ReadPush()
	story := srv.Why(a.Client(srv), "k")
	var meanings []journal.What
	for _, m := range story.Moments {
		meanings = append(meanings, m.What)
	}
	require.Equal(t, []journal.What{journal.CameOrWent, journal.Mode, journal.Registered, journal.Forgot, journal.Told}, meanings)
	require.Contains(t, story.Verdict, `Client 1 does not hold "k"`)
}

// A recording begins with the test, and has what the formats need.
func TestRecord(t *testing.T) {
	srv := servertest.Run(t)
	srv.Set("before", "1")
	srv.For(t).Set("k", "1")
	require.Contains(t, srv.Record("text"), "SET before 1")
	view := srv.For(t)
	view.Set("k", "2")
	require.Contains(t, view.Record("jsonl"), `"words":["SET","k","2"]`)
	require.NotContains(t, view.Record("jsonl"), "before")

	f := &fakeT{}
	f.run(func(t *fakeT) { srv.For(t).Record("nonsense") })
	require.Contains(t, fmt.Sprint(f.failed), `there is no format "nonsense"; the formats are jsonl`)
}
