package tracking

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fakeHost is a server without connections; a fakeClient records what it is sent.
type fakeHost struct {
	*Tracker
	clients             map[uint64]*fakeClient
	running             *fakeClient
	executing, scripted bool
	event               uint64
	command             string
}

type fakeClient struct {
	id         uint64
	state      State
	proto      int
	subscribed bool
	got        []string
}

func (c *fakeClient) ID() uint64           { return c.id }
func (c *fakeClient) Tracking() *State     { return &c.state }
func (c *fakeClient) Proto() int           { return c.proto }
func (c *fakeClient) Subscribed() bool     { return c.subscribed }
func (c *fakeClient) RedirBroken(t uint64) { c.got = append(c.got, fmt.Sprint("broken ", t)) }

func (c *fakeClient) Invalidate(p Payload) {
	switch {
	case p.Keys != nil:
		c.got = append(c.got, strings.Join(p.Keys.List, " "))
	case p.Key != nil:
		c.got = append(c.got, string(p.Key))
	default:
		c.got = append(c.got, fmt.Sprint("null", p.NullProto))
	}
}

func (h *fakeHost) Client(id uint64) Client {
	if c := h.clients[id]; c != nil {
		return c
	}
	return nil
}

func (h *fakeHost) Running() Client {
	if h.running == nil {
		return nil
	}
	return h.running
}

func (h *fakeHost) Executing() bool { return h.executing }
func (h *fakeHost) Scripted() bool  { return h.scripted }

func (h *fakeHost) Origin() Origin {
	o := Origin{Event: h.event, Command: h.command}
	if h.running != nil {
		o.Writer = h.running.id
	}
	return o
}

func (h *fakeHost) enable(c *fakeClient, o Options) {
	if err := h.Enable(c, o); err != nil {
		panic(err)
	}
}

func newFake() *fakeHost {
	h := &fakeHost{clients: map[uint64]*fakeClient{}}
	h.Tracker = New(h, rand.New(rand.NewPCG(1, 2)))
	return h
}

// connect adds clients 1, 2, ... that speak RESP3.
func (h *fakeHost) connect(n int) []*fakeClient {
	list := make([]*fakeClient, n)
	for i := range list {
		c := &fakeClient{id: uint64(len(h.clients) + 1), proto: 3}
		h.clients[c.id], list[i] = c, c
	}
	return list
}

func (h *fakeHost) all() iter.Seq[Client] {
	return func(yield func(Client) bool) {
		for id := uint64(1); id <= uint64(len(h.clients)); id++ {
			if !yield(h.clients[id]) {
				return
			}
		}
	}
}

// run plays a command of c: what it does, its reply, and what follows the reply.
func (h *fakeHost) run(c *fakeClient, fn func()) {
	h.running, h.executing = c, true
	fn()
	c.got = append(c.got, "reply")
	h.AfterCommand()
	h.running, h.executing = nil, false
}

func (h *fakeHost) write(c *fakeClient, keys ...string) {
	h.run(c, func() {
		for _, key := range keys {
			h.Invalidate([]byte(key), Write)
		}
	})
}

func (c *fakeClient) take() []string {
	got := c.got
	c.got = nil
	return got
}

func TestHolderIsToldOnce(t *testing.T) {
	h := newFake()
	c := h.connect(3)
	for _, x := range c[:2] {
		require.NoError(t, h.Enable(x, Options{}))
		h.Remember(x, []byte("k"))
		h.Remember(x, []byte("k"))
	}
	require.Equal(t, [4]int{2, 1, 2, 0}, [4]int{h.Tracker.Clients(), h.Keys(), h.Items(), h.Prefixes()})
	h.write(c[2], "k", "k")
	require.Equal(t, []string{"k"}, c[0].take())
	require.Equal(t, []string{"k"}, c[1].take())
	require.Equal(t, []string{"reply"}, c[2].take())
	require.Zero(t, h.Keys())
	require.Zero(t, h.Items())
}

func TestOwnChangesFollowTheReply(t *testing.T) {
	h := newFake()
	c := h.connect(2)
	for _, x := range c {
		require.NoError(t, h.Enable(x, Options{}))
		h.Remember(x, []byte("a"))
		h.Remember(x, []byte("b"))
	}
	h.write(c[0], "b", "a")
	require.Equal(t, []string{"reply", "b", "a"}, c[0].take())
	require.Equal(t, []string{"b", "a"}, c[1].take())
}

// TestBeforeTheCommandBegins: a key that is evicted to make room for a command is
// announced before the command's reply.
func TestBeforeTheCommandBegins(t *testing.T) {
	h := newFake()
	a := h.connect(1)[0]
	require.NoError(t, h.Enable(a, Options{}))
	h.Remember(a, []byte("k"))
	h.running = a
	h.Invalidate([]byte("k"), Evicted)
	h.write(a)
	require.Equal(t, []string{"k", "reply"}, a.take())
}

func TestFlush(t *testing.T) {
	h := newFake()
	c := h.connect(5)
	c[1].proto, c[3].proto = 2, 2
	require.NoError(t, h.Enable(c[0], Options{NoLoop: true}))
	require.NoError(t, h.Enable(c[1], Options{Redirect: 5}))
	require.NoError(t, h.Enable(c[2], Options{BCast: true, Prefixes: []string{"x"}}))
	require.NoError(t, h.Enable(c[3], Options{}))
	h.Remember(c[0], []byte("k"))

	h.run(c[0], func() { h.Flush(h.all()) })
	require.Equal(t, []string{"reply", "null3"}, c[0].take())
	require.Equal(t, []string{"null3"}, c[2].take())
	require.Empty(t, c[3].take())
	require.Equal(t, []string{"null2"}, c[4].take(), "in the protocol of the one that tracks")
	require.Zero(t, h.Keys())
	require.Equal(t, 1, h.Prefixes())

	for _, x := range c {
		h.Disable(x)
	}
	h.Flush(h.all())
	require.Empty(t, c[0].take())
}

// TestAfterReplyAndOff: a message that waits for a reply is sent even if the command that
// changed the key goes on to turn tracking off, and it takes the same way as otherwise.
func TestAfterReplyAndOff(t *testing.T) {
	h := newFake()
	c := h.connect(2)
	require.NoError(t, h.Enable(c[0], Options{Redirect: 2}))
	h.Remember(c[0], []byte("k"))
	h.run(c[0], func() {
		h.Invalidate([]byte("k"), Write)
		h.Flush(h.all())
		h.Disable(c[0])
		c[0].proto = 2
	})
	require.Equal(t, []string{"reply"}, c[0].take())
	require.Equal(t, []string{"k", "null3"}, c[1].take())
}

// TestAfterReplyAndGone: a message that waits for a reply is dropped with its client.
func TestAfterReplyAndGone(t *testing.T) {
	h := newFake()
	a := h.connect(1)[0]
	require.NoError(t, h.Enable(a, Options{}))
	h.Remember(a, []byte("k"))
	h.run(a, func() {
		h.Invalidate([]byte("k"), Write)
		delete(h.clients, a.id)
	})
	require.Equal(t, []string{"reply"}, a.take())
}

func TestBroadcast(t *testing.T) {
	h := newFake()
	c := h.connect(4)
	require.NoError(t, h.Enable(c[0], Options{BCast: true, Prefixes: []string{"u:", "a:"}}))
	require.NoError(t, h.Enable(c[1], Options{BCast: true, NoLoop: true}))
	require.NoError(t, h.Enable(c[2], Options{BCast: true, Prefixes: []string{"u:"}, Redirect: 4}))

	h.write(c[1], "u:2", "u:1", "a:1", "z")
	h.write(c[0], "u:2")
	require.Equal(t, []string{"reply"}, c[0].take())
	h.BeforeSleep()
	require.Equal(t, []string{"a:1", "u:1 u:2"}, c[0].take(), "one message a prefix, all in byte order")
	require.Equal(t, []string{"reply", "u:2"}, c[1].take(), "those that it changed last itself are left out")
	require.Empty(t, c[2].take())
	require.Equal(t, []string{"u:1 u:2"}, c[3].take())

	h.write(c[1], "z")
	h.BeforeSleep()
	require.Equal(t, []string{"reply"}, c[1].take(), "where nothing is left there is no message")
	h.BeforeSleep()
	require.Empty(t, c[1].take())
}

// TestNobodysChanges: in broadcasting mode, an expiry that a client's command runs into
// is news to that client, and so are the changes of its script.
func TestNobodysChanges(t *testing.T) {
	h := newFake()
	a := h.connect(1)[0]
	require.NoError(t, h.Enable(a, Options{BCast: true, NoLoop: true}))
	h.run(a, func() {
		h.Invalidate([]byte("write"), Write)
		h.Invalidate([]byte("expired"), Expired)
		h.Invalidate([]byte("evicted"), Evicted)
		h.scripted = true
		h.Invalidate([]byte("script"), Write)
	})
	h.BeforeSleep()
	require.Equal(t, []string{"reply", "evicted expired script"}, a.take())
}

// TestEncodedOnce: subscribers without NOLOOP share one list of keys.
func TestEncodedOnce(t *testing.T) {
	h := newFake()
	lists := map[*Keys]int{}
	for range 3 {
		c := &sharing{fakeClient{id: uint64(len(h.clients) + 1), proto: 3}, lists}
		h.clients[c.id] = &c.fakeClient
		require.NoError(t, h.Enable(c, Options{BCast: true}))
	}
	h.host = sharingHost{h, lists}
	h.Invalidate([]byte("k"), Write)
	h.BeforeSleep()
	require.Len(t, lists, 1)
	for _, n := range lists {
		require.Equal(t, 3, n)
	}
}

// sharing counts how often it gets each list of keys.
type sharing struct {
	fakeClient
	lists map[*Keys]int
}

type sharingHost struct {
	*fakeHost
	lists map[*Keys]int
}

func (h sharingHost) Client(id uint64) Client { return &sharing{*h.clients[id], h.lists} }
func (c *sharing) Invalidate(p Payload)       { c.lists[p.Keys]++ }

func TestEnableAndDisable(t *testing.T) {
	h := newFake()
	a := h.connect(1)[0]
	require.NoError(t, h.Enable(a, Options{BCast: true, Prefixes: []string{"b", "a"}, NoLoop: true, Redirect: 1}))
	a.state.Broken = true
	require.Error(t, h.Enable(a, Options{BCast: true, Prefixes: []string{"c", "bb"}}))
	require.Equal(t, []string{"a", "b"}, a.state.Prefixes(), "an error changes nothing")
	require.True(t, a.state.Broken)

	require.NoError(t, h.Enable(a, Options{BCast: true, Prefixes: []string{"c"}}))
	require.Equal(t, State{On: true, BCast: true, prefixes: []string{"a", "b", "c"}}, a.state)
	require.NoError(t, h.Enable(a, Options{BCast: true}))
	require.NoError(t, h.Enable(a, Options{BCast: true}))
	require.Equal(t, []string{"", "a", "b", "c"}, a.state.Prefixes())
	require.Equal(t, 4, h.Prefixes())
	require.Equal(t, 1, h.Tracker.Clients())

	h.Disable(a)
	h.Disable(a)
	require.Equal(t, []string{"off"}, a.state.Flags())
	require.Empty(t, a.state.Prefixes())
	require.Equal(t, int64(-1), a.state.Redirection())
	require.Zero(t, h.Prefixes())
	require.Zero(t, h.Tracker.Clients())
}

func TestLimit(t *testing.T) {
	h := newFake()
	a := h.connect(1)[0]
	require.NoError(t, h.Enable(a, Options{}))
	fill := func(n int) {
		for i := range n {
			h.Remember(a, fmt.Appendf(nil, "k%d", i))
		}
	}
	fill(1000)
	require.True(t, h.Limit(0), "0 is no limit")
	require.True(t, h.Limit(1000))
	require.Equal(t, 1000, h.Keys())

	for i, left := range []int{900, 700, 400} {
		require.False(t, h.Limit(10), "check %d", i)
		require.Equal(t, left, h.Keys(), "more effort each time in a row")
	}
	require.True(t, h.Limit(10))
	require.Equal(t, 10, h.Keys())
	require.Len(t, a.take(), 990, "each told once")

	fill(1000)
	require.False(t, h.Limit(10))
	require.Equal(t, 900, h.Keys(), "the effort starts anew")
	require.True(t, h.Limit(900))
	require.False(t, h.Limit(10))
	require.Equal(t, 800, h.Keys(), "and again when it was enough in between")
}

// TestLimitIsNoChange: subscribers of prefixes are not told of keys that the limit takes
// out.
func TestLimitIsNoChange(t *testing.T) {
	h := newFake()
	c := h.connect(2)
	require.NoError(t, h.Enable(c[0], Options{}))
	require.NoError(t, h.Enable(c[1], Options{BCast: true}))
	h.Remember(c[0], []byte("k1"))
	h.Remember(c[0], []byte("k2"))
	require.True(t, h.Limit(1))
	h.BeforeSleep()
	require.Len(t, c[0].take(), 1)
	require.Empty(t, c[1].take())
}

// TestCapacity: a table without a limit grows up to the capacity of its arenas. Then
// random keys make room for new ones, and their holders are told.
func TestCapacity(t *testing.T) {
	h := newFake()
	h.capacity = 100
	a := h.connect(1)[0]
	h.enable(a, Options{})
	for i := range 1000 {
		h.Remember(a, fmt.Appendf(nil, "%d", i))
		require.True(t, h.Holds(fmt.Appendf(nil, "%d", i), 1), "the new key stays")
		require.LessOrEqual(t, h.table.count(), 100)
		require.True(t, h.Limit(0))
	}
	require.Greater(t, h.Keys(), 60)
	require.Len(t, a.take(), 1000-h.Keys(), "each that left is told")

	before := h.Keys()
	h.Remember(a, []byte("999"))
	require.Equal(t, before, h.Keys(), "what is in the table needs no room")

	long := []byte(strings.Repeat("x", 50*(pieceMax+1)+pieceMax)) // a chain of 50 nodes
	h.Remember(a, long)
	require.True(t, h.Holds(long, 1))
	require.LessOrEqual(t, h.table.count(), 100)
	require.Less(t, h.Keys(), before-20)
	require.NoError(t, h.Check())
}

func TestHotPathsAllocateNothing(t *testing.T) {
	h := newFake()
	a := h.connect(1)[0]
	require.NoError(t, h.Enable(a, Options{}))
	read, other := []byte("read"), []byte("other")
	h.Remember(a, read)
	require.Zero(t, testing.AllocsPerRun(100, func() { h.Remember(a, read) }), "a holder reads again")
	require.Zero(t, testing.AllocsPerRun(100, func() { h.Invalidate(other, Write) }), "nobody holds the key")
	h.clients[2] = &fakeClient{id: 2, proto: 3}
	require.NoError(t, h.Enable(h.clients[2], Options{BCast: true, Prefixes: []string{"p:"}}))
	require.Zero(t, testing.AllocsPerRun(100, func() { h.Invalidate(other, Write) }), "nor has it a prefix")
}

func BenchmarkRememberAndInvalidate(b *testing.B) {
	h := newFake()
	a := h.connect(1)[0]
	require.NoError(b, h.Enable(a, Options{}))
	a.proto = 2 // so that nothing is sent: sending is not what is measured
	key := []byte("user:17")
	b.ReportAllocs()
	for b.Loop() {
		h.Remember(a, key)
		h.Invalidate(key, Write)
	}
}
