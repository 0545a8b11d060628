package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/servertest"
	"github.com/tattle-server/tattle/tracking"
)

// shown formats what becomes of a message.
func shown(client, receiver uint64, route tracking.Route, prefix string, o tracking.Outcome, fault uint64) string {
	return fmt.Sprintf("%d to %d, %s %q: %s, fault %d", client, receiver, route, prefix, o, fault)
}

// explained returns the verdicts on messages, in the order of their clients.
func (x watched) explained(by uint64) (lines []string) {
	for _, v := range x.Lab().Explain("k", by) {
		if v.Told() || v.Outcome.Suppressed() {
			lines = append(lines, shown(v.Client, v.Receiver, v.Route, v.Prefix, v.Outcome, v.Fault))
		}
	}
	return lines
}

// happened returns what became of the messages.
func (x watched) happened() (lines []string) {
	for _, e := range x.w.Since(0, tracking.Message) {
		if e.Outcome != tracking.AfterReply && e.Outcome != tracking.Duplicated {
			lines = append(lines, shown(e.Client, e.Receiver, e.Route, e.Prefix, e.Outcome, e.Fault))
		}
	}
	return lines
}

// What Explain foretells is what happens when the key changes, whatever state the clients are in and
// whatever a test does to them. Client 1 is a, 2 is b, 3 is c; b writes, and in a second round a itself.
func TestExplainForeseesWhatHappens(t *testing.T) {
	faults := func(f func(server.Faults) error) func(*server.Lab) {
		return func(l *server.Lab) { _ = f(l.Faults(1)); _ = f(l.Faults(3)) }
	}
	for name, test := range map[string]struct {
		lines string
		then  func(*server.Lab)
		want  tracking.Outcome // of the first verdict on client 1, where b writes
	}{
		"off":                {"", nil, tracking.TrackingOff},
		"not read":           {"1 CLIENT TRACKING ON|1 GET other", nil, tracking.NotHeld},
		"read":               {"1 CLIENT TRACKING ON|1 GET k", nil, tracking.Sent},
		"read by two":        {"1 CLIENT TRACKING ON|1 GET k|3 CLIENT TRACKING ON NOLOOP|3 GET k|3 GET l", nil, tracking.Sent},
		"NOLOOP":             {"1 CLIENT TRACKING ON NOLOOP|1 GET k", nil, tracking.Sent},
		"OPTIN":              {"1 CLIENT TRACKING ON OPTIN|1 GET k", nil, tracking.NotHeld},
		"OPTIN, armed":       {"1 CLIENT TRACKING ON OPTIN|1 CLIENT CACHING YES|1 GET k", nil, tracking.Sent},
		"turned off":         {"1 CLIENT TRACKING ON|1 GET k|1 CLIENT TRACKING OFF", nil, tracking.NotTracking},
		"now in BCAST":       {"1 CLIENT TRACKING ON|1 GET k|1 CLIENT TRACKING OFF|1 CLIENT TRACKING ON BCAST PREFIX x", nil, tracking.NowBCast},
		"now in BCAST, told": {"1 CLIENT TRACKING ON|1 GET k|1 CLIENT TRACKING OFF|1 CLIENT TRACKING ON BCAST", nil, tracking.NowBCast},
		"RESP2":              {"1 HELLO 2|1 CLIENT TRACKING ON|1 GET k", nil, tracking.Resp2},
		"RESP2 now":          {"1 CLIENT TRACKING ON|1 GET k|1 HELLO 2", nil, tracking.Resp2},
		"redirect":           {"1 CLIENT TRACKING ON REDIRECT 3|1 GET k|3 HELLO 3", nil, tracking.Sent},
		"redirect, deaf":     {"1 CLIENT TRACKING ON REDIRECT 3|1 GET k", nil, tracking.NotSubscribed},
		"redirect, RESP2":    {"3 SUBSCRIBE __redis__:invalidate|1 CLIENT TRACKING ON REDIRECT 3|1 GET k", nil, tracking.Sent},
		"redirect, gone":     {"1 CLIENT TRACKING ON REDIRECT 3|1 GET k", func(l *server.Lab) { l.Faults(3).Kill() }, tracking.BrokenRedirect},
		"redirect, broken": {"1 CLIENT TRACKING ON REDIRECT 3|1 GET k|3 HELLO 3",
			func(l *server.Lab) { l.Faults(1).BreakRedirect() }, tracking.BrokenRedirect},
		"gone":            {"1 GET k|3 CLIENT TRACKING ON|3 GET k", func(l *server.Lab) { l.Faults(3).Kill() }, tracking.TrackingOff},
		"BCAST":           {"1 CLIENT TRACKING ON BCAST", nil, tracking.Sent},
		"BCAST, NOLOOP":   {"1 CLIENT TRACKING ON BCAST NOLOOP PREFIX k|3 CLIENT TRACKING ON BCAST", nil, tracking.Sent},
		"BCAST, twice":    {"1 CLIENT TRACKING ON BCAST PREFIX k|1 CLIENT TRACKING ON BCAST", nil, tracking.Sent},
		"BCAST, beside":   {"1 CLIENT TRACKING ON BCAST PREFIX x PREFIX kk", nil, tracking.NoPrefix},
		"BCAST, RESP2":    {"1 HELLO 2|1 CLIENT TRACKING ON BCAST", nil, tracking.Resp2},
		"BCAST, deaf":     {"1 CLIENT TRACKING ON BCAST REDIRECT 3", nil, tracking.NotSubscribed},
		"BCAST, redirect": {"3 HELLO 3|1 CLIENT TRACKING ON BCAST REDIRECT 3", nil, tracking.Sent},
		"not permitted": {"2 CONFIG SET tracking-bcast-permissions yes|2 ACL SETUSER app on nopass %W~* %R~other:* +@all|1 AUTH app x|1 CLIENT TRACKING ON BCAST",
			nil, tracking.NotPermitted},
		"held":         {"1 CLIENT TRACKING ON|1 GET k", faults(server.Faults.Hold), tracking.Held},
		"delayed":      {"1 CLIENT TRACKING ON|1 GET k", faults(func(f server.Faults) error { return f.Delay(time.Hour) }), tracking.Delayed},
		"duplicated":   {"1 CLIENT TRACKING ON|1 GET k", faults(func(f server.Faults) error { return f.Duplicate(true) }), tracking.Sent},
		"dropped":      {"1 CLIENT TRACKING ON|1 GET k", faults(func(f server.Faults) error { return f.Drop(-1) }), tracking.Dropped},
		"one dropped":  {"3 HELLO 3|1 CLIENT TRACKING ON REDIRECT 3|1 GET k|3 CLIENT TRACKING ON BCAST", faults(func(f server.Faults) error { return f.Drop(1) }), tracking.Dropped},
		"cut":          {"1 CLIENT TRACKING ON|1 GET k", faults(server.Faults.CutBeforePush), tracking.Cut},
		"cut by first": {"3 HELLO 3|1 CLIENT TRACKING ON REDIRECT 3|1 GET k|3 CLIENT TRACKING ON BCAST", faults(server.Faults.CutBeforePush), tracking.Cut},
	} {
		t.Run(name, func(t *testing.T) {
			for _, by := range []uint64{2, 1} {
				x := watch(t)
				conns := []*servertest.Conn{x.a, x.b, servertest.Dial(t, x.Addr().String())}
				conns[2].Do("PING")
				for line := range strings.SplitSeq(test.lines, "|") {
					if words := strings.Fields(line); len(words) > 0 {
						var args []any
						for _, w := range words[1:] {
							args = append(args, w)
						}
						_, failed := conns[words[0][0]-'1'].Do(args...).(error)
						require.False(t, failed, line)
					}
				}
				if test.then != nil {
					test.then(x.Lab())
				}
				before := x.Tracking()
				foreseen := x.explained(by)
				if by == 2 {
					require.Equal(t, foreseen, x.explained(0), "0 is somebody else")
					require.Equal(t, test.want, x.Lab().Explain("k", by)[0].Outcome)
				}
				require.Equal(t, before, x.Tracking(), "a look changes nothing")
				conns[by-1].Send("SET", "k", "1")
				x.Do(func() {})
				x.awaitEnd(t, by)
				require.ElementsMatch(t, foreseen, x.happened(), "by client %d", by)
			}
		})
	}
}

// awaitEnd waits until a client's SET is done and its cycle has ended.
func (x watched) awaitEnd(t *testing.T, client uint64) {
	t.Helper()
	set := uint64(0)
	for e := range x.w.All() {
		switch {
		case e.Kind == tracking.Ended && e.Client == client && e.Command == "set":
			set = e.Seq
		case e.Kind == tracking.CycleEnded && set != 0:
			return
		}
	}
}

// What the lab shows of a client that a test disturbs.
func TestClientsShowTheirFaults(t *testing.T) {
	x := watch(t)
	require.Empty(t, x.Clients()[0].Faults)
	f := x.Lab().Faults(1)
	x.a.Do("CLIENT", "TRACKING", "ON")
	x.a.Do("GET", "k")
	f.Hold()
	f.Drop(0)
	f.StallReads(true)
	x.b.Do("SET", "k", "1")
	info := x.Clients()[0]
	require.Equal(t, []string{"pushes are held", "reads stall"}, info.Faults)
	require.Equal(t, 1, info.Held)
}

// The lab's looks into the tables.
func TestLooksIntoTheTables(t *testing.T) {
	x := watch(t)
	x.a.Do("CLIENT", "TRACKING", "ON")
	x.a.Do("MGET", "user:1", "user:2", "video")
	x.b.Do("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "u")
	lab := x.Lab()
	require.Same(t, x.Server, lab.Server())
	keys, next := lab.Table("", "user:", 1)
	require.Equal(t, []server.TableKey{{HeldKey: tracking.HeldKey{Key: "user:1", Holders: []uint64{1}}, Gone: []uint64{}}}, keys)
	require.Equal(t, "user:2", next)
	require.Equal(t, 2, lab.Tree([]byte("user")).Keys)
	require.Equal(t, []uint64{2}, lab.Prefixes()[0].Subscribers)
	st := lab.TrackingStats()
	require.Equal(t, [4]int{2, 3, 3, 1}, [4]int{st.Clients, st.Keys, st.Items, st.Prefixes})
	require.Equal(t, 3, st.Table.Keys)
	require.Equal(t, int64(1_000_000), st.MaxKeys)
	lab.Faults(1).Kill()
	keys, _ = lab.Table("", "", 9)
	require.Len(t, keys, 3)
	require.Equal(t, []uint64{1}, keys[2].Gone)
}
