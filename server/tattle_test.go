package server_test

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/servertest"
)

// tattled is a server whose TATTLE a function of the test answers.
type tattled struct {
	*server.Server
	t *testing.T
}

// answered starts a server whose TATTLE echoes its words, unless answer says something else.
func answered(t *testing.T, answer func(*server.Lab, *server.Request) (any, error), lines ...string) tattled {
	cfg := config.New()
	cfg.Port = config.Auto
	cfg.Bind = []string{"127.0.0.1"}
	for _, line := range append(lines, "enable-debug-command yes") {
		require.NoError(t, cfg.Load(line))
	}
	s, err := server.Start(server.Options{Config: cfg, Tattle: func(l *server.Lab, r *server.Request) (any, error) {
		if answer != nil {
			return answer(l, r)
		}
		return strings.Join(r.Words, " "), nil
	}})
	require.NoError(t, err)
	t.Cleanup(func() {
		s.Lab().AbortScripts()
		require.NoError(t, s.Lab().Check())
		s.Close()
	})
	return tattled{s, t}
}

func (s tattled) connect() *servertest.Conn {
	s.t.Helper()
	return servertest.Dial(s.t, s.Addr().String())
}

func TestTattleIsAnswered(t *testing.T) {
	s := answered(t, nil)
	c := s.connect()
	require.Equal(t, "TATTLE stats now", c.Do("TATTLE", "stats", "now"))
	require.Equal(t, "tattle Help", c.Do("tattle", "Help"))
	require.Equal(t, resp.WrongArity("tattle"), c.Do("TATTLE"))
	require.Equal(t, resp.WrongArity("tattle|explain"), c.Do("TATTLE", "EXPLAIN"))
	require.Equal(t, resp.Error("ERR unknown subcommand 'nope'. Try TATTLE HELP."), c.Do("TATTLE", "nope"))
	require.Contains(t, c.Do("COMMAND", "LIST"), "tattle|explain")
	require.Subset(t, c.Do("ACL", "CAT", "dangerous"), []any{"tattle|push"})
	require.NotContains(t, c.Do("CONFIG", "GET", "*"), "enable-tattle-command")
	require.Equal(t, []any{"enable-tattle-command", "local"}, c.Do("CONFIG", "GET", "enable-tattle-command"))
	require.IsType(t, resp.Error(""), c.Do("CONFIG", "SET", "enable-tattle-command", "yes"))
}

// What the function does wrong is an error for its client, and nobody else notices.
func TestTattleGoesWrong(t *testing.T) {
	s := answered(t, func(_ *server.Lab, r *server.Request) (any, error) {
		switch r.Words[1] {
		case "table":
			panic("oops")
		case "stats":
			runtime.Goexit()
		case "events":
			return nil, resp.Error("NOPE not now")
		case "clients":
			return nil, errors.New("no")
		}
		return make(chan int), nil
	})
	c := s.connect()
	require.Equal(t, resp.Error("ERR the function for TATTLE panicked: oops"), c.Do("TATTLE", "table"))
	require.Equal(t, resp.Error("ERR the function for TATTLE ended its goroutine and gave no reply"), c.Do("TATTLE", "stats"))
	require.Equal(t, resp.Error("NOPE not now"), c.Do("TATTLE", "events"))
	require.Equal(t, resp.Error("ERR no"), c.Do("TATTLE", "clients"))
	require.IsType(t, resp.Error(""), c.Do("TATTLE", "tree"))
	require.Equal(t, "PONG", c.Do("PING"))
}

func TestTattleIsRefused(t *testing.T) {
	s := answered(t, nil, "enable-tattle-command no")
	require.Contains(t, string(s.connect().Do("TATTLE", "STATS").(resp.Error)), "ERR TATTLE command not allowed. If the enable-tattle-command option")

	s = answered(t, nil, "user low on nopass +@all -@dangerous ~*")
	c := s.connect()
	require.ErrorContains(t, c.Do("EVAL", "return redis.call('TATTLE', 'STATS')", 0).(resp.Error), "ERR This Redis command is not allowed from script")
	require.Equal(t, "OK", c.Do("MULTI"))
	require.Equal(t, resp.Error("ERR Command not allowed inside a transaction"), c.Do("TATTLE", "STATS"))
	require.Equal(t, resp.Error("EXECABORT Transaction discarded because of previous errors."), c.Do("EXEC"))
	_, err := s.Call(0, "TATTLE", "STATS")
	require.ErrorContains(t, err, "needs a connection")
	require.Equal(t, "OK", c.Do("AUTH", "low", "x"))
	require.Equal(t, resp.Error("NOPERM User low has no permissions to run the 'tattle|stats' command"), c.Do("TATTLE", "STATS"))

	plain, err := server.Start(server.Options{})
	require.NoError(t, err)
	defer plain.Close()
	require.Equal(t, resp.Error("ERR TATTLE is not answered: the server was started without Options.Tattle"), servertest.Dial(t, plain.Addr().String()).Do("TATTLE", "STATS"))
}

// With a manual loop TATTLE runs by itself, in the order of its connection's input, and nothing else does.
func TestTattleRunsWhileTheLoopIsManual(t *testing.T) {
	s := answered(t, func(l *server.Lab, r *server.Request) (any, error) {
		switch r.Words[1] {
		case "loop":
			l.SetManual(r.Words[2] == "pause")
		case "clients":
			ids, _ := l.Waiting()
			return int64(len(ids)), nil
		}
		return strings.Join(r.Words[1:], " "), nil
	})
	person, c := s.connect(), s.connect()
	require.Equal(t, "PONG", person.Do("PING"))
	require.Equal(t, "loop pause", person.Do("TATTLE", "loop", "pause"))
	c.Send("SET", "k", "v")
	for person.Do("TATTLE", "clients") != int64(1) {
	}
	require.IsType(t, resp.Error(""), person.Do("TATTLE", "nope"))
	person.Send("TATTLE", "stats")
	person.Send("TATTLE", "table")
	require.Equal(t, "stats", person.Read())
	require.Equal(t, "table", person.Read())
	c.Send("TATTLE", "stats") // behind a command that waits
	require.Equal(t, int64(1), person.Do("TATTLE", "clients"))
	require.Equal(t, "loop run", person.Do("TATTLE", "loop", "run"))
	require.Equal(t, "OK", c.Read())
	require.Equal(t, "stats", c.Read())
	require.Equal(t, "v", c.Do("GET", "k"))
}

// TATTLE is answered where nothing else is: in a pause, beside a script, while every command fails or a hook waits.
func TestTattleRunsWhereNothingElseDoes(t *testing.T) {
	s := answered(t, nil, "busy-reply-threshold 1")
	person := s.connect()
	require.Equal(t, "OK", person.Do("CLIENT", "PAUSE", 1000000))
	require.Equal(t, "TATTLE stats", person.Do("TATTLE", "stats"))

	s = answered(t, func(l *server.Lab, r *server.Request) (any, error) {
		if r.Words[1] == "clients" {
			return int64(len(l.Server().Clients())), l.Faults(r.Client.ID).Hold()
		}
		return strings.Join(r.Words, " "), nil
	}, "busy-reply-threshold 1")
	person = s.connect()
	c := s.connect()
	c.Send("EVAL", "while true do end", 0)
	for person.Do("PING") == "PONG" {
	}
	require.Equal(t, int64(2), person.Do("TATTLE", "clients"))
	require.Equal(t, "TATTLE stats", person.Do("TATTLE", "stats"))
	person.Send("TATTLE", "table")
	person.Send("TATTLE", "tree")
	require.Equal(t, "TATTLE table", person.Read())
	require.Equal(t, "TATTLE tree", person.Read())
	require.Equal(t, "OK", person.Do("SCRIPT", "KILL"))
	require.IsType(t, resp.Error(""), c.Read())

	require.NoError(t, s.Lab().InjectError(server.InjectedError{Text: "LOADING"}))
	s.Lab().Before(func(r *server.Request) error { <-r.Context().Done(); return nil })
	require.Equal(t, "TATTLE stats", person.Do("TATTLE", "stats"))
}

// Whoever looks changes nothing: CLIENT CACHING stays armed, and the table keeps what is over its limit.
func TestTattleIsNoPartOfWhatItLooksAt(t *testing.T) {
	s := answered(t, nil, "slowlog-log-slower-than 0")
	c, monitor, other := s.connect(), s.connect(), s.connect()
	c.Hello3()
	w := s.Watch()
	defer w.Close()
	require.Equal(t, "OK", monitor.Do("MONITOR"))
	require.Equal(t, "OK", c.Do("CLIENT", "TRACKING", "ON", "OPTIN"))
	require.Equal(t, "OK", c.Do("CLIENT", "CACHING", "YES"))
	require.Equal(t, "TATTLE table", c.Do("TATTLE", "table"))
	require.Nil(t, c.Do("GET", "k"))
	id := uint64(c.Do("CLIENT", "ID").(int64))
	require.True(t, s.Lab().Holds(id, "k"))
	for _, e := range w.Since(0) {
		require.NotContains(t, strings.ToUpper(e.String()), "TATTLE")
	}
	require.NotContains(t, fmt.Sprint(other.Do("SLOWLOG", "GET", -1)), "TATTLE")
	other.Do("ECHO", "last")
	for line := ""; !strings.Contains(line, "last"); {
		line = monitor.Read().(string)
		require.NotContains(t, line, "TATTLE")
	}
}

// Whoever waits for TATTLE is not blocked, and is gone at once when the connection ends.
func TestTattleWaits(t *testing.T) {
	gone := make(chan error)
	s := answered(t, func(_ *server.Lab, r *server.Request) (any, error) {
		<-r.Context().Done()
		gone <- r.Context().Err()
		return nil, nil
	})
	person, c := s.connect(), s.connect()
	person.Hello3()
	person.Send("TATTLE", "stats")
	person.Send("SET", "k", "v")
	require.Equal(t, "PONG", c.Do("PING"))
	require.Zero(t, s.Lab().BlockedClients())
	for _, info := range s.Clients() {
		require.False(t, info.Blocked)
	}
	require.Nil(t, c.Do("GET", "k"))
	person.Close()
	require.Error(t, <-gone)
}

// Whoever sends TATTLE and closes its half, as a pipe into nc does, has the reply all the same.
func TestTattleOfAHalfClosedConnection(t *testing.T) {
	ended := make(chan struct{})
	s := answered(t, func(_ *server.Lab, r *server.Request) (any, error) {
		<-r.Context().Done()
		<-ended
		return "late", nil
	})
	c := s.connect()
	c.Send("TATTLE", "stats")
	c.Send("PING")
	c.NetConn().(*net.TCPConn).CloseWrite()
	close(ended)
	require.Equal(t, "$4\r\nlate\r\n+PONG\r\n", c.ReadAll())
}
