package miniredis

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

// integration/minitests has the tests that run on miniredis too.

// bare is a Tester that is nothing else.
type bare struct{ Tester }

func TestRunT(t *testing.T) {
	m := RunT(bare{t})
	require.NoError(t, m.Set("k", "1"))
	require.Equal(t, "1", servertest.Dial(t, m.Addr()).Do("GET", "k"))
	require.Equal(t, "1", m.Tattle().Do("GET", "k"))
	m.Close()
	m.Close()
	m.CheckGet(t, "k", "1")
}

// Before Start there is data and Dial; Close ends the connections of both kinds.
func TestBeforeStart(t *testing.T) {
	m := NewMiniRedis()
	m.HSet("h", "f", "v")
	nc, err := m.Dial()
	require.NoError(t, err)
	require.NoError(t, m.StartAddr("127.0.0.1:0"))
	c := servertest.Dial(t, m.Addr())
	require.Equal(t, "v", c.Do("HGET", "h", "f"))
	m.Close()
	require.Error(t, m.Ctx.Err())
	c.Closed()
	_, err = nc.Read(make([]byte, 1))
	require.Error(t, err)
	_, err = net.Dial("tcp", m.Addr())
	require.Error(t, err)
	require.Error(t, m.StartAddr("nowhere:http:1"))
}

// A clock that stands is the same for everything.
func TestClock(t *testing.T) {
	m, err := Run()
	require.NoError(t, err)
	defer m.Close()
	c := servertest.Dial(t, m.Addr())
	before := c.Do("TIME")
	c.Do("SET", "k", "1", "PX", "10")
	require.Equal(t, 10*time.Millisecond, m.TTL("k"))
	require.Equal(t, before, c.Do("TIME"))
	m.FastForward(time.Second)
	require.False(t, m.Exists("k"))
	require.NotEqual(t, before, c.Do("TIME"))
}

func TestTLS(t *testing.T) {
	m, err := RunTLS(&tls.Config{})
	require.NoError(t, err)
	defer m.Close()
	nc, err := net.Dial("tcp", m.Addr())
	require.NoError(t, err)
	defer nc.Close()
	nc.Write([]byte("PING\r\n"))
	_, err = resp.NewReader(nc).Read()
	require.Error(t, err) // it wants a handshake
	require.Error(t, m.StartAddrTLS(m.Addr(), &tls.Config{}))
}

func TestUsers(t *testing.T) {
	m := RunT(t)
	auth := func(user, pw string) any { return servertest.Dial(t, m.Addr()).Do("AUTH", user, pw) }
	ping := func() any { return servertest.Dial(t, m.Addr()).Do("PING") }
	m.RequireUserAuth("ada", "x")
	require.Equal(t, "OK", auth("ada", "x"))
	require.IsType(t, resp.Error(""), ping())
	m.RequireAuth("y")
	require.Equal(t, "OK", auth("default", "y"))
	require.Equal(t, "OK", auth("ada", "x"))
	sub := m.NewSubscriber()
	require.Equal(t, 1, sub.Psubscribe("n*"))
	require.Equal(t, []string{"n*"}, sub.Patterns())
	require.Equal(t, 1, sub.Count())
	sub.Close()
	m.RequireUserAuth("ada", "")
	require.IsType(t, resp.Error(""), auth("ada", "x"))
	require.Equal(t, "OK", auth("default", "y"))
	m.RequireAuth("")
	require.Equal(t, "PONG", ping())
}

func TestCluster(t *testing.T) {
	m := RunT(t)
	c := servertest.Dial(t, m.Addr())
	c.Hello3()
	require.Contains(t, c.Do("CLUSTER", "NODES"), m.Addr())
	require.Equal(t, m.Host(), c.Do("CLUSTER", "SLOTS").([]any)[0].([]any)[2].([]any)[0])
	shard := c.Do("CLUSTER", "SHARDS").([]any)[0].(resp.Map)
	require.Equal(t, []any{int64(0), int64(16383)}, shard[0].Value)
}

func TestHyperLogLogErrors(t *testing.T) {
	m := RunT(t)
	m.Push("l", "a")
	_, err := m.PfAdd("l", "a")
	require.Equal(t, ErrNotValidHllValue, err)
	require.Equal(t, ErrNotValidHllValue, m.PfMerge("x", "l"))
	m.HSetEX("l", time.Minute, "f", "v")
	require.Equal(t, time.Minute, m.HTTL("l", "f"))
}
