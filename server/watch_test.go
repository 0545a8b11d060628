package server_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/servertest"
	"github.com/tattle-server/tattle/tracking"
)

// watched is a server with two RESP3 connections, and a watcher from then on.
type watched struct {
	*server.Server
	a, b *servertest.Conn
	w    *server.Watcher
}

func watch(t *testing.T, kinds ...tracking.Kind) watched {
	cfg := config.New()
	cfg.Port = 0
	s, err := server.Start(server.Options{Config: cfg})
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	require.NoError(t, s.Listen("tcp", "127.0.0.1:0"))
	x := watched{Server: s, a: servertest.Dial(t, s.Addr().String()), b: servertest.Dial(t, s.Addr().String())}
	x.a.Hello3()
	x.b.Hello3()
	x.w = s.Watch(kinds...)
	return x
}

// told returns the events as lines.
func (x watched) told() (lines []string) {
	for _, e := range x.w.Since(0) {
		lines = append(lines, e.String())
	}
	return lines
}

// only returns the one event of a kind.
func only(t *testing.T, events []tracking.Event, k tracking.Kind) (one tracking.Event) {
	t.Helper()
	n := 0
	for _, e := range events {
		if e.Kind == k {
			one = e
			n++
		}
	}
	require.Equal(t, 1, n, "%s in %v", k, events)
	return one
}

func TestWatchersHearOfTheirKinds(t *testing.T) {
	x := watch(t, tracking.Message)
	all := x.Watch()
	x.a.Do("CLIENT", "TRACKING", "ON")
	x.a.Do("GET", "k")
	x.b.Do("SET", "k", "1")
	require.Equal(t, []string{"invalidate [k] for client 1 by push: sent (SET by client 2)"}, x.told())

	seen := map[tracking.Kind]bool{}
	last := uint64(0)
	events := all.Since(0)
	for _, e := range events {
		seen[e.Kind] = true
		require.Greater(t, e.Seq, last)
		require.NotZero(t, e.At)
		last = e.Seq
	}
	for _, k := range []tracking.Kind{
		tracking.Enabled, tracking.Remembered, tracking.Forgotten, tracking.Message, tracking.Began, tracking.Ended,
		tracking.Pushed, tracking.CycleEnded,
	} {
		require.True(t, seen[k], k.String())
	}
	require.Equal(t, x.w.Since(0)[0], only(t, events, tracking.Message))
	require.Equal(t, events[3:], all.Since(events[2].Seq))

	x.w.Close() // the other goes on
	x.b.Do("PING")
	require.Greater(t, len(all.Since(last)), 0)
	require.Len(t, x.w.Since(0), 1)
}

// A watcher who never reads keeps nobody, and loses the oldest events, which are
// counted for him alone.
func TestWatcherWhoNeverReads(t *testing.T) {
	x := watch(t, tracking.Began)
	x.a.Do("CONFIG", "SET", "journal-max-bytes", "10kb")
	last := x.w.Since(0)[0].Seq
	lazy, keen, other := x.Watch(tracking.Began), x.Watch(tracking.Began), x.Watch(tracking.Message)
	for i := range 100 {
		x.a.Do("ECHO", fmt.Sprint(i))
		e, err := keen.Next(context.Background())
		require.NoError(t, err)
		require.Equal(t, []string{"ECHO", fmt.Sprint(i)}, e.Words)
	}
	events := lazy.Since(0)
	require.Less(t, len(events), 80) // an event is smaller on 32 bits
	require.Equal(t, []string{"ECHO", "99"}, events[len(events)-1].Words)
	require.Equal(t, uint64(100-len(events)), lazy.Dropped())
	require.Equal(t, lazy.Dropped()+1, x.w.Dropped(), "it had not read CONFIG SET either")
	require.Zero(t, keen.Dropped())
	require.Zero(t, other.Dropped())
	require.Equal(t, events, keen.Since(last), "all read the same record")

	e, err := lazy.Next(context.Background())
	require.NoError(t, err)
	require.Equal(t, events[0], e)

	// Even one event that is larger than the limit is there.
	x.a.Do("CONFIG", "SET", "journal-max-bytes", "0")
	x.a.Do("ECHO", "100")
	require.Len(t, x.w.Since(0), 1)
	state := x.Journal().State()
	require.Equal(t, 1, state.Events)
	require.Equal(t, state.First, state.Last)
}

// Only what somebody wants is recorded, from when on he wants it, unless the setting says
// that all is.
func TestJournalWithoutReaders(t *testing.T) {
	x := watch(t, tracking.Message)
	x.a.Do("SET", "k", "1")
	require.Zero(t, x.Journal().State().Events, "nobody wants commands")
	x.w.Close()
	require.Nil(t, x.Journal())

	x.a.Do("CONFIG", "SET", "journal", "yes")
	x.a.Do("SET", "k", "2")
	late := x.WatchFrom(0, tracking.Began)
	events := late.Since(0)
	require.Equal(t, []string{"SET", "k", "2"}, events[0].Words)
	e, err := late.Next(context.Background())
	require.NoError(t, err)
	require.Equal(t, events[0], e, "it was there before")
	late.Close()
	x.a.Do("CONFIG", "SET", "journal", "no")
	require.Nil(t, x.Journal())
	require.Equal(t, events, late.Since(0), "who has read it still has it")
}

// A key that ends is an event, whoever holds it. The command that meets it is its cause.
func TestEventsOfKeysThatEnd(t *testing.T) {
	srv := servertest.Run(t, servertest.WithManualClock(time.Unix(1000, 0)), servertest.WithSetting("maxmemory-policy", "allkeys-lru"))
	c := srv.Connect3(t)
	c.Do("MSET", "k", "1", "l", "1", "m", "1")
	c.Do("PEXPIRE", "k", "1500")
	srv.FastForward(2 * time.Second)
	c.Do("CONFIG", "SET", "maxmemory", "1")
	c.Do("PING")
	var told []string
	for _, e := range srv.Events() {
		if e.Kind == tracking.Removed {
			told = append(told, e.String())
		}
	}
	slices.Sort(told)
	require.Equal(t, []string{"[k] removed (expired)", "[l] removed (evicted)", "[m] removed (evicted)"}, told)
}

func TestNextWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.Run(t)
		c := srv.Connect(t)
		var heard []string
		srv.OnEvent(func(e servertest.Event) { heard = append(heard, strings.Join(e.Words, " ")) }, tracking.Began)
		synctest.Wait()
		c.Do("SET", "k", "1")
		synctest.Wait()
		require.Equal(t, []string{"SET k 1"}, heard)
		c.Do("GET", "k")
		srv.Close()
		require.Equal(t, []string{"SET k 1", "GET k"}, heard, "Close waits for who hears of it")
	})
}

func TestNextEnds(t *testing.T) {
	x := watch(t, tracking.Began)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := x.w.Next(ctx)
	require.ErrorIs(t, err, context.Canceled)

	x.a.Do("PING")
	closed := x.Watch(tracking.Began)
	closed.Close()
	closed.Close()
	_, err = closed.Next(context.Background())
	require.ErrorIs(t, err, io.EOF)

	// After the end of the server a watcher still has what it heard.
	x.Close()
	var words []string
	for e := range x.w.All() {
		words = append(words, e.Words...)
	}
	require.Equal(t, []string{"PING"}, words)
	_, err = x.Watch().Next(context.Background())
	require.ErrorIs(t, err, io.EOF)
	x.w.Close()
}

// A callback that ends its goroutine hurts nobody but itself.
func TestCallbackThatEnds(t *testing.T) {
	srv := servertest.Run(t)
	srv.OnEvent(func(servertest.Event) { runtime.Goexit() })
	c := srv.Connect3(t)
	c.Do("CLIENT", "TRACKING", "ON", "BCAST")
	require.Equal(t, "OK", srv.Do("SET", "k", "1"))
	require.Equal(t, "k", c.ReadPush()[1].([]any)[0])
}

// Each event leads to what caused it: a push to its message, that to the command.
func TestEventsLeadToTheCommand(t *testing.T) {
	for name, test := range map[string]struct {
		options []any
		change  []any
		command string // that changed the key
	}{
		"default":  {nil, []any{"SET", "k", "2"}, "set"},
		"BCAST":    {[]any{"BCAST", "PREFIX", "k"}, []any{"SET", "k", "2"}, "set"},
		"a script": {nil, []any{"EVAL", "return redis.call('INCR', 'k')", "1", "k"}, "incr"},
		"rename":   {nil, []any{"RENAME", "k", "l"}, "rename"},
		"flush":    {nil, []any{"FLUSHDB"}, "flushdb"},
	} {
		t.Run(name, func(t *testing.T) {
			x := watch(t)
			x.a.Do(append([]any{"CLIENT", "TRACKING", "ON"}, test.options...)...)
			x.b.Do("MSET", "k", "1", "unrelated", "1")
			if test.options != nil {
				x.a.Read()
			}
			x.a.Do("GET", "k")
			before := x.w.Since(0)
			x.b.Do(test.change...)
			x.a.ReadPush()
			events := x.w.Since(before[len(before)-1].Seq)
			began := only(t, events, tracking.Began)
			message, pushed := only(t, events, tracking.Message), only(t, events, tracking.Pushed)
			require.Equal(t, message.Seq, pushed.CausedBy)
			require.Equal(t, began.Seq, message.CausedBy)
			require.Equal(t, test.command, message.Command)
			require.Equal(t, uint64(2), began.Client)
			require.Equal(t, began.Seq, only(t, events, tracking.Ended).CausedBy)
			require.Contains(t, string(pushed.Bytes), "invalidate")
			require.Equal(t, began.Cycle, message.Cycle)
		})
	}
}

// The push for an own change is held, then sent: the one leads to the other.
func TestEventsOfAnOwnChange(t *testing.T) {
	x := watch(t)
	x.a.Do("CLIENT", "TRACKING", "ON")
	x.a.Do("GET", "k")
	before := x.w.Since(0)
	x.a.Do("MULTI")
	x.a.Do("SET", "k", "1")
	x.a.Do("EXEC")
	x.a.ReadPush()
	var held, sent, exec tracking.Event
	for _, e := range x.w.Since(before[len(before)-1].Seq) {
		switch {
		case e.Kind == tracking.Message && e.Outcome == tracking.AfterReply:
			held = e
		case e.Kind == tracking.Message:
			sent = e
		case e.Kind == tracking.Began:
			exec = e // the last
		}
	}
	require.Equal(t, []string{"EXEC"}, exec.Words)
	require.Equal(t, exec.Seq, held.CausedBy)
	require.Equal(t, "set", held.Command)
	require.Equal(t, held.Seq, sent.CausedBy)
	require.Equal(t, tracking.Sent, sent.Outcome)
}

// A command that blocks ends when it is released; one that a pause holds begins once.
func TestEventsOfCommandsThatWait(t *testing.T) {
	x := watch(t, tracking.Began, tracking.Ended)
	x.a.Send("BLPOP", "l", "0")
	for x.Lab().BlockedClients() != 1 {
		runtime.Gosched()
	}
	x.b.Do("RPUSH", "l", "x")
	x.a.Read()
	require.Equal(t, []string{
		"client 1 > BLPOP l 0", "client 2 > RPUSH l x", `client 2 < ":1\r\n"`, `client 1 < "*2\r\n$1\r\nl\r\n$1\r\nx\r\n"`,
	}, x.told())
	events := x.w.Since(0)
	require.Equal(t, events[0].Seq, events[3].CausedBy)

	last := events[3].Seq
	x.b.Do("CLIENT", "PAUSE", "100000", "WRITE")
	x.a.Send("SET", "k", "1")
	for x.Lab().BlockedClients() != 1 {
		runtime.Gosched()
	}
	x.b.Do("CLIENT", "UNPAUSE")
	require.Equal(t, "OK", x.a.Read())
	events = x.w.Since(last)
	require.Equal(t, `client 1 > SET k 1`, events[2].String())
	require.Len(t, events, 6)
	require.Equal(t, events[2].Seq, events[5].CausedBy)
}

// What a client reads and is not remembered is told with the rule.
func TestEventsOfWhatIsNotRemembered(t *testing.T) {
	for name, test := range map[string]struct {
		commands []string
		want     string
		rule     int
	}{
		"off":          {[]string{"MGET k l"}, `client 1 read [k l]: not remembered: tracking is off (MGET)`, 13},
		"OPTIN":        {[]string{"CLIENT TRACKING ON OPTIN", "GET k"}, `client 1 read [k]: not remembered: OPTIN without CLIENT CACHING YES (GET)`, 16},
		"OPTIN, PING":  {[]string{"CLIENT TRACKING ON OPTIN", "CLIENT CACHING YES", "PING", "GET k"}, `client 1 read [k]: not remembered: another command used up CLIENT CACHING YES (GET)`, 15},
		"OPTIN, GET":   {[]string{"CLIENT TRACKING ON OPTIN", "CLIENT CACHING YES", "GET l", "GET k"}, `client 1 read [k]: not remembered: another command used up CLIENT CACHING YES (GET)`, 15},
		"OPTOUT":       {[]string{"CLIENT TRACKING ON OPTOUT", "GET l", "CLIENT CACHING NO", "GET k"}, `client 1 read [k]: not remembered: OPTOUT and CLIENT CACHING NO (GET)`, 16},
		"BCAST":        {[]string{"CLIENT TRACKING ON BCAST", "EXISTS k"}, `client 1 read [k]: not remembered: BCAST remembers nothing (EXISTS)`, 22},
		"GETEX":        {[]string{"CLIENT TRACKING ON", "GET l", "SET k 1", "GETEX k"}, `client 1 read [k]: not remembered: the command is not read-only (GETEX)`, 20},
		"a script's":   {[]string{"EVAL return(redis.call('GET','k')) 0"}, `client 1 read [k]: not remembered: tracking is off (GET)`, 13},
		"remembered":   {[]string{"CLIENT TRACKING ON OPTIN", "CLIENT CACHING YES", "CLIENT ID", "GET k"}, "", 0},
		"nothing read": {[]string{"CLIENT TRACKING ON BCAST", "PING", "SPUBLISH k m", "DEL k"}, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			x := watch(t, tracking.NotRemembered)
			for _, line := range test.commands {
				x.a.Do(words(line)...)
			}
			if test.want == "" {
				require.Empty(t, x.told())
				return
			}
			require.Equal(t, []string{test.want}, x.told())
			require.Equal(t, test.rule, x.w.Since(0)[0].Outcome.Rule())
		})
	}
}

// No event has a password, whichever way it came.
func TestSecretsAreNoEvents(t *testing.T) {
	x := watch(t)
	const secret = "hunter2"
	c := servertest.Dial(t, x.Addr().String())
	for _, line := range []string{
		"CONFIG SET requirepass hunter2", "CONFIG GET requirepass", "CONFIG GET *pass*", "MULTI", "CONFIG GET requirepass", "EXEC",
		"AUTH hunter2", "AUTH default hunter2", "AUTH a hunter2 c", "AUTH hunter2 wrong", "HELLO 3 AUTH default hunter2", "HELLO 2 AUTH hunter2 hunter2 SETNAME x",
		"CONFIG SET maxmemory 0 requirepass hunter2", "ACL SETUSER ada on >hunter2", "AUHT hunter2", "AUTH default hunter2",
		"AUTH a b hunter2", "HELLO AUTH default hunter2", "HELLO 3 AUTH hunter2", "HELLO 3 SETNAME x AUTH default hunter2",
		"CONFIG SET maxmemory requirepass hunter2", "CONFIG SET requirepass hunter2 more",
		"MIGRATE h 1 k 0 1 AUTH hunter2", "MULTI", "AUTH hunter2", "ACL SETUSER ada >hunter2", "DISCARD", "CONFIG SET requirepass",
	} {
		args := words(line)
		if line == "CONFIG SET requirepass" {
			args = append(args, "")
		}
		c.Do(args...)
	}
	events := x.w.Since(0)
	require.Greater(t, len(events), 60)
	for _, e := range events {
		require.NotContains(t, fmt.Sprintf("%q %q %s", e.Words, e.Bytes, e), secret)
	}
	require.Contains(t, x.told(), "client 3 > AUTH (redacted)")
	require.Contains(t, x.told(), "client 3 > CONFIG SET maxmemory 0 requirepass (redacted)")
}

// Of a command of a megabyte, and of its reply, a few KiB are kept.
func TestEventsAreSmall(t *testing.T) {
	x := watch(t, tracking.Began, tracking.Ended)
	large := strings.Repeat("x", 1<<20)
	x.a.Do("SET", "k", large)
	x.a.Do("GET", "k")
	x.a.Do(append([]any{"DEL"}, make([]any, 100_000)...)...)
	for _, e := range x.w.Since(0) {
		require.Less(t, len(strings.Join(e.Words, " ")), 5000)
		require.Less(t, len(e.Bytes), 5000)
	}
}

// Events have the time of the server's clock, and what happens by time alone leads to
// the key.
func TestEventsByTheServersClock(t *testing.T) {
	start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	srv := servertest.Run(t, servertest.WithManualClock(start))
	c := srv.Connect3(t)
	c.Do("CLIENT", "TRACKING", "ON")
	c.Do("SET", "k", "1", "PX", "1500")
	c.Do("GET", "k")
	srv.FastForward(time.Minute)
	c.ReadPush()
	events := srv.Events()
	forgotten, message := only(t, events, tracking.Forgotten), only(t, events, tracking.Message)
	require.Equal(t, tracking.Expired, forgotten.Cause)
	removed := only(t, events, tracking.Removed)
	require.Zero(t, removed.CausedBy)
	require.Equal(t, removed.Seq, forgotten.CausedBy)
	require.Equal(t, removed.Seq, message.CausedBy)
	require.Equal(t, 1500*time.Millisecond, message.At.Sub(start))
	require.Greater(t, message.Cycle, events[0].Cycle)
}

// Who comes and goes is told, with the reason.
func TestEventsOfConnections(t *testing.T) {
	x := watch(t, tracking.Connected, tracking.Closed)
	c := servertest.Dial(t, x.Addr().String())
	c.Do("CLIENT", "SETNAME", "ada")
	require.NoError(t, x.Lab().Faults(3).Kill())
	c.Closed()
	events := x.w.Since(0)
	require.Len(t, events, 2)
	require.Equal(t, "client 3 connected: "+c.NetConn().LocalAddr().String(), events[0].String())
	require.Equal(t, "client 3 (ada) closed: killed", events[1].String())
	require.Equal(t, "ada", events[1].Name)
}

// Commands without a connection are told as nobody's.
func TestEventsOfDirectAccess(t *testing.T) {
	x := watch(t, tracking.Began, tracking.Ended, tracking.Message)
	x.a.Do("CLIENT", "TRACKING", "ON")
	x.a.Do("GET", "k")
	last := x.w.Since(0)[3].Seq
	_, err := x.Call(0, "SET", "k", "1")
	require.NoError(t, err)
	events := x.w.Since(last)
	require.Equal(t, []string{"SET", "k", "1"}, events[0].Words)
	require.Zero(t, events[0].Client)
	require.Equal(t, events[0].Seq, events[1].CausedBy)
	require.Equal(t, "direct access < \"+OK\\r\\n\"", events[2].String())
}

// Pub/Sub messages are events too: what a client gets of its own PUBLISH comes after the reply.
func TestEventsOfMessages(t *testing.T) {
	x := watch(t, tracking.Began, tracking.Ended, tracking.Pushed)
	x.a.Do("SUBSCRIBE", "c")
	x.b.Do("PSUBSCRIBE", "c*")
	last := x.w.Last()
	x.a.Do("PUBLISH", "c", "m")
	var told []string
	events := x.w.Since(last)
	for _, e := range events {
		told = append(told, e.String())
	}
	require.Equal(t, []string{
		"client 1 > PUBLISH c m", `client 2 < ">4\r\n$8\r\npmessage\r\n$2\r\nc*\r\n$1\r\nc\r\n$1\r\nm\r\n"`,
		`client 1 < ":2\r\n"`, `client 1 < ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n"`,
	}, told)
	for _, e := range events[1:] {
		require.Equal(t, events[0].Seq, e.CausedBy)
	}
}
