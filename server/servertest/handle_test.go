package servertest_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

func anys(words []string) (list []any) {
	for _, w := range words {
		list = append(list, w)
	}
	return list
}

// echo answers a command with its words.
func echo(r *servertest.Request) (any, error) { return r.Words, nil }

func TestHandle(t *testing.T) {
	srv := servertest.Run(t)
	srv.Handle("ft.search", func(r *servertest.Request) (any, error) {
		return []any{r.Name(), r.Words[1], r.Client.Name, r.Client.Proto, r.Client.DB, resp.Map{{Key: "a", Value: 1.5}}, nil, true}, nil
	}, servertest.HandleArity(2))
	c := srv.Connect3(t)
	c.Do("CLIENT", "SETNAME", "app")
	c.Do("SELECT", "3")
	require.Equal(t, []any{"FT.SEARCH", "q", "app", int64(3), int64(3), resp.Map{{Key: "a", Value: 1.5}}, nil, true}, c.Do("FT.Search", "q"))
	require.Equal(t, resp.Error("ERR wrong number of arguments for 'ft.search' command"), c.Do("FT.SEARCH"))

	srv.Handle("MY SUB", echo)
	srv.Handle("MY OTHER", echo)
	require.Equal(t, []any{"my", "sub", "x"}, c.Do("my", "sub", "x"))
	require.Equal(t, resp.Error("ERR unknown subcommand 'nope'. Try MY HELP."), c.Do("MY", "nope"))
	srv.Handle("MY SUB", nil)
	require.Equal(t, resp.Error("ERR unknown subcommand 'sub'. Try MY HELP."), c.Do("MY", "sub"))
	require.Equal(t, []any{"MY", "OTHER"}, c.Do("MY", "OTHER"))
}

// The command stands where others stand: COMMAND, the counters, ACL.
func TestHandleIsACommand(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect(t)
	count := c.Do("COMMAND", "COUNT").(int64)
	c.Do("ACL", "SETUSER", "all", "on", "nopass", "~*", "+@all")
	c.Do("ACL", "SETUSER", "hashes", "on", "nopass", "~*", "+@hash")
	c.Do("ACL", "SETUSER", "keys", "on", "nopass", "~a", "+@all")
	c.Do("ACL", "SETUSER", "none", "on", "nopass", "~*", "+get")
	srv.Handle("MYCMD", echo, servertest.HandleArity(-2), servertest.HandleReads(1, 1, 1), servertest.HandleCategory("@hash"))
	require.Equal(t, count+1, c.Do("COMMAND", "COUNT"))
	info := c.Do("COMMAND", "INFO", "MYCMD").([]any)[0].([]any)
	require.Equal(t, []any{"mycmd", int64(-2)}, info[:2])
	require.Equal(t, []any{int64(1), int64(1), int64(1)}, info[3:6])
	require.ElementsMatch(t, []any{"@read", "@hash", "@slow"}, info[6])
	require.Equal(t, []any{"b"}, c.Do("COMMAND", "GETKEYS", "MYCMD", "b", "c"))
	for user, want := range map[string]string{
		"all": "OK", "hashes": "OK",
		"keys": "User keys has no permissions to access the 'b' key",
		"none": "User none has no permissions to run the 'mycmd' command",
	} {
		require.Equal(t, want, c.Do("ACL", "DRYRUN", user, "MYCMD", "b"), user)
	}
	c.Do("MYCMD", "b")
	require.Contains(t, c.Do("INFO", "commandstats"), "cmdstat_mycmd:calls=1,")
	srv.Handle("MYCMD", nil)
	require.Equal(t, count, c.Do("COMMAND", "COUNT"))
	require.Contains(t, fmt.Sprint(c.Do("MYCMD", "b")), "unknown command")
	require.NotContains(t, c.Do("INFO", "commandstats"), "mycmd")
}

func TestHandleReplaces(t *testing.T) {
	srv := servertest.Run(t)
	srv.SetError("ERR no", servertest.ErrorFor("DEL"))
	c := srv.Connect3(t)
	require.Nil(t, c.Do("GET", "k"))
	srv.Handle("GET", func(*servertest.Request) (any, error) { return "mine", nil }, servertest.HandleReplace())
	c.Do("CLIENT", "TRACKING", "ON")
	require.Equal(t, "mine", c.Do("GET", "k"))
	require.Equal(t, resp.Error("ERR wrong number of arguments for 'get' command"), c.Do("GET"))
	srv.Set("k", "1")
	require.Equal(t, resp.Push{"invalidate", []any{"k"}}, c.ReadPush())
	require.Equal(t, resp.Error("ERR no"), c.Do("DEL", "k"))
	srv.Handle("GET", nil)
	require.Equal(t, "1", c.Do("GET", "k"))
}

// What it reads is remembered, what it writes is invalidated.
func TestHandleAndTracking(t *testing.T) {
	srv := servertest.Run(t)
	srv.Handle("MYGET", func(r *servertest.Request) (any, error) { return srv.Get(r.Words[1]) }, servertest.HandleReads(1, 1, 1))
	srv.Handle("MYMSET", func(r *servertest.Request) (any, error) {
		for i := 1; i < len(r.Words); i += 2 {
			srv.Set(r.Words[i], r.Words[i+1])
		}
		return "OK", nil
	}, servertest.HandleWrites(1, -1, 2))
	srv.Handle("MYSET", func(r *servertest.Request) (any, error) {
		if r.Words[1] == "bad" {
			return nil, errors.New("bad key")
		}
		return "OK", nil
	}, servertest.HandleWrites(1, 1, 1))
	require.True(t, srv.IsReadOnlyCommand("MYGET"))

	a, b := srv.Connect3(t), srv.Connect3(t)
	a.Do("CLIENT", "TRACKING", "ON", "NOLOOP")
	srv.Set("k", "1")
	require.Equal(t, "1", a.Do("MYGET", "k"))
	require.Equal(t, "OK", b.Do("MYMSET", "k", "2", "l", "3"))
	require.Equal(t, resp.Push{"invalidate", []any{"k"}}, a.ReadPush())
	require.Equal(t, "2", a.Do("MYGET", "k"))
	require.Equal(t, "OK", a.Do("MYSET", "k")) // its own: NOLOOP
	a.Quiet()

	a.Do("WATCH", "bad", "k")
	require.Equal(t, resp.Error("ERR bad key"), b.Do("MYSET", "bad"))
	a.Do("MULTI")
	a.Do("PING")
	require.Equal(t, []any{"PONG"}, a.Do("EXEC"))
	a.Do("WATCH", "k")
	b.Do("MYSET", "k")
	a.Do("MULTI")
	require.Nil(t, a.Do("EXEC"))
}

// While a function blocks its client waits, with what it has sent, and others are served.
func TestHandleWaitsForItsClient(t *testing.T) {
	srv := servertest.Run(t)
	entered, release := make(chan struct{}), make(chan struct{})
	srv.Handle("SLOW", func(r *servertest.Request) (any, error) {
		close(entered)
		<-release
		return "slow", nil
	})
	a, b := srv.Connect(t), srv.Connect(t)
	a.Send("SLOW")
	a.Send("SET", "k", "a")
	a.Send("GET", "k")
	<-entered
	require.Equal(t, "OK", b.Do("SET", "k", "b"))
	require.Equal(t, "b", b.Do("GET", "k"))
	require.Contains(t, b.Do("INFO", "clients"), "blocked_clients:1")
	close(release)
	require.Equal(t, []any{"slow", "OK", "a"}, []any{a.Read(), a.Read(), a.Read()})
}

// EXEC calls the functions, in their order and before its commands, and nothing comes between those.
func TestHandleInATransaction(t *testing.T) {
	srv := servertest.Run(t)
	var calls []string
	srv.Handle("MYGET", func(r *servertest.Request) (any, error) {
		calls = append(calls, r.Words[1])
		switch r.Words[1] {
		case "exit":
			runtime.Goexit()
		case "watched":
			srv.Set("w", "2")
		}
		return srv.Get(r.Words[1])
	}, servertest.HandleReads(1, 1, 1))
	c := srv.Connect3(t)
	exec := func(lines ...string) any {
		c.Do("MULTI")
		for _, line := range lines {
			words := strings.Fields(line)
			require.Equal(t, "QUEUED", c.Do(anys(words)...))
		}
		return c.Do("EXEC")
	}
	srv.Set("k", "1")
	c.Do("CLIENT", "TRACKING", "ON", "NOLOOP")
	require.Equal(t, []any{"OK", "1", resp.Error("ERR the function for MYGET ended its goroutine and gave no reply"), "1"},
		exec("SET k 2", "MYGET k", "MYGET exit", "MYGET k"))
	require.Equal(t, []string{"k", "exit", "k"}, calls)
	srv.Set("k", "3")
	require.Equal(t, resp.Push{"invalidate", []any{"k"}}, c.ReadPush())

	c.Do("WATCH", "w")
	require.Nil(t, exec("MYGET watched"))
	require.Equal(t, "3", c.Do("MYGET", "k"))
}

func TestHandleWhereNothingCanWait(t *testing.T) {
	srv := servertest.Run(t)
	srv.Handle("MYCMD", echo)
	c := srv.Connect(t)
	require.Contains(t, fmt.Sprint(c.Do("EVAL", "return redis.call('MYCMD')", "0")), "This Redis command is not allowed from script")
	c.Do("DEBUG", "SET-DISABLE-DENY-SCRIPTS", "1")
	require.Contains(t, fmt.Sprint(c.Do("EVAL", "return redis.call('MYCMD')", "0")), "nothing can wait for it here")
	_, err := srv.Call(0, "MYCMD")
	require.EqualError(t, err, "ERR 'mycmd' needs a connection")
	require.Equal(t, []any{"MYCMD"}, c.Do("MYCMD"))
}

// A function that does not return normally is an error for its client, which lives on.
func TestHandleThatPanics(t *testing.T) {
	ft := &fakeT{}
	defer ft.end()
	srv := servertest.Run(ft)
	srv.Handle("PANIC", func(*servertest.Request) (any, error) { panic("boom") })
	srv.Handle("EXIT", func(*servertest.Request) (any, error) { runtime.Goexit(); return nil, nil })
	srv.Handle("ODD", func(*servertest.Request) (any, error) { return []any{"a", struct{}{}}, nil })
	c := srv.Connect(t)
	require.Equal(t, resp.Error("ERR the function for PANIC panicked: boom"), c.Do("PANIC"))
	require.Contains(t, strings.Join(ft.failed, ""), "servertest: the function for PANIC panicked: boom\ngoroutine")
	require.Equal(t, resp.Error("ERR the function for EXIT ended its goroutine and gave no reply"), c.Do("EXIT"))
	require.Equal(t, resp.Error("ERR resp: struct {} is no type of a value"), c.Do("ODD"))
	require.Equal(t, "PONG", c.Do("PING"))
}

func TestHandleMistakes(t *testing.T) {
	for want, handle := range map[string]func(*servertest.Server){
		"which it would have to replace": func(s *servertest.Server) { s.Handle("GET", echo) },
		"CONFIG\"):":                     func(s *servertest.Server) { s.Handle("CONFIG", echo, servertest.HandleReplace()) },
		"GET takes no subcommands":       func(s *servertest.Server) { s.Handle("GET IT", echo) },
		"that is not one word":           func(s *servertest.Server) { s.Handle("a b c", echo) },
		"no ACL category \"dogs\"":       func(s *servertest.Server) { s.Handle("X", echo, servertest.HandleCategory("dogs")) },
		"there can be no keys at":        func(s *servertest.Server) { s.Handle("X", echo, servertest.HandleReads(2, 1, 1)) },
		"no function answers":            func(s *servertest.Server) { s.Handle("X", nil) },
	} {
		ft := &fakeT{}
		srv := servertest.Run(ft)
		handle(srv)
		ft.end()
		require.Contains(t, strings.Join(ft.failed, ""), want)
	}
}

// A function may close the server; the end of its client ends its context.
func TestHandleAndTheEnd(t *testing.T) {
	srv := servertest.Run(t)
	done := make(chan struct{})
	srv.Handle("WAIT4", func(r *servertest.Request) (any, error) {
		<-r.Context().Done()
		close(done)
		return nil, nil
	})
	srv.Handle("CLOSE", func(*servertest.Request) (any, error) { return nil, srv.Close() })
	a, b := srv.Connect(t), srv.Connect(t)
	a.Send("WAIT4")
	srv.Eventually(t, "WAIT4 to run", func() bool { return srv.Lab().BlockedClients() == 1 })
	a.Close()
	<-done
	b.Send("CLOSE")
	b.Closed()
	<-srv.Done()
}

// Close does not wait for a function. The end of the test does, and says which.
func TestHandleThatStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ft := &fakeT{}
		srv := servertest.Run(ft)
		release := make(chan struct{})
		srv.Handle("STAYS", func(*servertest.Request) (any, error) { <-release; return nil, nil })
		c := srv.Connect(t)
		c.Send("STAYS")
		synctest.Wait()
		require.NoError(t, srv.Close())
		require.Empty(t, strings.Join(ft.failed, ""))
		ft.end()
		require.Contains(t, strings.Join(ft.failed, ""), "the function for STAYS of client 1 still runs")
		close(release)
	})
}

func TestHandleInsideSynctest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.Run(t)
		srv.Handle("SLEEP", func(*servertest.Request) (any, error) { time.Sleep(5 * time.Second); return "up", nil })
		began := time.Now()
		require.Equal(t, "up", srv.Do("SLEEP"))
		require.Equal(t, 5*time.Second, time.Since(began))
	})
}

// A step calls the function, and the next one queues the reply.
func TestHandleWithManualLoop(t *testing.T) {
	srv := servertest.Run(t, servertest.WithManualLoop())
	srv.Handle("MYCMD", echo)
	c := srv.Connect(t)
	c.Send("MYCMD")
	c.Send("PING")
	srv.Step(t)
	srv.Step(t)
	srv.EndCycle(t)
	require.Equal(t, []any{"MYCMD"}, c.Read())
	require.Equal(t, "PONG", c.Read())
}

// Functions stay across Restart, and end with Reset or their view.
func TestFunctionsEnd(t *testing.T) {
	srv := servertest.NewUnstarted(t)
	srv.Handle("MYCMD", echo)
	srv.Start()
	srv.Restart()
	require.Equal(t, []any{"MYCMD"}, srv.Do("MYCMD"))
	t.Run("view", func(t *testing.T) {
		v := srv.For(t)
		v.Handle("THEIRS", echo)
		v.Before(func(*servertest.Request) error { return errors.New("no") })
		require.Equal(t, resp.Error("ERR no"), v.Do("THEIRS"))
	})
	require.IsType(t, resp.Error(""), srv.Do("THEIRS"))
	require.Equal(t, "PONG", srv.Do("PING"))
	srv.Before(func(*servertest.Request) error { return errors.New("no") })
	srv.Reset()
	require.IsType(t, resp.Error(""), srv.Do("MYCMD"))
	require.Equal(t, "PONG", srv.Do("PING"))
}

func TestBefore(t *testing.T) {
	srv := servertest.Run(t)
	var gets atomic.Int32
	srv.Before(func(r *servertest.Request) error {
		if r.Name() == "GET" && r.Client.Name == "app" && gets.Add(1) == 2 {
			return resp.Error("LOADING later")
		}
		return nil
	})
	a, b := srv.Connect(t), srv.Connect(t)
	a.Do("CLIENT", "SETNAME", "app")
	for i := range 4 {
		want := any(nil)
		if i == 1 {
			want = resp.Error("LOADING later")
		}
		require.Equal(t, want, a.Do("GET", "k"))
		require.Nil(t, b.Do("GET", "k"))
	}
	require.Contains(t, a.Do("INFO", "commandstats"), "rejected_calls=1")
	a.Do("MULTI") // it may be asked when a command is queued
	gets.Store(1)
	require.Equal(t, resp.Error("LOADING later"), a.Do("GET", "k"))
	require.Contains(t, fmt.Sprint(a.Do("EXEC")), "EXECABORT")
	require.Contains(t, fmt.Sprint(a.Do("NOSUCH")), "unknown command")
	srv.Before(nil)
	require.Nil(t, a.Do("GET", "k"))
}

// A hook may hold one client's command for as long as it likes; the order of each client's
// commands stays, and others go on.
func TestBeforeDelays(t *testing.T) {
	srv := servertest.Run(t)
	a, b := srv.Connect3(t), srv.Connect3(t)
	held, release := make(chan struct{}), make(chan struct{})
	srv.Before(func(r *servertest.Request) error {
		if r.Words[len(r.Words)-1] == "held" {
			close(held)
			<-release
		}
		return nil
	})
	a.Do("CLIENT", "TRACKING", "ON")
	a.Send("SET", "k", "held")
	a.Send("GET", "k")
	<-held
	require.Equal(t, "OK", b.Do("SET", "k", "b"))
	close(release)
	require.Equal(t, "OK", a.Read())
	require.Equal(t, "held", a.Read())
	require.Equal(t, "OK", b.Do("SET", "k", "b"))
	require.Equal(t, resp.Push{"invalidate", []any{"k"}}, a.ReadPush())
}

func TestBeforeThatPanics(t *testing.T) {
	ft := &fakeT{}
	defer ft.end()
	srv := servertest.Run(ft)
	srv.Before(func(*servertest.Request) error { panic("boom") })
	require.Equal(t, resp.Error("ERR the function for PING panicked: boom"), srv.Connect(t).Do("PING"))
	require.True(t, strings.HasPrefix(strings.Join(ft.failed, ""), "servertest: the function for PING panicked"))
}

func TestBeforeWithManualLoop(t *testing.T) {
	srv := servertest.Run(t, servertest.WithManualLoop())
	var asked []string
	srv.Before(func(r *servertest.Request) error { asked = append(asked, r.Name()); return nil })
	c := srv.Connect3(t)
	c.Send("SET", "k", "1")
	srv.Step(t)
	srv.Step(t)
	srv.EndCycle(t)
	require.Equal(t, "OK", c.Read())
	require.Equal(t, []string{"SET"}, asked)
}

func TestDialers(t *testing.T) {
	srv := servertest.Run(t)
	nc, err := srv.Dialer()(t.Context(), "tcp", "nowhere:1")
	require.NoError(t, err)
	nc.Close()
	nc, err = srv.DialCtxFn()(t.Context(), "nowhere:1", nil, nil)
	require.NoError(t, err)
	nc.Close()
}

// What a function returns while a script takes long waits for its end. The hook is not asked about
// the command that ends it.
func TestHandleBesideAScript(t *testing.T) {
	srv := servertest.Run(t, servertest.WithSetting("busy-reply-threshold", "1"))
	entered, release := make(chan struct{}), make(chan struct{})
	srv.Handle("SLOW", func(*servertest.Request) (any, error) {
		close(entered)
		<-release
		return "slow", nil
	})
	srv.Before(func(r *servertest.Request) error {
		if r.Name() == "SCRIPT" {
			return errors.New("asked")
		}
		return nil
	})
	a, b, c := srv.Connect(t), srv.Connect(t), srv.Connect(t)
	a.Send("SLOW")
	<-entered
	b.Send("EVAL", "while true do end", "0")
	srv.Eventually(t, "the script to take long", func() bool { return strings.HasPrefix(fmt.Sprint(c.Do("GET", "k")), "BUSY") })
	close(release)
	require.Equal(t, "OK", c.Do("SCRIPT", "KILL"))
	require.Equal(t, "slow", a.Read())
	require.Contains(t, fmt.Sprint(b.Read()), "Script killed by user")
}
