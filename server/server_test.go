package server_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

// A client with many commands under way does not need to read replies before
// the server reads on.
func TestPipelineWithoutReading(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect(t)
	const n = 20000
	var raw []byte
	for i := range n {
		raw = resp.AppendCommand(raw, "SET", fmt.Sprint("k", i), "some value of a usual size")
		raw = resp.AppendCommand(raw, "GET", fmt.Sprint("k", i))
	}
	c.WriteRaw(string(raw)) // 2 MB of commands, then 700 KB of replies
	for range n {
		require.Equal(t, "OK", c.Read())
		require.Equal(t, "some value of a usual size", c.Read())
	}
	require.Equal(t, int64(n), c.Do("DBSIZE"))
}

// Every client gets its own replies, in the order of its commands.
func TestManyClientsAtOnce(t *testing.T) {
	srv := servertest.Run(t)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Add(1)
		c := srv.Connect(t)
		go func() {
			defer wg.Done()
			key := fmt.Sprint("k", i)
			for n := range 100 {
				c.Do("SET", key, n)
				if got := c.Do("GET", key); got != fmt.Sprint(n) {
					t.Errorf("%s is %v, want %d", key, got, n)
					return
				}
			}
		}()
	}
	wg.Wait()
}

func TestTransaction(t *testing.T) {
	srv := servertest.Run(t)
	a, b := srv.Connect(t), srv.Connect(t)
	require.Equal(t, "OK", a.Do("MULTI"))
	require.Equal(t, "QUEUED", a.Do("SET", "k", "1"))
	require.Nil(t, b.Do("GET", "k"))
	require.Equal(t, []any{"OK"}, a.Do("EXEC"))
	require.Equal(t, "1", b.Do("GET", "k"))

	a.Do("WATCH", "k")
	b.Do("SET", "k", "2")
	a.Do("MULTI")
	a.Do("SET", "k", "3")
	require.Nil(t, a.Do("EXEC"))
	require.Equal(t, "2", b.Do("GET", "k"))

	a.Do("MULTI")
	require.Equal(t, resp.Error("ERR wrong number of arguments for 'get' command"), a.Do("GET"))
	require.Equal(t, resp.Error("EXECABORT Transaction discarded because of previous errors."), a.Do("EXEC"))
}

func TestPubSub(t *testing.T) {
	srv := servertest.Run(t)
	sub, pub := srv.Connect(t), srv.Connect(t)
	require.Equal(t, []any{"subscribe", "c", int64(1)}, sub.Do("SUBSCRIBE", "c"))
	require.Equal(t, []any{"psubscribe", "c*", int64(2)}, sub.Do("PSUBSCRIBE", "c*"))
	require.Equal(t, int64(2), pub.Do("PUBLISH", "c", "hello"))
	require.Equal(t, []any{"message", "c", "hello"}, sub.Read())
	require.Equal(t, []any{"pmessage", "c*", "c", "hello"}, sub.Read())
	require.Equal(t, resp.Error("ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"), sub.Do("GET", "k"))
}

func TestQuit(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect(t)
	c.WriteRaw("SET k 1\r\nQUIT\r\nSET k 2\r\n")
	require.Equal(t, []any{"OK", "OK"}, c.Closed())
	require.Equal(t, "1", srv.Do("GET", "k"))
}

// A command without a connection changes data as somebody else would.
func TestCallDirect(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect3(t)
	c.Do("CLIENT", "TRACKING", "ON", "NOLOOP")
	c.Do("GET", "k")
	reply, err := srv.Call(0, "SET", "k", "1")
	require.NoError(t, err)
	require.Equal(t, "OK", reply)
	require.Equal(t, resp.Push{"invalidate", []any{"k"}}, c.Read())
	c.Send("BLPOP", "l", "0")
	srv.WaitBlocked(t, 1)
	_, err = srv.Call(0, "RPUSH", "l", "x")
	require.NoError(t, err)
	require.Equal(t, []any{"l", "x"}, c.Read())
	_, err = srv.Call(0, "LPUSH", "k", "x")
	require.Equal(t, resp.Error("WRONGTYPE Operation against a key holding the wrong kind of value"), err)
	for _, words := range [][]any{{"MULTI"}, {"CLIENT", "ID"}, {"EVAL", "return 1", 0}, {"SUBSCRIBE", "c"}, {"MONITOR"}, {"SHUTDOWN"}} {
		_, err = srv.Call(0, words...)
		require.ErrorContains(t, err, "needs a connection", words)
	}
	_, err = srv.Call(0, "COMMAND", "COUNT")
	require.NoError(t, err)
	_, err = srv.Call(99, "GET", "k")
	require.Error(t, err)
}

// What has a time happens in time, however busy the server is: cycles that come
// faster than the timer must not put it off for ever.
func TestTimersUnderLoad(t *testing.T) {
	srv := servertest.Run(t)
	holder, busy := srv.Connect3(t), srv.Connect(t)
	holder.Do("CLIENT", "TRACKING", "ON")
	key := ""
	for i := 0; key == "" || holder.Do("GET", key) != "1"; i++ { // on a slow machine it is gone already
		key = fmt.Sprint("k", i)
		busy.Do("SET", key, "1", "PX", "20")
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for busy.Do("DBSIZE") != int64(0) { // never looks at the key itself
		}
	}()
	require.Equal(t, resp.Push{"invalidate", []any{key}}, holder.Read())
	<-gone
	busy.Send("BLPOP", "l", "0.02")
	for range 10_000 {
		holder.Do("PING")
		if srv.Lab().BlockedClients() == 0 {
			break
		}
	}
	require.Nil(t, busy.Read())
}
