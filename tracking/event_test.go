package tracking

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// record hands each event, numbered, to a function.
func (h *fakeHost) record(fn func(Event), kinds ...Kind) {
	var seq uint64 = 100
	h.Watch(KindsOf(kinds...), func(e Event) uint64 {
		seq++
		e.Seq = seq
		fn(e)
		return seq
	})
}

// line formats an event with everything that tracking sets but CausedBy.
func line(e Event) string {
	switch e.Kind {
	case Enabled:
		return fmt.Sprintf("enabled %d %s", e.Client, strings.Join(e.Words, " "))
	case Remembered, NotRemembered:
		return fmt.Sprintf("%s %s %d", e.Kind, strings.Join(e.Keys, " "), e.Client)
	case Forgotten:
		return fmt.Sprintf("forgotten %s: %s", e.Keys[0], e.Cause)
	case Gathered:
		return fmt.Sprintf("gathered %s by %d", e.Keys[0], e.Writer)
	case Message:
		return fmt.Sprintf("%v %q by %d for %d to %d, %s, %s: %s", e.Keys, e.Prefix, e.Writer, e.Client, e.Receiver, e.Cause, e.Route, e.Outcome)
	}
	return strings.TrimSuffix(fmt.Sprintf("%s %d", e.Kind, e.Client), " 0")
}

// traced connects three clients, of which the first tracks and holds k, and returns the
// events while fn runs.
func traced(t *testing.T, o Options, fn func(h *fakeHost, c []*fakeClient)) []string {
	h := newFake()
	c := h.connect(3)
	require.NoError(t, h.Enable(c[0], o))
	h.Remember(c[0], []byte("k"))
	var lines []string
	h.record(func(e Event) { lines = append(lines, line(e)) })
	fn(h, c)
	return lines
}

// TestOutcomes: every outcome of an invalidation of k is reported with the rule that
// decided it.
func TestOutcomes(t *testing.T) {
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
		{"after the reply", Options{}, func(h *fakeHost, c []*fakeClient) { h.write(c[0], "k") },
			[]string{gone, `[k] "" by 1 for 1 to 1, write, push: waits for the reply`, `[k] "" by 1 for 1 to 1, write, push: sent`}},
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
		}, []string{"disabled 1", "enabled 1 ON BCAST PREFIX x", gone, `[k] "" by 2 for 1 to 1, write, push: not sent: holder is in BCAST now`}},
		{"table limit", Options{}, func(h *fakeHost, c []*fakeClient) {
			h.Remember(c[0], []byte("l"))
			h.tellHolders([]byte("l"), Limit)
		}, []string{"remembered l 1", "forgotten l: table limit", `[l] "" by 0 for 1 to 1, table limit, push: sent`}},
		{"flush", Options{}, func(h *fakeHost, _ []*fakeClient) { h.Flush(h.all()) },
			[]string{"flushed", `[] "" by 0 for 1 to 1, flush, push: sent`}},
		{"nothing new", Options{}, func(h *fakeHost, c []*fakeClient) { h.Remember(c[0], []byte("k")); h.write(c[1], "other") }, nil},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, traced(t, test.o, test.fn)) })
	}
}

func TestBroadcastEvents(t *testing.T) {
	lines := traced(t, Options{BCast: true, NoLoop: true, Prefixes: []string{"k", "l"}, Redirect: 3}, func(h *fakeHost, c []*fakeClient) {
		h.write(c[0], "k1", "l1")
		h.write(c[1], "k2")
		h.BeforeSleep()
	})
	require.Equal(t, []string{
		"gathered k1 by 1", "gathered l1 by 1", "gathered k2 by 2",
		`[k2] "k" by 2 for 1 to 3, write, broadcast: sent`,
		`[l1] "l" by 1 for 1 to 1, write, broadcast: not sent: NOLOOP`,
	}, lines)
}

func TestRules(t *testing.T) {
	for o := range outcomes {
		require.NotEmpty(t, o.String())
		require.Equal(t, strings.HasPrefix(o.String(), "not sent: "), o.Suppressed(), o.String())
		noRule := o == Sent || o == ConnectionEnded || strings.Contains(o.String(), "by a fault")
		require.Equal(t, !noRule, o.Rule() >= 1 && o.Rule() <= 45, o.String())
	}
}

// TestBrokenRedirectIsTold: on RESP3, the tracking client is told each time that its
// target is gone.
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

// TestNobodyWatches: tracking works the same when nobody watches.
func TestNobodyWatches(t *testing.T) {
	h := newFake()
	c := h.connect(2)
	h.Watch(0, nil)
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

// TestNotRemembered: every reason why keys that a client reads are not remembered, with
// the number of the rule.
func TestNotRemembered(t *testing.T) {
	for _, test := range []struct {
		name   string
		client func(h *fakeHost, c *fakeClient)
		want   Outcome
		rule   int
	}{
		{"off", func(*fakeHost, *fakeClient) {}, TrackingOff, 13},
		{"turned off", func(h *fakeHost, c *fakeClient) { h.enable(c, Options{}); h.Disable(c) }, TrackingOff, 13},
		{"OPTIN", func(h *fakeHost, c *fakeClient) { h.enable(c, Options{OptIn: true}) }, OptInUnused, 16},
		{"OPTIN, used up", func(h *fakeHost, c *fakeClient) {
			h.enable(c, Options{OptIn: true})
			c.state.Caching(true)
			c.state.UseUp()
		}, CachingUsed, 15},
		{"OPTIN, enabled again", func(h *fakeHost, c *fakeClient) {
			h.enable(c, Options{OptIn: true})
			c.state.Caching(true)
			c.state.UseUp()
			h.enable(c, Options{OptIn: true})
		}, OptInUnused, 16},
		{"OPTOUT", func(h *fakeHost, c *fakeClient) { h.enable(c, Options{OptOut: true}); c.state.Caching(false) }, OptedOut, 16},
		{"BCAST", func(h *fakeHost, c *fakeClient) { h.enable(c, Options{BCast: true}) }, InBCast, 22},
		{"not read-only", func(h *fakeHost, c *fakeClient) { h.enable(c, Options{}) }, NotReadOnly, 20},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newFake()
			c := h.connect(1)[0]
			test.client(h, c)
			var got []Event
			h.record(func(e Event) { got = append(got, e) }, NotRemembered)
			require.True(t, h.WantsIgnored())
			h.Ignore(c, []string{"k", "l"})
			require.Equal(t, []Event{{Seq: 101, Kind: NotRemembered, Client: 1, Keys: []string{"k", "l"}, Outcome: test.want}}, got)
			require.Equal(t, test.rule, got[0].Outcome.Rule())
			require.Zero(t, h.Keys())
		})
	}
}

// TestCachingUsedIsSaidOnce: of the reads after CLIENT CACHING YES was used up, only the
// first one came too late for it; the others never had one.
func TestCachingUsedIsSaidOnce(t *testing.T) {
	h := newFake()
	c := h.connect(1)[0]
	h.enable(c, Options{OptIn: true})
	var got []Outcome
	h.record(func(e Event) { got = append(got, e.Outcome) }, NotRemembered)
	for range 2 {
		c.state.Caching(true)
		c.state.UseUp()
		c.state.UseUp() // by a later command, when nothing is armed
		h.Ignore(c, []string{"k"})
		h.Ignore(c, []string{"k"})
	}
	require.Equal(t, []Outcome{CachingUsed, OptInUnused, CachingUsed, OptInUnused}, got)
}

// TestCauses: each event names the event that caused it.
func TestCauses(t *testing.T) {
	h := newFake()
	c := h.connect(3)
	h.enable(c[0], Options{})
	h.enable(c[1], Options{BCast: true, Prefixes: []string{"k"}})
	h.Remember(c[0], []byte("k"))
	var got []string
	h.record(func(e Event) {
		got = append(got, fmt.Sprintf("%d<-%d %s %s %s", e.Seq, e.CausedBy, e.Kind, e.Keys, e.Outcome))
	}, Remembered, Forgotten, Gathered, Message, Flushed)

	h.event = 7 // a command
	h.write(c[2], "k")
	h.Remember(c[0], []byte("k"))
	h.event = 8
	h.write(c[0], "k", "other")
	h.event = 0
	h.BeforeSleep()
	require.Equal(t, []string{
		"101<-7 gathered [k] sent", "102<-7 forgotten [k] sent", "103<-7 message [k] sent",
		"104<-7 remembered [k] sent",
		"105<-8 gathered [k] sent", "106<-8 forgotten [k] sent", "107<-8 message [k] waits for the reply",
		"108<-107 message [k] sent",
		"109<-8 message [k] sent",
	}, got)

	got = nil // by no command
	h.Remember(c[0], []byte("k"))
	h.Invalidate([]byte("k"), Expired)
	h.BeforeSleep()
	h.Flush(h.all())
	require.Equal(t, []string{
		"110<-0 remembered [k] sent",
		"111<-0 gathered [k] sent", "112<-0 forgotten [k] sent", "113<-112 message [k] sent",
		"114<-111 message [k] sent",
		"115<-0 flushed [] sent", "116<-115 message [] sent", "117<-115 message [] sent",
	}, got)
}

// TestGatheredIsSaidOfCoveredKeys: a key that no prefix covers is not gathered.
func TestGatheredIsSaidOfCoveredKeys(t *testing.T) {
	h := newFake()
	c := h.connect(2)
	h.enable(c[0], Options{BCast: true, Prefixes: []string{"user:"}})
	var got []string
	h.record(func(e Event) { got = append(got, e.Keys...) }, Gathered)
	h.write(c[1], "user", "user:1", "other", "", "user:")
	require.Equal(t, []string{"user:1", "user:"}, got)
	h.enable(c[0], Options{BCast: true})
	h.write(c[1], "")
	require.Equal(t, []string{"user:1", "user:", ""}, got)
}

func TestKinds(t *testing.T) {
	all := KindsOf()
	for k := range kinds {
		require.True(t, all.Has(k))
		require.NotEmpty(t, k.String())
		require.Equal(t, k == Gathered || k == Message, KindsOf(Gathered, Message).Has(k))
		require.NotEmpty(t, Event{Kind: k, Keys: []string{"k"}}.String())
	}
}

// TestEventStrings: a line names the writer of a change, its command and its database.
func TestEventStrings(t *testing.T) {
	app := Event{Client: 1, Name: "app", Receiver: 1, Command: "get", Keys: []string{"k"}}
	for want, change := range map[string]func(e *Event){
		"client 1 (app) holds [k] (GET)":                                 func(e *Event) { e.Kind = Remembered },
		"client 1 (app) holds [k] (GET in db 3)":                         func(e *Event) { e.Kind, e.DB = Remembered, 3 },
		"client 1 (app): tracking ON OPTIN":                              func(e *Event) { e.Kind, e.Words = Enabled, []string{"ON", "OPTIN"} },
		"client 1 (app): tracking OFF":                                   func(e *Event) { e.Kind = Disabled },
		"[k] forgotten (GET by client 2 (w) in db 3)":                    func(e *Event) { e.Kind, e.Writer, e.WriterName, e.DB = Forgotten, 2, "w", 3 },
		"[k] forgotten (expired in db 3)":                                func(e *Event) { e.Kind, e.Writer, e.Cause, e.DB = Forgotten, 2, Expired, 3 },
		"[k] gathered (GET by direct access)":                            func(e *Event) { e.Kind = Gathered },
		"the tracking table is dropped (GET by client 2)":                func(e *Event) { e.Kind, e.Writer, e.Cause = Flushed, 2, Flush },
		"invalidate [k] for client 1 (app) by push: sent (table limit)":  func(e *Event) { e.Kind, e.Cause = Message, Limit },
		"invalidate everything for client 1 (app) by push: sent (flush)": func(e *Event) { e.Kind, e.Keys, e.Command, e.Cause = Message, nil, "", Flush },
		`["" " a" "b\n" c] gathered (expired)`:                           func(e *Event) { e.Kind, e.Keys, e.Cause = Gathered, []string{"", " a", "b\n", "c"}, Expired },
		"[1 2 3 4 5 6 7 8 9 10 and 2 more] gathered (evicted)": func(e *Event) {
			e.Kind, e.Keys, e.Cause = Gathered, strings.Fields("1 2 3 4 5 6 7 8 9 10 11 12"), Evicted
		},
		"client 1 (app) in db 3 > GET k":         func(e *Event) { e.Kind, e.DB, e.Words = Began, 3, []string{"GET", "k"} },
		"fault: client 1 (app): pushes are held": func(e *Event) { e.Kind, e.Text = Faulted, "pushes are held" },
		"fault: GET fails: OOPS":                 func(e *Event) { e.Kind, e.Client, e.Text = Faulted, 0, "GET fails: OOPS" },
		"invalidate [k] for client 1 (app) by redirect to client 3: sent (GET by client 2)": func(e *Event) { e.Kind, e.Writer, e.Route, e.Receiver = Message, 2, Redirect, 3 },
	} {
		e := app
		change(&e)
		require.Equal(t, want, e.String())
	}
}

// TestEnabledSaysTheOptions: the event has the options of CLIENT TRACKING by which the client
// tracks now.
func TestEnabledSaysTheOptions(t *testing.T) {
	h := newFake()
	c := h.connect(2)
	var got []string
	h.record(func(e Event) { got = append(got, strings.Join(e.Words, " ")) }, Enabled)
	h.enable(c[0], Options{OptIn: true, NoLoop: true, Redirect: 2})
	h.enable(c[0], Options{})
	h.enable(c[1], Options{BCast: true, Prefixes: []string{"u:", "a:"}})
	h.enable(c[1], Options{BCast: true, NoLoop: true, Prefixes: strings.Fields("b c d e f g h")})
	require.Equal(t, []string{
		"ON OPTIN NOLOOP REDIRECT 2", "ON", "ON BCAST PREFIX a: PREFIX u:",
		"ON BCAST NOLOOP PREFIX a: PREFIX b PREFIX c PREFIX d PREFIX e PREFIX f PREFIX g PREFIX h ...",
	}, got)
}

// TestOriginOfMessages: also the messages that come after the command name it.
func TestOriginOfMessages(t *testing.T) {
	h := newFake()
	c := h.connect(3)
	h.enable(c[0], Options{})
	h.enable(c[1], Options{BCast: true})
	h.Remember(c[0], []byte("k"))
	var got []string
	h.record(func(e Event) { got = append(got, e.String()) }, Message)
	h.event, h.command = 7, "set"
	h.write(c[0], "k")
	h.event, h.command = 8, "del"
	h.write(c[2], "l")
	h.event, h.command = 0, ""
	h.BeforeSleep()
	require.Equal(t, []string{
		"invalidate [k] for client 1 by push: waits for the reply (SET by client 1)",
		"invalidate [k] for client 1 by push: sent (SET by client 1)",
		"invalidate [k l] for client 2 by broadcast: sent (DEL by client 3)",
	}, got)
}
