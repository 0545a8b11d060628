package hashes_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

// far is a deadline in Unix seconds; farMS is the same in milliseconds.
const (
	far   = int64(9999999999)
	farMS = 1000 * far
)

func list(words ...any) []any {
	if words == nil {
		return []any{}
	}
	return words
}

func n[I int | int64](i I) any { return int64(i) }

func TestFieldsAndValues(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Equal(t, n(2), c.Do("HSET", "h", "a", "1", "b", "22"))
	require.Equal(t, n(1), c.Do("HSET", "h", "a", "3", "c", "x"))
	require.Equal(t, n(0), c.Do("HSETNX", "h", "a", "4"))
	require.Equal(t, n(1), c.Do("HSETNX", "h", "d", "4"))
	require.Equal(t, "OK", c.Do("HMSET", "h", "d", "5"))
	require.Equal(t, "3", c.Do("HGET", "h", "a"))
	require.Nil(t, c.Do("HGET", "h", "zz"))
	require.Nil(t, c.Do("HGET", "none", "a"))
	require.Equal(t, list("3", nil, "22"), c.Do("HMGET", "h", "a", "zz", "b"))
	require.Equal(t, list("a", "3", "b", "22", "c", "x", "d", "5"), c.Do("HGETALL", "h"))
	require.Equal(t, list("a", "b", "c", "d"), c.Do("HKEYS", "h"))
	require.Equal(t, list("3", "22", "x", "5"), c.Do("HVALS", "h"))
	require.Equal(t, n(4), c.Do("HLEN", "h"))
	require.Equal(t, n(2), c.Do("HSTRLEN", "h", "b"))
	require.Equal(t, n(0), c.Do("HEXISTS", "h", "zz"))
	require.Equal(t, n(3), c.Do("HDEL", "h", "a", "zz", "b", "c", "a"))
	require.Equal(t, n(1), c.Do("HDEL", "h", "d"))
	require.Equal(t, n(0), c.Do("EXISTS", "h"))
	require.Equal(t, list(), c.Do("HGETALL", "h"))
}

func TestCounters(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Equal(t, n(5), c.Do("HINCRBY", "h", "i", "5"))
	require.Equal(t, n(-2), c.Do("HINCRBY", "h", "i", "-7"))
	require.Equal(t, "10.5", c.Do("HINCRBYFLOAT", "h", "f", "10.50"))
	require.Equal(t, "10.6", c.Do("HINCRBYFLOAT", "h", "f", "0.1"))
	c.Do("HSET", "h", "w", "word", "max", "9223372036854775807", "inf", "inf")
	for _, tt := range []struct {
		args []any
		want resp.Error
	}{
		{[]any{"HINCRBY", "h", "i", "x"}, resp.ErrNotInteger},
		{[]any{"HINCRBY", "h", "w", "1"}, "ERR hash value is not an integer"},
		{[]any{"HINCRBY", "h", "max", "1"}, resp.ErrOverflow},
		{[]any{"HINCRBYFLOAT", "h", "w", "1"}, "ERR hash value is not a float"},
		{[]any{"HINCRBYFLOAT", "h", "f", "x"}, resp.ErrNotFloat},
		{[]any{"HINCRBYFLOAT", "h", "f", "inf"}, "ERR value is NaN or Infinity"},
		{[]any{"HINCRBYFLOAT", "h", "inf", "1"}, resp.ErrNaN},
	} {
		require.Equal(t, tt.want, c.Do(tt.args...), tt.args)
	}
}

func TestWrongTypeAndSyntax(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("SET", "s", "v")
	wrong := resp.Error("WRONGTYPE Operation against a key holding the wrong kind of value")
	for _, tt := range []struct {
		args []any
		want resp.Error
	}{
		{[]any{"HSET", "s", "a", "1"}, wrong},
		{[]any{"HSET", "s", "a", "1", "b"}, "ERR wrong number of arguments for 'hset' command"},
		{[]any{"HGETALL", "s"}, wrong},
		{[]any{"HINCRBY", "s", "a", "x"}, resp.ErrNotInteger},
		{[]any{"HEXPIRE", "s", "x", "FIELDS", "1", "a"}, wrong},
		{[]any{"HTTL", "s", "FIELD", "1", "a"}, wrong},
		{[]any{"HGETEX", "s", "EX", "x", "FIELDS", "1", "a"}, wrong},
		{[]any{"HSETEX", "s", "FIELDS", "x", "a", "1"}, "ERR invalid number of fields"},
		{[]any{"HSCAN", "s", "x"}, resp.ErrCursor},
		{[]any{"HSCAN", "s", "0", "NOSUCH"}, wrong},
		{[]any{"HRANDFIELD", "s", "1", "NOSUCH"}, resp.ErrSyntax},
	} {
		require.Equal(t, tt.want, c.Do(tt.args...), tt.args)
	}
}

func TestScan(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Equal(t, list("0", list()), c.Do("HSCAN", "none", "0", "NOSUCH"))
	c.Do("HSET", "h", "a1", "1", "a2", "2", "b", "3")
	require.Equal(t, list("0", list("a1", "1", "a2", "2", "b", "3")), c.Do("HSCAN", "h", "0", "COUNT", "1"))
	require.Equal(t, list("0", list("a1", "a2")), c.Do("HSCAN", "h", "0", "MATCH", "a*", "NOVALUES"))
	require.Equal(t, resp.ErrSyntax, c.Do("HSCAN", "h", "0", "NOSUCH"))
}

func TestRandomFields(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect(t)
	require.Nil(t, c.Do("HRANDFIELD", "none"))
	require.Equal(t, list(), c.Do("HRANDFIELD", "none", "2"))
	c.Do("HSET", "h", "a", "1", "b", "2")
	require.Contains(t, list("a", "b"), c.Do("HRANDFIELD", "h"))
	require.Equal(t, list("a", "1", "b", "2"), c.Do("HRANDFIELD", "h", "5", "WITHVALUES"))
	require.Len(t, c.Do("HRANDFIELD", "h", "-5"), 5)
	require.Len(t, c.Do("HRANDFIELD", "h", "1"), 1)
	c3 := srv.Connect3(t)
	require.Equal(t, list(list("a", "1"), list("b", "2")), c3.Do("HRANDFIELD", "h", "2", "WITHVALUES"))
	require.Equal(t, resp.Map{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}}, c3.Do("HGETALL", "h"))
}

// Redis goes on with this reply until it runs out of memory.
func TestRandomFieldsAreBounded(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("HSET", "h", "a", "1")
	require.Equal(t, resp.ErrOutOfRange, c.Do("HRANDFIELD", "h", "-9223372036854775807"))
	require.Equal(t, "1", c.Do("HGET", "h", "a"))
}

func TestDeadlinesOfFields(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("HSET", "h", "a", "1", "b", "2", "c", "3")
	require.Equal(t, list(n(1), n(-2)), c.Do("HEXPIREAT", "h", far, "FIELDS", "2", "a", "zz"))
	require.Equal(t, list(n(0), n(1)), c.Do("HEXPIREAT", "h", far, "NX", "FIELDS", "2", "a", "b"))
	require.Equal(t, list(n(0), n(0)), c.Do("HEXPIREAT", "h", far, "GT", "FIELDS", "2", "a", "c"))
	require.Equal(t, list(n(1), n(1)), c.Do("HPEXPIREAT", "h", farMS-1, "LT", "FIELDS", "2", "b", "c"))
	require.Equal(t, list(n(farMS), n(farMS-1)), c.Do("HPEXPIRETIME", "h", "FIELDS", "2", "a", "b"))
	require.Equal(t, list(n(far), n(far)), c.Do("HEXPIRETIME", "h", "FIELDS", "2", "a", "b"))
	require.Equal(t, list("c", "b", "a"), c.Do("HKEYS", "h"), "the next to expire first, of equal ones the last set")
	require.Equal(t, "listpackex", c.Do("OBJECT", "ENCODING", "h"))
	require.Equal(t, list(n(1), n(-2)), c.Do("HPERSIST", "h", "FIELDS", "2", "a", "zz"))
	require.Equal(t, list(n(-1), n(-2)), c.Do("HTTL", "h", "FIELDS", "2", "a", "zz"))
	require.Equal(t, n(4), c.Do("HINCRBY", "h", "c", "1"))
	require.Equal(t, list(n(farMS-1)), c.Do("HPEXPIRETIME", "h", "FIELDS", "1", "c"), "a counter keeps its deadline")
	require.Equal(t, n(0), c.Do("HSET", "h", "c", "5"))
	require.Equal(t, list(n(-1)), c.Do("HTTL", "h", "FIELDS", "1", "c"), "HSET drops it")
	require.Equal(t, list(n(2), n(2), n(2), n(-2)), c.Do("HEXPIRE", "h", "0", "FIELDS", "4", "a", "b", "c", "a"))
	require.Equal(t, n(0), c.Do("EXISTS", "h"))
	require.Equal(t, list(n(-2)), c.Do("HEXPIRE", "h", "1", "FIELDS", "1", "a"))
}

func TestGetExAndGetDel(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("HSET", "h", "a", "1", "b", "2")
	require.Equal(t, list("1", nil), c.Do("HGETEX", "h", "EXAT", far, "FIELDS", "2", "a", "zz"))
	require.Equal(t, list(n(farMS)), c.Do("HPEXPIRETIME", "h", "FIELDS", "1", "a"))
	require.Equal(t, list("1"), c.Do("HGETEX", "h", "PERSIST", "FIELDS", "1", "a"))
	require.Equal(t, list(n(-1)), c.Do("HPTTL", "h", "FIELDS", "1", "a"))
	require.Equal(t, list("1"), c.Do("HGETEX", "h", "PXAT", "1", "FIELDS", "1", "a"))
	require.Equal(t, list("2", nil), c.Do("HGETDEL", "h", "FIELDS", "2", "b", "a"))
	require.Equal(t, n(0), c.Do("EXISTS", "h"))
}

func TestSetEx(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Equal(t, n(0), c.Do("HSETEX", "h", "FXX", "FIELDS", "1", "a", "1"))
	require.Equal(t, n(1), c.Do("HSETEX", "h", "FNX", "PXAT", farMS, "FIELDS", "2", "a", "1", "b", "2"))
	require.Equal(t, n(0), c.Do("HSETEX", "h", "FNX", "FIELDS", "2", "c", "1", "b", "2"))
	require.Equal(t, n(1), c.Do("HSETEX", "h", "KEEPTTL", "FIELDS", "1", "a", "7"))
	require.Equal(t, n(1), c.Do("HSETEX", "h", "FIELDS", "1", "b", "8"))
	require.Equal(t, list(n(farMS), n(-1)), c.Do("HPEXPIRETIME", "h", "FIELDS", "2", "a", "b"))
	require.Equal(t, n(1), c.Do("HSETEX", "h", "EXAT", "1", "FIELDS", "2", "a", "7", "b", "7"))
	require.Equal(t, n(0), c.Do("EXISTS", "h"))
}

// invalidated reports whether the command on h, sent by another client, made the
// server invalidate what c holds of h.
func invalidated(c, other *servertest.Conn, args ...any) bool {
	c.Do("EXISTS", "h")
	other.Do(args...)
	c.Send("PING")
	first := c.Read()
	if push, ok := first.(resp.Push); ok {
		c.Read()
		return push[0] == "invalidate"
	}
	return false
}

func TestWhichCommandsInvalidate(t *testing.T) {
	srv := servertest.Run(t)
	c, other := srv.Connect3(t), srv.Connect(t)
	c.Do("CLIENT", "TRACKING", "ON")
	for _, tt := range []struct {
		want bool
		args []any
	}{
		{true, []any{"HSET", "h", "a", "1", "b", "2", "c", "3"}},
		{true, []any{"HSET", "h", "a", "1"}},
		{false, []any{"HSETNX", "h", "a", "2"}},
		{true, []any{"HINCRBY", "h", "a", "0"}},
		{false, []any{"HDEL", "h", "zz"}},
		{true, []any{"HEXPIREAT", "h", far, "FIELDS", "1", "a"}},
		{true, []any{"HEXPIREAT", "h", far, "FIELDS", "1", "a"}},
		{false, []any{"HEXPIREAT", "h", far, "NX", "FIELDS", "1", "a"}},
		{false, []any{"HEXPIREAT", "h", far, "FIELDS", "1", "zz"}},
		{false, []any{"HTTL", "h", "FIELDS", "1", "a"}},
		{true, []any{"HPERSIST", "h", "FIELDS", "1", "a"}},
		{false, []any{"HPERSIST", "h", "FIELDS", "1", "a"}},
		{false, []any{"HGETEX", "h", "FIELDS", "1", "a"}},
		{false, []any{"HGETEX", "h", "PERSIST", "FIELDS", "1", "a"}},
		{true, []any{"HGETEX", "h", "EXAT", far, "FIELDS", "1", "a"}},
		{true, []any{"HGETEX", "h", "PERSIST", "FIELDS", "1", "a"}},
		{false, []any{"HSETEX", "h", "FXX", "FIELDS", "1", "zz", "1"}},
		{true, []any{"HSETEX", "h", "FXX", "FIELDS", "1", "a", "1"}},
		{false, []any{"HGETDEL", "h", "FIELDS", "1", "zz"}},
		{true, []any{"HGETDEL", "h", "FIELDS", "1", "a"}},
		{true, []any{"HEXPIRE", "h", "0", "FIELDS", "1", "b"}},
	} {
		require.Equal(t, tt.want, invalidated(c, other, tt.args...), tt.args)
	}
}

func TestExpiringFieldInvalidates(t *testing.T) {
	srv := servertest.Run(t)
	c, other := srv.Connect3(t), srv.Connect(t)
	other.Do("HSET", "h", "a", "1", "b", "2")
	other.Do("HPEXPIRE", "h", "20", "FIELDS", "1", "a")
	c.Do("CLIENT", "TRACKING", "ON")
	c.Do("HLEN", "h")
	require.Equal(t, resp.Push{"invalidate", list("h")}, c.Read())
	require.Equal(t, list("b"), c.Do("HKEYS", "h"))
	require.Equal(t, n(1), c.Do("HLEN", "h"))
}
