package lists_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

type list = []any

const wrongType = resp.Error("WRONGTYPE Operation against a key holding the wrong kind of value")

func TestPushAndRead(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Equal(t, int64(0), c.Do("LPUSHX", "l", "a"))
	require.Equal(t, int64(2), c.Do("RPUSH", "l", "b", "c"))
	require.Equal(t, int64(4), c.Do("LPUSH", "l", "a", ""))
	require.Equal(t, int64(5), c.Do("RPUSHX", "l", "d"))
	require.Equal(t, list{"", "a", "b", "c", "d"}, c.Do("LRANGE", "l", 0, -1))
	require.Equal(t, list{"d"}, c.Do("LRANGE", "l", -1, "9223372036854775807"))
	require.Equal(t, int64(5), c.Do("LLEN", "l"))
	require.Equal(t, "d", c.Do("LINDEX", "l", -1))
	require.Nil(t, c.Do("LINDEX", "l", 5))
	require.Nil(t, c.Do("LINDEX", "missing", "x"), "the index is not looked at")
	require.Equal(t, resp.ErrNotInteger, c.Do("LINDEX", "l", "x"))

	c.Do("SET", "s", "x")
	require.Equal(t, wrongType, c.Do("RPUSH", "s", "a"))
	require.Equal(t, resp.ErrNotInteger, c.Do("LRANGE", "s", "x", 0), "before the type")
}

func TestPos(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("RPUSH", "l", "a", "b", "c", "a", "a")
	require.Equal(t, int64(0), c.Do("LPOS", "l", "a"))
	require.Equal(t, int64(3), c.Do("LPOS", "l", "a", "RANK", -2))
	require.Equal(t, list{int64(3), int64(4)}, c.Do("LPOS", "l", "a", "COUNT", 0, "RANK", 2))
	require.Equal(t, list{int64(4), int64(3)}, c.Do("LPOS", "l", "a", "COUNT", 2, "RANK", -1))
	require.Equal(t, list{int64(0)}, c.Do("LPOS", "l", "a", "COUNT", 0, "MAXLEN", 3))
	require.Nil(t, c.Do("LPOS", "l", "z"))
	require.Equal(t, list{}, c.Do("LPOS", "l", "z", "COUNT", 1))
}

func TestUpdate(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Equal(t, resp.ErrNoSuchKey, c.Do("LSET", "l", 0, "x"))
	require.Equal(t, int64(0), c.Do("LINSERT", "l", "BEFORE", "a", "x"))
	c.Do("RPUSH", "l", "a", "b", "a", "c", "a")
	require.Equal(t, int64(6), c.Do("LINSERT", "l", "AFTER", "b", "x"))
	require.Equal(t, int64(-1), c.Do("LINSERT", "l", "AFTER", "z", "x"))
	require.Equal(t, "OK", c.Do("LSET", "l", -1, "last"))
	require.Equal(t, resp.ErrIndexRange, c.Do("LSET", "l", 6, "x"))
	require.Equal(t, "OK", c.Do("LSET", "l", "4294967295", "end"), "32 bits of the index count")
	require.Equal(t, int64(1), c.Do("LREM", "l", -1, "a"))
	require.Equal(t, list{"a", "b", "x", "c", "end"}, c.Do("LRANGE", "l", 0, -1))
	require.Equal(t, "OK", c.Do("LTRIM", "l", 1, -2))
	require.Equal(t, list{"b", "x", "c"}, c.Do("LRANGE", "l", 0, -1))
	require.Equal(t, "OK", c.Do("LTRIM", "l", 5, 9))
	require.Equal(t, int64(0), c.Do("EXISTS", "l"))
}

func TestPop(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Nil(t, c.Do("LPOP", "l"))
	require.Nil(t, c.Do("LPOP", "l", 0))
	require.Equal(t, resp.ErrNotPositive, c.Do("LPOP", "l", -1))
	require.Equal(t, resp.WrongArity("rpop"), c.Do("RPOP", "l", 1, 2))
	c.Do("RPUSH", "l", "a", "b", "c", "d", "e")
	require.Equal(t, list{}, c.Do("LPOP", "l", 0))
	require.Equal(t, "a", c.Do("LPOP", "l"))
	require.Equal(t, list{"e", "d"}, c.Do("RPOP", "l", 2))
	require.Equal(t, list{"l", list{"b"}}, c.Do("LMPOP", 2, "missing", "l", "LEFT"))
	require.Equal(t, list{"l", list{"c"}}, c.Do("BLMPOP", 0, 1, "l", "RIGHT", "COUNT", 9))
	require.Nil(t, c.Do("LMPOP", 1, "l", "LEFT"))
	require.Equal(t, int64(0), c.Do("EXISTS", "l"))
}

func TestMove(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Nil(t, c.Do("LMOVE", "a", "b", "LEFT", "LEFT"))
	c.Do("RPUSH", "a", "1", "2", "3")
	require.Equal(t, "1", c.Do("LMOVE", "a", "a", "LEFT", "RIGHT"))
	require.Equal(t, "1", c.Do("RPOPLPUSH", "a", "b"))
	require.Equal(t, "3", c.Do("BLMOVE", "a", "b", "RIGHT", "LEFT", 0))
	require.Equal(t, "2", c.Do("BRPOPLPUSH", "a", "b", 0))
	require.Equal(t, list{"2", "3", "1"}, c.Do("LRANGE", "b", 0, -1))
	require.Equal(t, int64(0), c.Do("EXISTS", "a"))
	c.Do("SET", "s", "x")
	require.Equal(t, wrongType, c.Do("LMOVE", "b", "s", "LEFT", "LEFT"))
	require.Equal(t, int64(3), c.Do("LLEN", "b"))
}

func TestWaiting(t *testing.T) {
	tests := []struct {
		name string
		wait []any
		want any
	}{
		{"BLPOP", []any{"BLPOP", "other", "l", 0}, list{"l", "a"}},
		{"BRPOP", []any{"BRPOP", "l", "other", 0}, list{"l", "b"}},
		{"BLMPOP", []any{"BLMPOP", 0, 2, "other", "l", "RIGHT", "COUNT", 2}, list{"l", list{"b", "a"}}},
		{"BLMOVE", []any{"BLMOVE", "l", "to", "LEFT", "LEFT", 0}, "a"},
		{"BRPOPLPUSH", []any{"BRPOPLPUSH", "l", "to", 0}, "b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := servertest.Run(t)
			waiter, writer := srv.Connect(t), srv.Connect(t)
			waiter.Send(tt.wait...)
			untilBlocked(t, writer)
			require.Equal(t, int64(2), writer.Do("RPUSH", "l", "a", "b"))
			require.Equal(t, tt.want, waiter.Read())
		})
	}
}

// A waiting command starts again when it is woken. So it can find a key of another type,
// for which it would not have waited.
func TestWokenAnew(t *testing.T) {
	srv := servertest.Run(t)
	waiter, writer := srv.Connect(t), srv.Connect(t)
	waiter.Send("BLPOP", "other", "l", 0)
	untilBlocked(t, writer)
	writer.Do("SADD", "other", "x")
	writer.Do("RPUSH", "l", "a")
	require.Equal(t, wrongType, waiter.Read())
	require.Equal(t, int64(1), writer.Do("LLEN", "l"))
}

// untilBlocked returns when the server has parked a client. c is another client.
func untilBlocked(t *testing.T, c *servertest.Conn) {
	t.Helper()
	require.Eventually(t, func() bool {
		clients, ok := c.Do("INFO", "clients").(string)
		return ok && strings.Contains(clients, "blocked_clients:1\r\n")
	}, 10*time.Second, time.Millisecond)
}

func TestWaitingEnds(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Nil(t, c.Do("BLPOP", "l", 0.001))
	require.Nil(t, c.Do("BLMOVE", "l", "m", "LEFT", "LEFT", 0.001))
	require.Nil(t, c.Do("BLMPOP", 0.001, 1, "l", "LEFT"))
	require.Equal(t, resp.ErrTimeout, c.Do("BLPOP", "l", "x"))
	require.Equal(t, resp.ErrTimeoutNeg, c.Do("BRPOP", "l", -1))

	c.Do("MULTI")
	c.Do("BLPOP", "l", 0)
	c.Do("BLMOVE", "l", "m", "LEFT", "LEFT", 0)
	require.Equal(t, list{nil, nil}, c.Do("EXEC"))
}
