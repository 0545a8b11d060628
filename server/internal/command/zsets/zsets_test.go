package zsets_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

const wrongType = resp.Error("WRONGTYPE Operation against a key holding the wrong kind of value")

func list(values ...any) []any { return append([]any{}, values...) }

func TestAdd(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Equal(t, int64(2), c.Do("ZADD", "k", "1", "a", "2", "b"))
	require.Equal(t, int64(1), c.Do("ZADD", "k", "XX", "CH", "5", "a", "1", "new"))
	require.Equal(t, int64(0), c.Do("ZADD", "k", "GT", "CH", "4", "a"))
	require.Equal(t, "5.5", c.Do("ZADD", "k", "INCR", "0.5", "a"))
	require.Nil(t, c.Do("ZADD", "k", "NX", "INCR", "0.5", "a"))
	require.Equal(t, int64(0), c.Do("ZADD", "none", "XX", "1", "a"))
	require.Equal(t, int64(0), c.Do("EXISTS", "none"))
	require.Equal(t, "inf", c.Do("ZINCRBY", "k", "inf", "a"))
	require.Equal(t, resp.Error("ERR resulting score is not a number (NaN)"), c.Do("ZINCRBY", "k", "-inf", "a"))
	require.Equal(t, list("2", nil), c.Do("ZMSCORE", "k", "b", "none"))
	c.Do("SET", "str", "x")
	require.Equal(t, wrongType, c.Do("ZADD", "str", "1", "a"))
	require.Equal(t, resp.Error("ERR value is not a valid float"), c.Do("ZADD", "str", "x", "a"), "before the type")
	require.Equal(t, int64(1), c.Do("ZREM", "k", "a", "none"))
	require.Equal(t, int64(1), c.Do("ZREM", "k", "b"))
	require.Equal(t, int64(0), c.Do("EXISTS", "k"))
}

func TestRanges(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("ZADD", "k", "1", "a", "2", "b", "3", "c", "4", "d")
	require.Equal(t, list("b", "c"), c.Do("ZRANGE", "k", 1, 2))
	require.Equal(t, list("d", "4", "c", "3"), c.Do("ZREVRANGE", "k", 0, 1, "WITHSCORES"))
	require.Equal(t, list("c", "b"), c.Do("ZRANGE", "k", "(4", "2", "BYSCORE", "REV"))
	require.Equal(t, list("b"), c.Do("ZRANGEBYSCORE", "k", "-inf", "+inf", "LIMIT", 1, 1))
	require.Equal(t, list("c", "b"), c.Do("ZREVRANGEBYSCORE", "k", "inf", "1", "LIMIT", 1, 2))
	require.Equal(t, list(), c.Do("ZRANGE", "none", 0, -1))
	require.Equal(t, int64(2), c.Do("ZCOUNT", "k", "(1", "3"))
	require.Equal(t, int64(2), c.Do("ZRANGESTORE", "dst", "k", 0, 1, "REV"))
	require.Equal(t, list("c", "3", "d", "4"), c.Do("ZRANGE", "dst", 0, -1, "WITHSCORES"))
	require.Equal(t, int64(0), c.Do("ZRANGESTORE", "dst", "k", 9, 10))
	require.Equal(t, int64(0), c.Do("EXISTS", "dst"))
	require.Equal(t, list(int64(1), "2"), c.Do("ZRANK", "k", "b", "WITHSCORE"))
	require.Equal(t, int64(2), c.Do("ZREVRANK", "k", "b"))

	c.Do("ZADD", "lex", "0", "a", "0", "b", "0", "c")
	require.Equal(t, list("b", "c"), c.Do("ZRANGEBYLEX", "lex", "(a", "+"))
	require.Equal(t, list("b", "a"), c.Do("ZREVRANGEBYLEX", "lex", "[b", "-"))
	require.Equal(t, int64(3), c.Do("ZLEXCOUNT", "lex", "-", "+"))
	require.Equal(t, int64(2), c.Do("ZREMRANGEBYLEX", "lex", "[b", "+"))
	require.Equal(t, int64(1), c.Do("ZREMRANGEBYRANK", "k", -1, -1))
	require.Equal(t, int64(3), c.Do("ZREMRANGEBYSCORE", "k", "-inf", "inf"))
	require.Equal(t, int64(0), c.Do("EXISTS", "k"))
}

// TestNegativeOffset checks a peculiarity of Redis: a negative LIMIT offset counts from the
// other end, but only in a set that has outgrown the compact encoding.
func TestNegativeOffset(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("ZADD", "k", "1", "a", "2", "b", "3", "c")
	require.Equal(t, list(), c.Do("ZRANGEBYSCORE", "k", "1", "3", "LIMIT", -2, -1))
	c.Do("CONFIG", "SET", "zset-max-listpack-entries", 3)
	c.Do("ZADD", "k", "4", "d")
	require.Equal(t, "skiplist", c.Do("OBJECT", "ENCODING", "k"))
	require.Equal(t, list("b", "c"), c.Do("ZRANGEBYSCORE", "k", "1", "3", "LIMIT", -2, -1))
}

func TestRESP3(t *testing.T) {
	c := servertest.Run(t).Connect3(t)
	c.Do("ZADD", "k", "1", "a", "2.5", "b", "3", "c", "4", "d")
	require.Equal(t, list(list("a", 1.0), list("b", 2.5)), c.Do("ZRANGE", "k", 0, 1, "WITHSCORES"))
	require.Equal(t, 2.5, c.Do("ZSCORE", "k", "b"))
	require.Equal(t, list(int64(1), 2.5), c.Do("ZRANK", "k", "b", "WITHSCORE"))
	require.Equal(t, list(list("c", 3.0)), c.Do("ZRANGE", "k", "(2.5", "(4", "BYSCORE", "WITHSCORES"))
	require.Equal(t, list("0", list("a", "1", "b", "2.5", "c", "3", "d", "4")), c.Do("ZSCAN", "k", 0))
	require.Equal(t, list("a", 1.0), c.Do("ZPOPMIN", "k"))
	require.Equal(t, list(list("d", 4.0)), c.Do("ZPOPMAX", "k", 1))
	require.Equal(t, list("k", "b", 2.5), c.Do("BZPOPMIN", "k", 0))
	require.Equal(t, list("k", list(list("c", 3.0))), c.Do("ZMPOP", 1, "k", "MIN"))
	require.Nil(t, c.Do("ZMPOP", 1, "k", "MIN"))
}

func TestCombine(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("ZADD", "x", "1", "a", "2", "b")
	c.Do("ZADD", "y", "10", "b", "20", "c")
	c.Do("SADD", "s", "b", "z")
	require.Equal(t, list("a", "1", "b", "12", "c", "20"), c.Do("ZUNION", 2, "x", "y", "WITHSCORES"))
	require.Equal(t, list("b", "13"), c.Do("ZINTER", 3, "x", "y", "s", "WITHSCORES"))
	require.Equal(t, list("b", "20"), c.Do("ZINTER", 2, "x", "y", "WEIGHTS", 3, 2, "AGGREGATE", "MAX", "WITHSCORES"))
	require.Equal(t, list("a"), c.Do("ZDIFF", 2, "x", "s"))
	require.Equal(t, int64(1), c.Do("ZINTERCARD", 2, "x", "s"))
	require.Equal(t, int64(4), c.Do("ZUNIONSTORE", "s", 3, "x", "y", "s"), "over one of its sources, of another type")
	require.Equal(t, "zset", c.Do("TYPE", "s"))
	require.Equal(t, int64(0), c.Do("ZDIFFSTORE", "s", 2, "x", "x"))
	require.Equal(t, int64(0), c.Do("EXISTS", "s"))
	require.Equal(t, int64(0), c.Do("ZINTERSTORE", "s", 2, "x", "none"))
	c.Do("SET", "str", "v")
	require.Equal(t, wrongType, c.Do("ZUNION", 2, "x", "str", "FOO"))
	require.Equal(t, resp.Error("ERR at least 1 input key is needed for 'zunion' command"), c.Do("ZUNION", 0, "x"))
}

func TestPopBlocks(t *testing.T) {
	srv := servertest.Run(t)
	waiter, writer := srv.Connect(t), srv.Connect(t)
	require.Nil(t, waiter.Do("BZPOPMIN", "k", "0.01"))
	require.Nil(t, waiter.Do("BZMPOP", "0.01", 1, "k", "MAX"))
	require.Equal(t, resp.Error("ERR timeout is negative"), waiter.Do("BZPOPMIN", "k", -1))

	waiter.Send("BZPOPMAX", "k", "other", "0")
	srv.WaitBlocked(t, 1)
	require.Equal(t, int64(2), writer.Do("ZADD", "k", "1", "a", "2", "b"))
	require.Equal(t, list("k", "b", "2"), waiter.Read())
	require.Equal(t, list("a"), writer.Do("ZRANGE", "k", 0, -1))
	require.Equal(t, list("k", list(list("a", "1"))), waiter.Do("BZMPOP", "0", 1, "k", "MIN", "COUNT", 5))
	require.Equal(t, int64(0), writer.Do("EXISTS", "k"))
}

func TestRandomAndScan(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Nil(t, c.Do("ZRANDMEMBER", "k"))
	require.Equal(t, list(), c.Do("ZRANDMEMBER", "k", 2))
	c.Do("ZADD", "k", "1", "a", "2", "b", "3", "c")
	require.Contains(t, list("a", "b", "c"), c.Do("ZRANDMEMBER", "k"))
	require.Equal(t, list("c", "b", "a"), c.Do("ZRANDMEMBER", "k", 9), "all of them come highest first")
	require.Len(t, c.Do("ZRANDMEMBER", "k", 2), 2)
	require.Len(t, c.Do("ZRANDMEMBER", "k", -7, "WITHSCORES"), 14)
	require.Equal(t, resp.Error("ERR value is out of range"), c.Do("ZRANDMEMBER", "k", "-1000000000000"))

	require.Equal(t, list("0", list("b", "2")), c.Do("ZSCAN", "k", 0, "MATCH", "b*"))
	require.Equal(t, list("0", list()), c.Do("ZSCAN", "none", 0, "FOO"), "options of a missing key are not read")
	require.Equal(t, resp.Error("ERR syntax error"), c.Do("ZSCAN", "k", 0, "FOO"))
	require.Equal(t, resp.Error("ERR invalid cursor"), c.Do("ZSCAN", "none", "x"))
}
