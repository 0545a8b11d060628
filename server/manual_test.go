package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/servertest"
	"github.com/tattle-server/tattle/tracking"
)

// A server whose loop is manual does nothing while nobody steps it.
func TestManualLoopRests(t *testing.T) {
	srv := servertest.Run(t, servertest.WithManualLoop())
	c := servertest.Dial(t, srv.Addr())
	c.Send("PING")
	srv.Step(t)
	cycles := func() (n int) {
		reply, err := srv.Call(0, "INFO", "stats")
		require.NoError(t, err)
		text := fmt.Sprint(reply)
		_, after, found := strings.Cut(text, "eventloop_cycles:")
		require.True(t, found, text)
		_, err = fmt.Sscan(after, &n)
		require.NoError(t, err)
		return n
	}
	before := cycles()
	const times = 1000
	for range times - 1 {
		cycles()
	}
	require.Equal(t, before+times, cycles(), "a cycle is begun for a call, and no other")
	srv.EndCycle(t)
	require.Equal(t, "PONG", c.Read())
}

// What a client has sent before it closed runs when it is stepped; then it is gone.
func TestStepAfterClose(t *testing.T) {
	for name, dial := range map[string]func(*servertest.Server) *servertest.Conn{
		"memory": func(s *servertest.Server) *servertest.Conn { return s.Connect(t) },
		"socket": func(s *servertest.Server) *servertest.Conn { return servertest.Dial(t, s.Addr()) },
	} {
		t.Run(name, func(t *testing.T) {
			srv := servertest.Run(t, servertest.WithManualLoop())
			c := dial(srv)
			c.Send("SET", "k", "v")
			c.Close()
			srv.Step(t)
			srv.EndCycle(t)
			srv.CheckGet(t, "k", "v")
			srv.EndCycle(t)
			require.Empty(t, srv.Clients())
		})
	}
}

// A client that is killed before it was stepped waits no longer.
func TestKilledClientsAreNotStepped(t *testing.T) {
	srv := servertest.Run(t, servertest.WithManualLoop())
	a, b := srv.Connect(t), srv.Connect(t)
	a.Send("SET", "k", "a")
	b.Send("SET", "k", "b")
	waiting, _ := srv.Lab().Waiting()
	for len(waiting) < 2 {
		waiting, _ = srv.Lab().Waiting()
	}
	require.NoError(t, srv.Lab().Faults(waiting[0]).Kill())
	left, _ := srv.Lab().Waiting()
	require.Equal(t, waiting[1:], left)
	ran, err := srv.Lab().Step(0)
	require.NoError(t, err)
	require.Equal(t, waiting[1], ran)
}

// A batch that is longer than a cycle takes is stepped in parts.
func TestLongBatchesAreStepped(t *testing.T) {
	srv := servertest.Run(t, servertest.WithManualLoop())
	c := srv.Connect(t)
	c.WriteRaw(strings.Repeat("INCR k\r\n", 1500))
	srv.Step(t)
	srv.CheckGet(t, "k", "1024")
	srv.Step(t)
	srv.CheckGet(t, "k", "1500")
}

// That the loop or the clock stops is an event: what happens then is seen in its light.
func TestEventsOfLoopAndClock(t *testing.T) {
	x := watch(t, tracking.Faulted)
	lab := x.Lab()
	for range 2 { // the second time nothing changes
		lab.SetManual(true)
		lab.StopClock()
	}
	for range 2 {
		lab.SetManual(false)
		lab.RunClock()
	}
	require.Equal(t, []string{"fault: the loop stops", "fault: the clock stops", "fault: the loop runs", "fault: the clock runs"}, x.told())
}
