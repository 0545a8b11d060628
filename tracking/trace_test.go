package tracking

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// record makes a Trace that writes each event down as a line.
func record(lines *[]string) Trace {
	note := func(format string, args ...any) { *lines = append(*lines, fmt.Sprintf(format, args...)) }
	return Trace{
		Enabled:    func(id uint64, s *State) { note("enabled %d %s", id, strings.Join(s.Flags(), " ")) },
		Disabled:   func(id uint64) { note("disabled %d", id) },
		Remembered: func(key []byte, id uint64) { note("remembered %s %d", key, id) },
		Forgotten:  func(key []byte, cause Cause) { note("forgotten %s: %s", key, cause) },
		Flushed:    func(keys int) { note("flushed %d", keys) },
		Waiting:    func(key []byte, writer uint64) { note("waiting %s by %d", key, writer) },
		Message: func(m Message) {
			note("%v %q by %d for %d to %d, %s, %s: %s", m.Keys, m.Prefix, m.Writer, m.Holder, m.Receiver, m.Cause, m.Route, m.Outcome)
		},
	}
}

// traced makes three clients, the first of which tracks and holds k, and runs fn
// with a trace.
func traced(t *testing.T, o Options, fn func(h *fakeHost, c []*fakeClient)) []string {
	h := newFake()
	c := h.connect(3)
	require.NoError(t, h.Enable(c[0], o))
	h.Remember(c[0], []byte("k"))
	var lines []string
	h.SetTrace(record(&lines))
	fn(h, c)
	return lines
}

// TestTraceOutcomes: every way in which an invalidation of k can go, each told
// with the rule that decided.
func TestTraceOutcomes(t *testing.T) {
	const gone = "forgotten k: write"
	for _, test := range []struct {
		name string
		o    Options
		fn   func(h *fakeHost, c []*fakeClient)
		want []string
	}{
		{"sent", Options{}, func(h *fakeHost, c []*fakeClient) { h.write(c[1], "k") },
			[]string{gone, `[k] "" by 2 for 1 to 1, write, push: sent`}},
		{"sent by nobody", Options{}, func(h *fakeHost, _ []*fakeClient) { h.Invalidate([]byte("k"), Expired) },
			[]string{"forgotten k: expired", `[k] "" by 0 for 1 to 1, expired, push: sent`}},
		{"held, then sent", Options{}, func(h *fakeHost, c []*fakeClient) { h.write(c[0], "k") },
			[]string{gone, `[k] "" by 1 for 1 to 1, write, push: held until after the reply`, `[k] "" by 1 for 1 to 1, write, push: sent`}},
		{"NOLOOP", Options{NoLoop: true}, func(h *fakeHost, c []*fakeClient) { h.write(c[0], "k") },
			[]string{gone, `[k] "" by 1 for 1 to 1, write, push: not sent: NOLOOP`}},
		{"RESP2", Options{}, func(h *fakeHost, c []*fakeClient) { c[0].proto = 2; h.write(c[1], "k") },
			[]string{gone, `[k] "" by 2 for 1 to 1, write, push: not sent: RESP2 without redirect`}},
		{"redirect", Options{Redirect: 3}, func(h *fakeHost, c []*fakeClient) { h.write(c[1], "k") },
			[]string{gone, `[k] "" by 2 for 1 to 3, write, redirect: sent`}},
		{"redirect to RESP2", Options{Redirect: 3}, func(h *fakeHost, c []*fakeClient) {
			c[2].proto, c[2].subscribed = 2, true
			h.write(c[1], "k")
		}, []string{gone, `[k] "" by 2 for 1 to 3, write, redirect: sent`}},
		{"redirect without subscription", Options{Redirect: 3}, func(h *fakeHost, c []*fakeClient) {
			c[2].proto = 2
			h.write(c[1], "k")
		}, []string{gone, `[k] "" by 2 for 1 to 3, write, redirect: not sent: redirect target has no subscription`}},
		{"redirect broken", Options{Redirect: 3}, func(h *fakeHost, c []*fakeClient) {
			delete(h.clients, 3)
			h.write(c[1], "k")
		}, []string{gone, `[k] "" by 2 for 1 to 3, write, redirect: not sent: redirect target gone`}},
		{"gone", Options{}, func(h *fakeHost, c []*fakeClient) {
			h.Disable(c[0])
			delete(h.clients, 1)
			h.write(c[1], "k")
		}, []string{"disabled 1", gone, `[k] "" by 2 for 1 to 1, write, push: not sent: holder gone`}},
		{"off", Options{}, func(h *fakeHost, c []*fakeClient) { h.Disable(c[0]); h.write(c[1], "k") },
			[]string{"disabled 1", gone, `[k] "" by 2 for 1 to 1, write, push: not sent: holder does not track now`}},
		{"now in BCAST", Options{}, func(h *fakeHost, c []*fakeClient) {
			h.Disable(c[0])
			require.NoError(t, h.Enable(c[0], Options{BCast: true, Prefixes: []string{"x"}}))
			h.write(c[1], "k")
		}, []string{"disabled 1", "enabled 1 on bcast", "waiting k by 2", gone, `[k] "" by 2 for 1 to 1, write, push: not sent: holder is in BCAST now`}},
		{"table limit", Options{}, func(h *fakeHost, c []*fakeClient) {
			h.Remember(c[0], []byte("l"))
			h.tellHolders([]byte("l"), Limit)
		}, []string{"remembered l 1", "forgotten l: table limit", `[l] "" by 0 for 1 to 1, table limit, push: sent`}},
		{"flush", Options{}, func(h *fakeHost, _ []*fakeClient) { h.Flush(h.all()) },
			[]string{"flushed 1", `[] "" by 0 for 1 to 1, flush, push: sent`}},
		{"nothing new", Options{}, func(h *fakeHost, c []*fakeClient) { h.Remember(c[0], []byte("k")); h.write(c[1], "other") }, nil},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, traced(t, test.o, test.fn)) })
	}
}

func TestTraceBroadcast(t *testing.T) {
	lines := traced(t, Options{BCast: true, NoLoop: true, Prefixes: []string{"k", "l"}, Redirect: 3}, func(h *fakeHost, c []*fakeClient) {
		h.write(c[0], "k1", "l1")
		h.write(c[1], "k2")
		h.BeforeSleep()
	})
	require.Equal(t, []string{
		"waiting k1 by 1", "waiting l1 by 1", "waiting k2 by 2",
		`[k2] "k" by 0 for 1 to 3, write, broadcast: sent`,
		`[l1] "l" by 1 for 1 to 1, write, broadcast: not sent: NOLOOP`,
	}, lines)
}

func TestSuppressed(t *testing.T) {
	for o := Sent; o <= NowBCast; o++ {
		require.Equal(t, strings.HasPrefix(o.String(), "not sent: "), o.Suppressed(), o.String())
	}
}

// TestBrokenRedirectIsTold: the client that tracks hears each time that its target
// is gone, on RESP3.
func TestBrokenRedirectIsTold(t *testing.T) {
	h := newFake()
	c := h.connect(2)
	require.NoError(t, h.Enable(c[0], Options{Redirect: 2}))
	delete(h.clients, 2)
	for range 2 {
		h.Remember(c[0], []byte("k"))
		h.Invalidate([]byte("k"), Write)
	}
	require.Equal(t, []string{"broken 2", "broken 2"}, c[0].take())
	require.True(t, c[0].state.Broken)
	c[0].proto = 2
	h.Remember(c[0], []byte("k"))
	h.Invalidate([]byte("k"), Write)
	require.Empty(t, c[0].take())
}

// TestEmptyTrace: a Trace of which nothing is set is as good as none.
func TestEmptyTrace(t *testing.T) {
	h := newFake()
	c := h.connect(2)
	h.SetTrace(Trace{})
	require.NoError(t, h.Enable(c[0], Options{NoLoop: true}))
	require.NoError(t, h.Enable(c[1], Options{BCast: true, NoLoop: true}))
	h.Remember(c[0], []byte("k"))
	h.write(c[0], "k")
	h.write(c[1], "k")
	h.BeforeSleep()
	h.Flush(h.all())
	h.Disable(c[0])
	require.Equal(t, []string{"reply", "null3"}, c[0].take())
	require.Equal(t, []string{"reply", "null3"}, c[1].take())
}
