package server_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/tracking"
)

// faulted is a server where client 1 holds k, and client 2 is about to write it.
func faulted(t *testing.T) (watched, server.Faults) {
	x := watch(t, tracking.Began, tracking.Ended, tracking.Message, tracking.Pushed, tracking.Faulted, tracking.Closed)
	x.a.Do("CLIENT", "TRACKING", "ON")
	x.a.Do("GET", "k")
	return x, x.Lab().Faults(1)
}

// shownFaults returns what was told of client 1's pushes and of faults. Each push leads to the
// SET that caused it, and whatever a fault did leads to the fault.
func (x watched) shownFaults(t *testing.T) (lines []string) {
	byNumber := map[uint64]tracking.Event{}
	for _, e := range x.w.Since(0) {
		byNumber[e.Seq] = e
		switch e.Kind {
		case tracking.Pushed:
			lines = append(lines, "pushed")
		case tracking.Message, tracking.Faulted, tracking.Closed:
			lines = append(lines, e.String())
		}
		if e.Kind == tracking.Message || e.Kind == tracking.Pushed {
			first := e
			for first.CausedBy != 0 {
				require.Contains(t, byNumber, first.CausedBy)
				first = byNumber[first.CausedBy]
			}
			require.Equal(t, []string{"SET", "k", "1"}, first.Words, e.String())
		}
		if e.Kind == tracking.Message && strings.Contains(e.String(), "fault") {
			require.NotZero(t, e.Fault, e.String())
		}
		if e.Fault != 0 {
			require.Equal(t, tracking.Faulted, byNumber[e.Fault].Kind, e.String())
		}
	}
	return lines
}

func TestEventsOfFaults(t *testing.T) {
	const (
		to   = "invalidate [k] for client 1 by push: "
		by   = " (SET by client 2)"
		sent = to + "sent" + by
	)
	for name, test := range map[string]struct {
		before, after func(t *testing.T, f server.Faults)
		want          []string
	}{
		"none": {nil, nil, []string{sent, "pushed"}},
		"dropped": {func(t *testing.T, f server.Faults) { require.NoError(t, f.Drop(1)) }, nil, []string{
			"fault: client 1: pushes are dropped, the next 1", to + "not sent: dropped by a fault" + by,
		}},
		"dropped no more": {func(t *testing.T, f server.Faults) { f.Drop(-1); f.Drop(0) }, nil, []string{
			"fault: client 1: pushes are dropped", "fault: client 1: pushes are dropped no more", sent, "pushed",
		}},
		"held": {func(t *testing.T, f server.Faults) { require.NoError(t, f.Hold()) }, nil, []string{
			"fault: client 1: pushes are held", to + "held by a fault" + by,
		}},
		"released": {
			func(t *testing.T, f server.Faults) { require.NoError(t, f.Hold()) },
			func(t *testing.T, f server.Faults) {
				require.NoError(t, f.Release(true))
				require.ErrorIs(t, f.Release(true), server.ErrNotHeld)
			},
			[]string{
				"fault: client 1: pushes are held", to + "held by a fault" + by,
				"fault: client 1: what was held is sent, in reverse order: 1", sent, "pushed",
			},
		},
		"held and gone": {
			func(t *testing.T, f server.Faults) { require.NoError(t, f.Hold()) },
			func(t *testing.T, f server.Faults) {
				require.NoError(t, f.Kill())
				require.ErrorIs(t, f.Release(false), server.ErrNoClient)
			},
			[]string{
				"fault: client 1: pushes are held", to + "held by a fault" + by,
				"fault: client 1: the connection is killed", to + "not sent: the connection ends" + by, "client 1 closed: killed",
			},
		},
		"twice": {func(t *testing.T, f server.Faults) { require.NoError(t, f.Duplicate(true)) }, nil, []string{
			"fault: client 1: pushes are sent twice", sent, "pushed", to + "sent again by a fault" + by, "pushed",
		}},
		"cut": {func(t *testing.T, f server.Faults) { require.NoError(t, f.CutBeforePush()) }, nil, []string{
			"fault: client 1: the connection ends before the next push", to + "not sent: connection cut by a fault" + by,
			"client 1 closed: fault: cut before a push",
		}},
		"stalled writes": {
			func(t *testing.T, f server.Faults) { require.NoError(t, f.StallWrites(true)) },
			func(t *testing.T, f server.Faults) { f.StallWrites(false); f.StallWrites(false) },
			[]string{"fault: client 1: writes stall", sent, "pushed", "fault: client 1: writes go on"},
		},
		"stalled reads": {func(t *testing.T, f server.Faults) { f.StallReads(true); f.StallReads(false) }, nil, []string{
			"fault: client 1: reads stall", "fault: client 1: reads go on", sent, "pushed",
		}},
		"delayed commands": {func(t *testing.T, f server.Faults) { require.NoError(t, f.DelayCommands(time.Second)) }, nil, []string{
			"fault: client 1: commands are delayed by 1s", sent, "pushed",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			x, f := faulted(t)
			if test.before != nil {
				test.before(t, f)
			}
			x.b.Do("SET", "k", "1")
			if test.after != nil {
				test.after(t, f)
			}
			require.Equal(t, test.want, x.shownFaults(t))
		})
	}
}

// A delayed push is told twice: when it is kept back, and when it is queued or too late.
func TestEventsOfADelayedPush(t *testing.T) {
	for _, late := range []bool{false, true} {
		x, f := faulted(t)
		require.NoError(t, f.Delay(time.Millisecond))
		x.b.Do("SET", "k", "1")
		if late {
			require.NoError(t, f.Kill())
		}
		told := func() (outcomes []tracking.Outcome) {
			for _, e := range x.w.Since(0) {
				if e.Kind == tracking.Message {
					outcomes = append(outcomes, e.Outcome)
				}
			}
			return outcomes
		}
		for len(told()) < 2 {
			runtime.Gosched()
		}
		require.Equal(t, tracking.Delayed, told()[0])
		require.Contains(t, []tracking.Outcome{tracking.Sent, tracking.ConnectionEnded}, told()[1])
		x.shownFaults(t)
	}
}

// With a redirect the receiver's faults count; a redirect that a test breaks is told as that.
func TestEventsOfAFaultyRedirect(t *testing.T) {
	x := watch(t, tracking.Message, tracking.Faulted)
	require.ErrorIs(t, x.Lab().Faults(1).BreakRedirect(), server.ErrNoRedirect)
	x.a.Do("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "k", "REDIRECT", "2")
	require.NoError(t, x.Lab().Faults(2).Drop(1))
	x.b.Do("SET", "k", "1")
	require.NoError(t, x.Lab().Faults(1).BreakRedirect())
	x.b.Do("SET", "k", "2")
	events := x.w.Since(0)
	require.Len(t, events, 4)
	require.Equal(t, "invalidate [k] for client 1 by broadcast of k to client 2: not sent: dropped by a fault (SET by client 2)", events[1].String())
	require.Equal(t, events[0].Seq, events[1].Fault)
	require.Equal(t, "fault: client 1: the redirect to client 2 is broken", events[2].String())
	require.Equal(t, tracking.BrokenRedirect, events[3].Outcome)
	require.Equal(t, events[2].Seq, events[3].Fault)
}

// A flush that is held is one message, and a push that is too much for the client is lost.
func TestEventsOfAFlushAndOfTheLimit(t *testing.T) {
	x, f := faulted(t)
	require.NoError(t, f.Hold())
	x.b.Do("FLUSHALL")
	require.NoError(t, f.Release(false))
	require.Equal(t, []any{"invalidate", nil}, []any(x.a.ReadPush()))
	x.a.Do("GET", "k")
	x.b.Do("CONFIG", "SET", "client-output-buffer-limit", "normal 1 0 0")
	require.NoError(t, f.StallWrites(true))
	x.a.Send("ECHO", strings.Repeat("x", 16<<10-20))
	for x.Lab().PendingOutput() == 0 {
		runtime.Gosched()
	}
	x.b.Do("SET", "k", "1")
	var told []string
	for _, e := range x.w.Since(0) {
		if e.Kind == tracking.Message {
			told = append(told, e.Outcome.String())
		}
	}
	require.Equal(t, []string{"held by a fault", "sent", "sent", "not sent: the connection ends"}, told)
}

// A refused command leads to the SetError behind it.
func TestEventsOfRefusedCommands(t *testing.T) {
	x := watch(t, tracking.Ended, tracking.Faulted)
	require.NoError(t, x.Lab().InjectError(server.InjectedError{Text: "OOPS", Commands: []string{"get", "client id"}, Times: 2}))
	x.a.Do("GET", "k")
	x.a.Do("PING")
	require.NoError(t, x.Lab().InjectError(server.InjectedError{Commands: []string{"get"}}))
	require.NoError(t, x.Lab().InjectError(server.InjectedError{Text: "A"}))
	x.Lab().ClearInjected()
	events := x.w.Since(0)
	require.Equal(t, []string{
		"fault: GET, CLIENT ID fails (2 times): OOPS", `client 1 < "-OOPS\r\n"`, `client 1 < "+PONG\r\n"`,
		"fault: GET fails no more", "fault: every command fails: A", "fault: no command fails any more",
	}, x.told())
	require.Equal(t, events[0].Seq, events[1].Fault)
	require.Zero(t, events[2].Fault)
}
