package servertest_test

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

// Tests share a server: a mistake fails the test whose view it was made with, whose log shows
// its own part of the session.
func TestFor(t *testing.T) {
	shared := servertest.Run(t)
	shared.Connect(t).Do("SET", "before", "1")
	first, second := &fakeT{}, &fakeT{}
	a, b := shared.For(first), shared.For(second)
	require.NoError(t, a.Set("k", "v"))
	a.HSet("k", "f", "v")
	first.run(func(*fakeT) { a.ClientNamed("nobody") })
	require.Len(t, first.failed, 2)
	require.Contains(t, first.failed[0], "WRONGTYPE")
	require.Empty(t, second.failed)
	first.end()
	second.end()
	require.Len(t, first.logged, 1)
	require.Contains(t, first.logged[0], "> HSET k f v")
	require.NotContains(t, first.logged[0], "before")
	require.Empty(t, second.logged)
	require.Equal(t, "v", b.Do("GET", "k"), "the server still runs")
}

// The events of a view begin with it, and go on across a Restart; its callbacks end with it.
func TestForSeesItsOwnEvents(t *testing.T) {
	shared := servertest.Run(t)
	told := func(s *servertest.Server) {
		c := s.Connect3(t)
		c.Do("CLIENT", "TRACKING", "ON")
		c.Do("GET", "k")
		require.NoError(t, s.Set("k", "1"))
		s.WaitInvalidated(t, c.Client(s), "k")
	}
	told(shared)
	f := &fakeT{}
	view := shared.For(f)
	require.Empty(t, view.Events())
	var mu sync.Mutex
	seen := 0
	view.OnEvent(func(servertest.Event) { mu.Lock(); seen++; mu.Unlock() }, servertest.Message)
	told(view)
	count := len(view.Events())
	require.NotZero(t, count)
	view.Restart()
	told(view)
	require.Len(t, view.Events(), 2*count+2, "with two clients whose tracking Restart has ended")
	view.Eventually(t, "both messages", func() bool { mu.Lock(); defer mu.Unlock(); return seen == 2 })
	f.end()
	told(shared)
	shared.Settle(t)
	mu.Lock()
	defer mu.Unlock()
	require.Equal(t, 2, seen)
}

func TestWaitsEnd(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect3(t)
	who := c.Client(srv)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, test := range map[string]struct {
		wait func(t *fakeT)
		say  string
	}{
		"a time": {func(t *fakeT) { srv.Within(time.Millisecond).WaitTracked(t, "k", who) }, "1ms have passed"},
		"an option": {func(t *fakeT) {
			srv := servertest.Run(t, servertest.WithPatience(time.Millisecond))
			srv.WaitBlocked(t, 1)
		}, "1ms have passed"},
		"a context":  {func(t *fakeT) { srv.WithContext(cancelled).WaitInvalidated(t, who, "k") }, "context canceled"},
		"eventually": {func(t *fakeT) { srv.WithContext(cancelled).Eventually(t, "a thing", func() bool { return false }) }, "waited for a thing: context canceled"},
		"a stranger": {func(t *fakeT) { srv.Within(time.Millisecond).WaitTracked(t, "k", srv.ClientsNamed("app")) }, `the clients named "app" to hold "k"`},
		"a standing loop": {func(t *fakeT) {
			srv := servertest.Run(t, servertest.WithManualLoop())
			c := srv.Connect3(t)
			c.Do("CLIENT", "TRACKING", "ON")
			c.Send("GET", "k")
			srv.Within(20*time.Millisecond).WaitTracked(t, "k", c.Client(srv))
		}, "The loop stands still: Step runs what a client has sent, and EndCycle writes"},
		"a client that is gone": {func(t *fakeT) {
			c := srv.Connect3(t)
			who := c.Client(srv)
			c.Close()
			srv.WaitTracked(t, "k", who)
		}, "which is gone"},
		"a step of one that is gone": {func(t *fakeT) {
			srv := servertest.Run(t, servertest.WithManualLoop())
			c := srv.Connect3(t)
			who := c.Client(srv)
			who.Kill()
			srv.EndCycle(t)
			srv.Step(t, who)
		}, "which is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeT{}
			f.run(test.wait)
			require.Len(t, f.failed, 1)
			require.Contains(t, f.failed[0], test.say)
			f.end()
		})
	}
}

// A group is all connections of a name: any of them meets a wait, and faults are for each.
func TestGroups(t *testing.T) {
	srv := servertest.Run(t)
	app := srv.ClientsNamed("app")
	require.Empty(t, app.Clients())
	var conns []*servertest.Conn
	for range 2 {
		c := srv.Connect3(t)
		c.Do("CLIENT", "SETNAME", "app")
		c.Do("CLIENT", "TRACKING", "ON")
		conns = append(conns, c)
	}
	srv.RequireCaching(t, app)
	srv.RequireNoInvalidation(t, app)
	conns[1].Do("GET", "k")
	srv.WaitTracked(t, "k", app)
	require.Equal(t, conns[1].ID(), int64(srv.HolderOf("k").ID))
	require.NoError(t, srv.Set("k", "1"))
	srv.WaitInvalidated(t, app, "k")
	require.Equal(t, resp.Push{"invalidate", []any{"k"}}, conns[1].Read())

	app.HoldPushes()
	for _, c := range conns {
		c.Do("GET", "k")
	}
	require.NoError(t, srv.Set("k", "2"))
	for _, c := range conns {
		c.Quiet()
	}
	app.ReleasePushes()
	for _, c := range conns {
		require.Equal(t, resp.Push{"invalidate", []any{"k"}}, c.Read())
	}
	app.Kill()
	for _, c := range conns {
		c.Closed()
	}
	srv.Eventually(t, "them to be gone", func() bool { return len(app.Clients()) == 0 })
}

// To ask for a client's id takes no push away, nor anything else that the test reads later.
func TestClientKeepsPushes(t *testing.T) {
	srv := servertest.Run(t)
	for name, c := range map[string]*servertest.Conn{"memory": srv.Connect3(t), "socket": servertest.Dial(t, srv.Addr())} {
		t.Run(name, func(t *testing.T) {
			c.Hello3()
			c.Do("CLIENT", "TRACKING", "ON")
			for _, key := range []string{"a", "b"} {
				c.DoReply("GET", key)
				require.NoError(t, srv.Set(key, "1"))
			}
			who := c.Client(srv)
			require.Equal(t, c.ID(), int64(who.ID))
			require.Equal(t, "1", c.DoReply("GET", "a"))
			require.Equal(t, resp.Push{"invalidate", []any{"a"}}, c.ReadPush())
			require.Equal(t, resp.Push{"invalidate", []any{"b"}}, c.Do("PING"))
			require.Equal(t, "PONG", c.Read())
			c.Quiet()
		})
	}
}

// With a manual loop a connection's handshake runs by itself, and what follows is stepped.
func TestManualLoopLetsHandshakesRun(t *testing.T) {
	srv := servertest.Run(t, servertest.WithManualLoop())
	c := srv.Connect3(t)
	require.Equal(t, "OK", c.Do("CLIENT", "TRACKING", "ON"))
	require.Equal(t, "OK", c.Do("CLIENT", "SETNAME", "app"))
	c.Send("GET", "k")
	srv.Step(t)
	srv.EndCycle(t)
	require.Nil(t, c.Read())
	c.Send("CLIENT", "GETNAME")
	srv.Step(t, srv.ClientNamed("app"))
	srv.EndCycle(t)
	require.Equal(t, "app", c.Read())

	pipelined := srv.Connect(t)
	pipelined.WriteRaw("HELLO 3\r\nCLIENT TRACKING ON\r\nPING\r\nCLIENT SETNAME x\r\n")
	require.IsType(t, resp.Map{}, pipelined.Read())
	require.Equal(t, "OK", pipelined.Read())
	srv.Step(t)
	srv.EndCycle(t)
	require.Equal(t, "PONG", pipelined.Read())
	require.Equal(t, "OK", pipelined.Read())
}

// Before Start and after the end every method fails the test with what to do.
func TestServersThatDoNotRun(t *testing.T) {
	unstarted := func(t *fakeT) *servertest.Server { return servertest.NewUnstarted(t) }
	closed := func(t *fakeT) *servertest.Server { s := servertest.Run(t); s.Close(); return s }
	shut := func(t *fakeT) *servertest.Server {
		s := servertest.Run(t)
		c := s.Connect(t)
		c.Send("SHUTDOWN", "NOSAVE")
		c.Closed()
		<-s.Done()
		return s
	}
	for state, say := range map[string]struct {
		make func(*fakeT) *servertest.Server
		text string
	}{
		"before": {unstarted, "call Start first"}, "after": {closed, "the server is closed"}, "shut down": {shut, "by a client's SHUTDOWN"},
	} {
		for name, do := range map[string]func(s *servertest.Server, t *fakeT){
			"Addr":        func(s *servertest.Server, _ *fakeT) { s.Addr() },
			"Connect3":    func(s *servertest.Server, t *fakeT) { s.Connect3(t) },
			"Do":          func(s *servertest.Server, _ *fakeT) { s.Do("PING") },
			"Clients":     func(s *servertest.Server, _ *fakeT) { s.Clients() },
			"ClientNamed": func(s *servertest.Server, _ *fakeT) { s.ClientNamed("x") },
			"Call":        func(s *servertest.Server, _ *fakeT) { s.Call(0, "PING") },
			"Tracking":    func(s *servertest.Server, _ *fakeT) { s.Tracking() },
			"Settle":      func(s *servertest.Server, t *fakeT) { s.Settle(t) },
			"FastForward": func(s *servertest.Server, _ *fakeT) { s.FastForward(time.Second) },
			"Get":         func(s *servertest.Server, _ *fakeT) { s.Get("k") },
			"ZAdd":        func(s *servertest.Server, _ *fakeT) { s.ZAdd("k", 1, "m") },
			"SetError":    func(s *servertest.Server, _ *fakeT) { s.SetError("ERR x") },
			"Kill":        func(s *servertest.Server, _ *fakeT) { s.ClientsNamed("x").Kill() },
			"DB":          func(s *servertest.Server, _ *fakeT) { s.DB(1) },
			"Step":        func(s *servertest.Server, t *fakeT) { s.Step(t) },
		} {
			t.Run(state+" "+name, func(t *testing.T) {
				f := &fakeT{}
				s := say.make(f)
				f.run(func(t *fakeT) { do(s, t) })
				require.NotEmpty(t, f.failed)
				require.Contains(t, f.failed[0], say.text)
				f.end()
			})
		}
	}
	_, err := servertest.NewUnstarted(t).Dial(t.Context())
	require.ErrorIs(t, err, net.ErrClosed)
	require.PanicsWithValue(t, "servertest: this Client or Group is of no server; ask one by Clients, ClientNamed, ClientsNamed or ClientID",
		func() { servertest.Client{}.Kill() })
}

func TestRequireAuthBeforeStart(t *testing.T) {
	srv := servertest.NewUnstarted(t)
	srv.RequireAuth("s3cret \"x\"")
	srv.Start()
	require.Equal(t, resp.Error("NOAUTH Authentication required."), srv.Do("GET", "k"))
	require.Equal(t, "OK", srv.Do("AUTH", "s3cret \"x\""))
	srv.Reset()
	require.Equal(t, "OK", srv.Do("AUTH", "s3cret \"x\""))

	srv = servertest.NewUnstarted(t)
	srv.RequireUserAuth("ada", "s3cret")
	srv.Start()
	require.Equal(t, resp.Error("NOAUTH Authentication required."), srv.Do("GET", "k"))
	require.Equal(t, "OK", srv.Do("AUTH", "ada", "s3cret"))
}

// The setting "port" is where the server listens and what Addr returns.
func TestPortSetting(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	require.NoError(t, l.Close())
	srv := servertest.Run(t, servertest.WithSetting("port", port))
	require.Equal(t, "127.0.0.1:"+port, srv.Addr())
	for range 2 {
		require.Equal(t, "PONG", servertest.Dial(t, srv.Addr()).Do("PING"))
		srv.Restart()
	}
}

// Reset keeps the listener, so that no other process can take the port; what connects in
// between is served by the next server.
func TestResetKeepsItsListener(t *testing.T) {
	srv := servertest.Run(t)
	addr := srv.Addr()
	for range 20 {
		done := make(chan any)
		go func() {
			nc, err := net.Dial("tcp", addr)
			if err == nil {
				nc.Close()
			}
			done <- err
		}()
		srv.Reset()
		require.Nil(t, <-done)
		require.Equal(t, "PONG", servertest.Dial(t, addr).Do("PING"))
	}
	srv.Close()
	_, err := net.Dial("tcp", addr)
	require.Error(t, err, "Close gives the address back")
}

func TestRestartBesideOtherCalls(t *testing.T) {
	srv := servertest.Run(t)
	srv.Addr()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			f := &fakeT{}
			f.run(func(t *fakeT) { v := srv.For(t); v.Clients(); v.Tracking(); v.Events() })
			if nc, err := srv.Dial(context.Background()); err == nil {
				io.WriteString(nc, "PING\r\n")
				nc.Close()
			}
		}
	})
	for range 20 {
		srv.Restart()
	}
	close(stop)
	wg.Wait()
}
