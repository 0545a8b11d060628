package tracking

import (
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// verdicts formats verdicts on messages, or the events of messages, for comparison.
func verdicts(list []Verdict) (lines []string) {
	for _, v := range list {
		if v.Told() || v.Outcome.Suppressed() {
			lines = append(lines, fmt.Sprintf("%d to %d, %s %q: %s", v.Client, v.Receiver, v.Route, v.Prefix, v.Outcome))
		}
	}
	return lines
}

// live yields the clients that are not gone.
func (h *fakeHost) live() iter.Seq[Client] {
	return func(yield func(Client) bool) {
		for _, id := range slices.Sorted(maps.Keys(h.clients)) {
			if !yield(h.clients[id]) {
				return
			}
		}
	}
}

// happens writes the key and returns what becomes of each message about it.
func (h *fakeHost) happens(by *fakeClient, key string) (list []Verdict) {
	h.record(func(e Event) {
		if e.Outcome != AfterReply {
			list = append(list, Verdict{Client: e.Client, Receiver: e.Receiver, Route: e.Route, Prefix: e.Prefix, Outcome: e.Outcome})
		}
	}, Message)
	h.write(by, key)
	h.BeforeSleep()
	h.Watch(0, nil)
	return list
}

// TestExplainForeseesMessages: in random states, the verdicts are the messages that the change
// then leads to, in their order.
func TestExplainForeseesMessages(t *testing.T) {
	met := map[Outcome]int{}
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 7))
		h := newFake()
		c := h.connect(6)
		if r.IntN(3) == 0 {
			h.MayHear = func(c Client, key string) bool { return c.ID()%2 == 0 }
		}
		for range 40 {
			h.shake(r, c[r.IntN(len(c))])
		}
		writer := &fakeClient{id: 99, proto: 3}
		by := uint64(0)
		if live := c[r.IntN(len(c))]; r.IntN(2) == 0 && h.clients[live.id] != nil {
			writer, by = live, live.id
		}
		key, before := r.Perm(2)[0], h.Snapshot()
		name := []string{"k", "k1"}[key]
		foreseen := h.Explain([]byte(name), by, h.live())
		require.Equal(t, before, h.Snapshot(), "a look changes nothing")
		require.NoError(t, h.Check())
		require.Equal(t, verdicts(h.happens(writer, name)), verdicts(foreseen), "seed %d, %s by %d", seed, name, by)
		told := map[uint64]bool{}
		for _, v := range foreseen {
			met[v.Outcome]++
			told[v.Client] = true
		}
		for id := range h.clients {
			require.True(t, told[id], "seed %d: client %d has no verdict", seed, id)
		}
	}
	for _, o := range []Outcome{Sent, NoLoop, Resp2, NotSubscribed, BrokenRedirect, HolderGone, NotTracking, NowBCast, NoLoopBroadcast, NotPermitted, TrackingOff, NotHeld, NoPrefix} {
		require.Positive(t, met[o], "no state led to %q", o)
	}
}

// shake does something to a client.
func (h *fakeHost) shake(r *rand.Rand, c *fakeClient) {
	if h.clients[c.id] == nil {
		return
	}
	switch n := r.IntN(20); {
	case n == 0:
		h.Disable(c)
		delete(h.clients, c.id)
	case n == 1:
		h.Disable(c)
	case n == 2:
		c.proto = 5 - c.proto
	case n == 3:
		c.subscribed = !c.subscribed
	case n < 10:
		o := Options{NoLoop: r.IntN(2) == 0}
		if r.IntN(3) == 0 {
			o.Redirect = 1 + r.Uint64N(6)
		}
		if o.BCast = r.IntN(3) == 0; o.BCast {
			o.Prefixes = [][]string{nil, {"k"}, {"k1", "other"}, {"x"}}[r.IntN(4)]
		}
		if c.state.On && c.state.BCast != o.BCast {
			h.Disable(c)
		}
		h.Enable(c, o) // it may be refused
	default:
		if h.Remembers(c) {
			h.Remember(c, []byte([]string{"k", "k1", "k2"}[r.IntN(3)]))
		}
	}
}

// TestExplainOwnWrite: the message about a client's own write waits for its reply, and the
// others are told before.
func TestExplainOwnWrite(t *testing.T) {
	h := newFake()
	c := h.connect(2)
	for _, x := range c {
		h.enable(x, Options{})
		h.Remember(x, []byte("k"))
	}
	var lines []string
	for _, v := range h.Explain([]byte("k"), 1, h.all()) {
		lines = append(lines, v.String())
	}
	require.Equal(t, []string{"client 2 by push: sent", "client 1 by push: sent, after its reply"}, lines)
}

func TestVerdictStrings(t *testing.T) {
	for want, v := range map[string]Verdict{
		"client 1 (app) by redirect to client 3: sent":                      {Client: 1, Name: "app", Receiver: 3, Route: Redirect},
		"client 1 by broadcast of u: to client 3: held by a fault":          {Client: 1, Receiver: 3, Route: Broadcast, Prefix: "u:", Outcome: Held},
		"client 1 by push: not sent: NOLOOP":                                {Client: 1, Receiver: 1, Outcome: NoLoop},
		"client 1: not told: it has not read the key since the last change": {Client: 1, Receiver: 1, Outcome: NotHeld},
		"client 1: not told: none of its prefixes covers the key":           {Client: 1, Receiver: 1, Outcome: NoPrefix},
		"client 1: not remembered: tracking is off":                         {Client: 1, Receiver: 1, Outcome: TrackingOff},
	} {
		require.Equal(t, want, v.String())
	}
}

// TestCovering: the two prefixes at most that cover a key are found among many.
func TestCovering(t *testing.T) {
	h := newFake()
	c := h.connect(1)[0]
	var prefixes []string
	for i := range 1000 {
		prefixes = append(prefixes, fmt.Sprintf("p%03d:", i))
	}
	h.enable(c, Options{BCast: true, Prefixes: prefixes})
	h.enable(c, Options{BCast: true})
	for key, want := range map[string][]string{
		"p500:x": {"", "p500:"}, "p500:": {"", "p500:"}, "p500": {""}, "": {""}, "zzz": {""}, "p999:": {"", "p999:"},
	} {
		require.Equal(t, want, c.state.covering(key), key)
	}
	require.True(t, slices.IsSorted(c.state.Prefixes()))
}
