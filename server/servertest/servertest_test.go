package servertest_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/servertest"
	"github.com/tattle-server/tattle/tracking"
)

func TestAddressAndTLS(t *testing.T) {
	srv := servertest.Run(t)
	require.Equal(t, "redis://"+srv.Addr(), srv.URL())
	require.Equal(t, "PONG", servertest.Dial(t, srv.Addr()).Do("PING"))

	secure := servertest.NewUnstarted(t, servertest.WithSetting("maxmemory", "1mb"))
	secure.StartTLS()
	require.Equal(t, "rediss://"+secure.Addr(), secure.URL())
	c := servertest.DialTLS(t, secure.Addr(), secure.TLSConfig())
	require.Equal(t, []any{"maxmemory", "1048576"}, c.Do("CONFIG", "GET", "maxmemory"))
	c.Hello3()
	c.Do("CLIENT", "TRACKING", "ON")
	c.Do("GET", "k")
	secure.Do("SET", "k", "1")
	require.Equal(t, resp.Push{"invalidate", []any{"k"}}, c.Read())
}

func TestRestartKeepsTheAddress(t *testing.T) {
	srv := servertest.Run(t)
	addr := srv.Addr()
	c := servertest.Dial(t, addr)
	c.Do("SET", "k", "1")
	srv.Restart()
	c.Closed()
	require.Equal(t, addr, srv.Addr())
	require.Nil(t, servertest.Dial(t, addr).Do("GET", "k"))
}

func TestReset(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect3(t)
	c.Do("CLIENT", "TRACKING", "ON")
	c.Do("SET", "k", "1")
	srv.Reset()
	c.Closed()
	require.Nil(t, srv.Do("GET", "k"))
	require.Empty(t, srv.Tracking().Keys)
}

// Inside a bubble the clock is the bubble's: a key expires at once when the test
// sleeps, and the holder is told.
func TestInsideSynctest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.Run(t)
		c := srv.Connect3(t)
		c.Do("CLIENT", "TRACKING", "ON")
		c.Do("SET", "k", "1", "EX", "3600")
		c.Do("GET", "k")
		time.Sleep(time.Hour + time.Minute)
		require.Equal(t, resp.Push{"invalidate", []any{"k"}}, c.Read())
		require.Nil(t, c.Do("BLPOP", "l", "5"))
	})
}

func TestManualClock(t *testing.T) {
	start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	srv := servertest.Run(t, servertest.WithManualClock(start))
	c, other := srv.Connect3(t), srv.Connect(t)
	require.Equal(t, []any{fmt.Sprint(start.Unix()), "0"}, c.Do("TIME"))
	c.Do("CLIENT", "TRACKING", "ON")
	other.Do("SET", "k", "1", "EX", "10")
	other.Do("SET", "l", "1", "EX", "20")
	c.Do("MGET", "k", "l")
	srv.FastForward(9 * time.Second)
	require.Equal(t, int64(1), c.Do("TTL", "k"))
	c.Quiet()
	other.Send("BLPOP", "q", "5")
	srv.WaitBlocked(t, 1)
	srv.FastForward(time.Minute)
	require.Nil(t, other.Read())
	require.Equal(t, resp.Push{"invalidate", []any{"k"}}, c.Read())
	require.Equal(t, resp.Push{"invalidate", []any{"l"}}, c.Read())
	require.Equal(t, []any{fmt.Sprint(start.Add(69 * time.Second).Unix()), "0"}, c.Do("TIME"))
	srv.SetTime(start)
	require.Equal(t, []any{fmt.Sprint(start.Unix()), "0"}, c.Do("TIME"))
}

// Time moves while others go on and change what is due next.
// The clock of a server that runs can be stopped and let go.
func TestStopClock(t *testing.T) {
	srv := servertest.Run(t)
	srv.StopClock()
	c := srv.Connect(t)
	c.Do("SET", "k", "v", "PX", 1000)
	srv.FastForward(999 * time.Millisecond)
	srv.CheckGet(t, "k", "v")
	srv.FastForward(time.Millisecond)
	require.False(t, srv.Exists("k"))
	srv.SetTime(time.Now().Add(-2 * time.Hour))
	c.Send("BLPOP", "l", 3600)
	srv.WaitBlocked(t, 1)
	srv.RunClock()
	require.Nil(t, c.Read())
}

// A key leaves the table, a push comes from nowhere, and somebody speaks for a client.
func TestEvictPushAndAs(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect3(t)
	client := c.Client(srv)
	require.Equal(t, "OK", client.As("CLIENT", "TRACKING", "ON"))
	require.Equal(t, resp.WrongArity("get"), client.As("GET"))
	require.Nil(t, client.As("GET", "k"))
	require.Equal(t, client.ID, srv.HolderOf("k").ID)
	require.True(t, srv.EvictKey("k"))
	require.False(t, srv.EvictKey("k"))
	require.Equal(t, resp.Push{"invalidate", []any{"k"}}, c.Read())

	client.Push(resp.Push{"MOVING", 30})
	client.Push("+half")
	client.Push("\r\n")
	client.Push(resp.Push{"MOVING", 31}, server.BeforeReply)
	require.Equal(t, resp.Push{"MOVING", int64(30)}, c.Read())
	require.Equal(t, "half", c.Read())
	c.Send("PING")
	require.Equal(t, resp.Push{"MOVING", int64(31)}, c.Read())
	require.Equal(t, "PONG", c.Read())
}

func TestFastForwardBesideOthers(t *testing.T) {
	srv := servertest.Run(t, servertest.WithManualClock(time.Now()))
	c := srv.Connect(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for range 300 {
			srv.FastForward(time.Second)
		}
	}()
	for running := true; running; {
		c.Do("SET", "k", "v", "PX", "3")
		select {
		case <-ended:
			running = false
		default:
		}
	}
	srv.FastForward(3 * time.Millisecond)
	require.Equal(t, int64(0), c.Do("EXISTS", "k"))
}

// The race between a reply and an invalidation, in both orders.
func TestSteppingARace(t *testing.T) {
	for _, order := range []string{"read first", "write first"} {
		t.Run(order, func(t *testing.T) {
			srv := servertest.Run(t)
			a, b := srv.Connect3(t), srv.Connect(t)
			b.Do("SET", "k", "old")
			a.Do("CLIENT", "TRACKING", "ON")
			reader, writer := a.Client(srv), b.Client(srv)
			srv.SetManual(true)
			a.Send("GET", "k")
			b.Send("SET", "k", "new")
			if order == "read first" {
				srv.Step(t, reader)
				srv.Step(t, writer)
				srv.EndCycle(t)
				require.Equal(t, "old", a.Read())
				require.Equal(t, resp.Push{"invalidate", []any{"k"}}, a.Read())
			} else {
				srv.Step(t, writer)
				srv.Step(t, reader)
				srv.EndCycle(t)
				require.Equal(t, "new", a.Read())
			}
			require.Equal(t, "OK", b.Read())
			srv.SetManual(false)
			a.Quiet()
		})
	}
}

func TestFaults(t *testing.T) {
	srv := servertest.Run(t)
	c, writer := srv.Connect3(t), srv.Connect(t)
	c.Do("CLIENT", "TRACKING", "ON")
	who := c.Client(srv)
	change := func(keys ...string) {
		for _, k := range keys {
			c.Do("GET", k)
		}
		for _, k := range keys {
			writer.Do("SET", k, "x")
		}
	}
	told := func(k string) resp.Push { return resp.Push{"invalidate", []any{k}} }

	who.HoldPushes()
	change("a", "b")
	c.Quiet()
	who.ReleasePushes()
	require.Equal(t, told("a"), c.Read())
	require.Equal(t, told("b"), c.Read())

	who.HoldPushes()
	change("a", "b")
	who.ReleaseReordered()
	require.Equal(t, told("b"), c.Read())
	require.Equal(t, told("a"), c.Read())

	who.DropPushes(1)
	change("a", "b")
	require.Equal(t, told("b"), c.Read())
	c.Quiet()

	who.DuplicatePushes(true)
	change("a")
	require.Equal(t, told("a"), c.Read())
	require.Equal(t, told("a"), c.Read())
	who.DuplicatePushes(false)

	who.DelayPushes(time.Millisecond)
	change("a")
	require.Equal(t, told("a"), c.Read())
	who.DelayPushes(0)

	require.Equal(t, 0, srv.EvictTracked(5), "nothing is held now")
	c.Do("GET", "a")
	require.Equal(t, 1, srv.EvictTracked(5))
	require.Equal(t, told("a"), c.Read())

	who.StallWrites(true)
	c.Send("PING")
	require.Eventually(t, func() bool { return srv.ClientID(int64(who.ID)).PendingOutput > 0 }, 10*time.Second, time.Millisecond)
	who.StallWrites(false)
	require.Equal(t, "PONG", c.Read())

	who.StallReads(true)
	c.Send("SET", "stalled", "1")
	require.Nil(t, writer.Do("GET", "stalled"))
	who.StallReads(false)
	require.Equal(t, "OK", c.Read())

	who.CutBeforePush()
	change("a")
	require.Empty(t, c.Closed())
}

// A message counts as sent when it is: not if a fault has dropped it, while it is held, or a
// second time.
func TestWaitsKnowOfFaults(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect3(t)
	c.Do("CLIENT", "TRACKING", "ON")
	who := c.Client(srv)
	change := func() { c.DoReply("GET", "k"); srv.Do("SET", "k", "x") }
	notSent := func(why string) {
		t.Helper()
		srv.RequireNoInvalidation(t, who)
		f := &fakeT{}
		f.run(func(t *fakeT) { srv.Within(time.Millisecond).WaitInvalidated(t, who, "k") })
		require.Len(t, f.failed, 1)
		require.Contains(t, f.failed[0], "invalidate [k] for client 1 by push: "+why+" (SET by client")
	}
	who.DropPushes(1)
	change()
	notSent("not sent: dropped by a fault")

	who.HoldPushes()
	change()
	notSent("held by a fault")
	who.ReleasePushes()
	srv.WaitInvalidated(t, who, "k")

	who.DuplicatePushes(true)
	change()
	srv.WaitInvalidated(t, who, "k")
	srv.RequireNoInvalidation(t, who)
	who.DuplicatePushes(false)

	who.DelayPushes(time.Microsecond)
	change()
	srv.WaitInvalidated(t, who, "k")
	who.DelayPushes(0)

	who.HoldPushes()
	srv.Do("FLUSHALL")
	srv.RequireNoInvalidation(t, who)
	who.ReleaseReordered()
	srv.WaitInvalidated(t, who, "k")

	who.CutBeforePush()
	change()
	f := &fakeT{}
	f.run(func(t *fakeT) { srv.WaitInvalidated(t, who, "k") })
	require.Contains(t, f.failed[0], "connection cut by a fault")
}

// With a redirect both clients count as told, each once, and the target's faults matter.
func TestWaitsKnowOfRedirects(t *testing.T) {
	srv := servertest.Run(t)
	source, target := srv.Connect(t), srv.Connect3(t)
	source.Do("CLIENT", "TRACKING", "ON", "REDIRECT", target.ID())
	from, to := source.Client(srv), target.Client(srv)
	source.Do("GET", "k")
	to.HoldPushes()
	srv.Do("SET", "k", "1")
	srv.RequireNoInvalidation(t, from)
	srv.RequireNoInvalidation(t, to)
	to.ReleasePushes()
	srv.WaitInvalidated(t, from, "k")
	srv.WaitInvalidated(t, to, "k")
	srv.RequireNoInvalidation(t, from)
	srv.RequireNoInvalidation(t, to)
}

func TestBreakRedirect(t *testing.T) {
	srv := servertest.Run(t)
	source, target := srv.Connect3(t), srv.Connect3(t)
	source.Do("CLIENT", "TRACKING", "ON", "REDIRECT", target.ID())
	source.Do("GET", "k")
	source.Client(srv).BreakRedirect()
	srv.Do("SET", "k", "1")
	require.Equal(t, "tracking-redir-broken", source.ReadPush()[0])
	target.Quiet()
}

func TestSeeingTracking(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect3(t)
	c.Do("CLIENT", "SETNAME", "reader")
	c.Do("CLIENT", "TRACKING", "ON", "NOLOOP")
	reader := srv.ClientNamed("reader")
	require.True(t, reader.Tracking.On)
	require.Equal(t, 3, reader.Proto)
	srv.RequireCaching(t, reader)

	c.Do("GET", "k")
	srv.WaitTracked(t, "k", reader)
	require.Equal(t, []tracking.HeldKey{{Key: "k", Holders: []uint64{reader.ID}}}, srv.Tracking().Keys)
	srv.RequireNoInvalidation(t, reader)
	srv.Do("SET", "k", "1")
	srv.WaitInvalidated(t, reader, "k")
	require.Equal(t, resp.Push{"invalidate", []any{"k"}}, c.Read())

	c.Do("GET", "k")
	c.Do("SET", "k", "2")
	srv.RequireNoInvalidation(t, reader)
	events := srv.Events()
	require.Equal(t, tracking.NoLoop, events[len(events)-1].Outcome, "why it was not told")

	c.Do("GET", "k")
	srv.Do("FLUSHALL")
	srv.WaitInvalidated(t, reader, "k")
}

// A client that was refused tracking, and reads all the same, is found out.
func TestRequireCaching(t *testing.T) {
	srv := servertest.Run(t)
	good := srv.Connect3(t)
	good.Do("CLIENT", "TRACKING", "ON")
	good.Do("GET", "k")
	srv.RequireCaching(t)

	srv.SetError("ERR unknown command 'CLIENT'", servertest.ErrorFor("CLIENT TRACKING"))
	bad := srv.Connect3(t)
	require.IsType(t, resp.Error(""), bad.Do("CLIENT", "TRACKING", "ON"))
	bad.Do("GET", "k")
	f := &fakeT{}
	f.run(func(t *fakeT) { srv.RequireCaching(t) })
	require.Contains(t, f.failed[0], "with tracking off: CLIENT TRACKING ON was refused")
}

// fakeT is a test that fails without ending anything.
type fakeT struct {
	testing.TB
	failed   []string
	logged   []string
	cleanups []func()
}

type ended struct{}

func (f *fakeT) Helper()                   {}
func (f *fakeT) Name() string              { return "fake" }
func (f *fakeT) Failed() bool              { return len(f.failed) > 0 }
func (f *fakeT) Cleanup(fn func())         { f.cleanups = append(f.cleanups, fn) }
func (f *fakeT) Logf(s string, a ...any)   { f.logged = append(f.logged, fmt.Sprintf(s, a...)) }
func (f *fakeT) Errorf(s string, a ...any) { f.failed = append(f.failed, fmt.Sprintf(s, a...)) }
func (f *fakeT) Fatalf(s string, a ...any) { f.Errorf(s, a...); panic(ended{}) }
func (f *fakeT) run(fn func(t *fakeT))     { defer func() { _ = recover() }(); fn(f) }
func (f *fakeT) end() {
	for i := len(f.cleanups) - 1; i >= 0; i-- {
		f.cleanups[i]()
	}
}

// Misuse fails the test with a sentence that says what to do.
func TestMisuse(t *testing.T) {
	for name, c := range map[string]struct {
		do  func(t *fakeT)
		say string
	}{
		"step":         {func(t *fakeT) { servertest.Run(t).Step(t) }, "WithManualLoop()"},
		"end cycle":    {func(t *fakeT) { servertest.Run(t).EndCycle(t) }, "WithManualLoop()"},
		"fast forward": {func(t *fakeT) { servertest.Run(t).FastForward(time.Second) }, "WithManualClock("},
		"backwards": {func(t *fakeT) {
			servertest.Run(t, servertest.WithManualClock(time.Now())).FastForward(-time.Second)
		}, "use SetTime to go back"},
		"nobody":  {func(t *fakeT) { servertest.Run(t).ClientNamed("nobody") }, `0 clients are named "nobody"`},
		"setting": {func(t *fakeT) { servertest.Run(t, servertest.WithSetting("nonsense", "1")) }, `the setting "nonsense 1"`},
		"closed": {func(t *fakeT) {
			srv := servertest.Run(t)
			srv.Close()
			srv.Addr()
		}, "the server is closed"},
		"no words":      {func(t *fakeT) { servertest.Run(t).Connect(t).Do() }, "there is no command"},
		"drop -5":       {func(t *fakeT) { srv := servertest.Run(t); srv.Connect(t).Client(srv).DropPushes(-5) }, "-1 for all"},
		"push":          {func(t *fakeT) { srv := servertest.Run(t); srv.Connect(t).Client(srv).Push(make(chan int)) }, "Push"},
		"release":       {func(t *fakeT) { srv := servertest.Run(t); srv.Connect(t).Client(srv).ReleasePushes() }, "HoldPushes comes first"},
		"reorder":       {func(t *fakeT) { srv := servertest.Run(t); srv.Connect(t).Client(srv).ReleaseReordered() }, "HoldPushes comes first"},
		"no redirect":   {func(t *fakeT) { srv := servertest.Run(t); srv.Connect(t).Client(srv).BreakRedirect() }, "CLIENT TRACKING ON REDIRECT comes first"},
		"no group":      {func(t *fakeT) { servertest.Run(t).ClientsNamed("app").Kill() }, `no client is named "app"`},
		"no holder":     {func(t *fakeT) { servertest.Run(t).HolderOf("k") }, `0 clients hold "k"`},
		"started twice": {func(t *fakeT) { servertest.Run(t).Start() }, "Start was called before"},
		"gone": {func(t *fakeT) {
			srv := servertest.Run(t)
			c := srv.Connect(t)
			who := c.Client(srv)
			who.Kill()
			c.Closed()
			who.Kill()
		}, "is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeT{}
			f.run(c.do)
			f.end()
			require.NotEmpty(t, f.failed)
			require.Contains(t, f.failed[0], c.say)
		})
	}
}

func TestAFailedTestShowsItsSession(t *testing.T) {
	f := &fakeT{}
	f.run(func(t *fakeT) {
		srv := servertest.Run(t)
		a, b := srv.Connect3(t), srv.Connect(t)
		a.Do("CLIENT", "TRACKING", "ON")
		a.Do("GET", "k")
		b.Do("SET", "k", "1")
		a.Read()
		t.Errorf("something")
	})
	f.end()
	shown := strings.Join(f.logged, "\n")
	require.Regexp(t, `(?m)> GET k  < \(nil\) .*\n.* > SET k 1\n.* < >invalidate \[k\] .*\n.* < OK$`, shown, "in their order")
}

func TestNoGoroutineIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		srv := servertest.Run(t)
		nc, err := srv.Dial(context.Background())
		require.NoError(t, err)
		nc.Write([]byte("PING\r\n"))
		srv.Addr()
		srv.Close()
	}
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), before)
}

// A connection that is cut in place of a broadcast takes nobody else's message along.
func TestCutBeforeABroadcast(t *testing.T) {
	srv := servertest.Run(t)
	conns := make([]*servertest.Conn, 5)
	for i := range conns {
		conns[i] = srv.Connect3(t)
		conns[i].Do("CLIENT", "TRACKING", "ON", "BCAST")
	}
	conns[1].Client(srv).CutBeforePush()
	conns[3].Client(srv).CutBeforePush()
	srv.Set("k", "1")
	for i, c := range conns {
		if i%2 == 0 {
			require.Equal(t, resp.Push{"invalidate", []any{"k"}}, c.Read())
		} else {
			require.Empty(t, c.Closed())
		}
	}
}

// Peers that say nothing in place of a TLS handshake keep nobody out, also where the
// server is full, and do not keep it from ending.
func TestSilentTLSPeers(t *testing.T) {
	srv := servertest.NewUnstarted(t, servertest.WithSetting("maxclients", "3"))
	srv.StartTLS()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", srv.Addr())
		require.NoError(t, err)
		t.Cleanup(func() { c.Close() })
		return c
	}
	client := func() *tls.Conn {
		config := srv.TLSConfig().Clone()
		config.ServerName = "127.0.0.1"
		return tls.Client(dial(), config)
	}
	dial() // says nothing
	for _, c := range []*tls.Conn{client(), client()} {
		_, err := c.Write([]byte("PING\r\n"))
		require.NoError(t, err)
		got := make([]byte, 7)
		_, err = io.ReadFull(c, got)
		require.NoError(t, err)
		require.Equal(t, "+PONG\r\n", string(got))
	}
	_, err := dial().Read(make([]byte, 1))
	require.Error(t, err, "the fourth is dropped")
	require.NoError(t, srv.Close())
}
