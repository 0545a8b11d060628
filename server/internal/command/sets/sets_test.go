package sets_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

type list = []any

const wrongType = resp.Error("WRONGTYPE Operation against a key holding the wrong kind of value")

func TestMembers(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Equal(t, int64(3), c.Do("SADD", "s", 9, 3, 5, 3))
	require.Equal(t, list{"3", "5", "9"}, c.Do("SMEMBERS", "s"))
	require.Equal(t, "intset", c.Do("OBJECT", "ENCODING", "s"))
	require.Equal(t, int64(1), c.Do("SADD", "s", "x", 5))
	require.Equal(t, list{"3", "5", "9", "x"}, c.Do("SMEMBERS", "s"))
	require.Equal(t, "listpack", c.Do("OBJECT", "ENCODING", "s"))
	require.Equal(t, int64(4), c.Do("SCARD", "s"))
	require.Equal(t, int64(1), c.Do("SISMEMBER", "s", "x"))
	require.Equal(t, list{int64(0), int64(1)}, c.Do("SMISMEMBER", "s", "z", "x"))
	require.Equal(t, list{int64(0)}, c.Do("SMISMEMBER", "missing", "x"))
	require.Equal(t, int64(2), c.Do("SREM", "s", "x", "3", "z"))
	require.Equal(t, int64(2), c.Do("SREM", "s", "5", "9"))
	require.Equal(t, int64(0), c.Do("EXISTS", "s"))
	require.Equal(t, list{}, c.Do("SMEMBERS", "s"))

	c.Do("RPUSH", "l", "a")
	require.Equal(t, wrongType, c.Do("SADD", "l", "a"))
}

func TestMembersAreASet(t *testing.T) {
	c := servertest.Run(t).Connect3(t)
	c.Do("SADD", "s", "a", "b")
	require.Equal(t, resp.Set{"a", "b"}, c.Do("SMEMBERS", "s"))
	require.Equal(t, resp.Set{"a", "b"}, c.Do("SINTER", "s", "s"))
	require.Equal(t, list{"a", "b"}, c.Do("SRANDMEMBER", "s", 2))
	require.Equal(t, resp.Set{"a", "b"}, c.Do("SPOP", "s", 2))
	require.Equal(t, resp.Set{}, c.Do("SPOP", "s", 2))
}

func TestMove(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("SADD", "a", "x")
	c.Do("SET", "s", "x")
	require.Equal(t, wrongType, c.Do("SMOVE", "a", "s", "z"))
	require.Equal(t, int64(0), c.Do("SMOVE", "missing", "s", "z"))
	require.Equal(t, int64(1), c.Do("SMOVE", "a", "a", "x"))
	require.Equal(t, int64(0), c.Do("SMOVE", "a", "b", "z"))
	require.Equal(t, int64(1), c.Do("SMOVE", "a", "b", "x"))
	require.Equal(t, int64(0), c.Do("EXISTS", "a"))
	require.Equal(t, list{"x"}, c.Do("SMEMBERS", "b"))
}

func TestRandom(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Nil(t, c.Do("SPOP", "s"))
	require.Equal(t, list{}, c.Do("SPOP", "s", 1))
	require.Nil(t, c.Do("SRANDMEMBER", "s"))
	c.Do("SADD", "s", "a", "b", "c")
	require.Len(t, c.Do("SRANDMEMBER", "s", 2), 2)
	require.Len(t, c.Do("SRANDMEMBER", "s", 9), 3)
	require.Len(t, c.Do("SRANDMEMBER", "s", -9), 9)
	require.Equal(t, resp.ErrOutOfRange, c.Do("SRANDMEMBER", "s", "-9223372036854775807"))
	require.Equal(t, resp.ErrSignedRange, c.Do("SRANDMEMBER", "s", "-9223372036854775808"))
	require.Equal(t, resp.ErrSyntax, c.Do("SPOP", "s", 1, 2))
	require.Equal(t, resp.ErrNotPositive, c.Do("SPOP", "s", -1))
	require.Contains(t, list{"a", "b", "c"}, c.Do("SPOP", "s"))
	require.Len(t, c.Do("SPOP", "s", 5), 2)
	require.Equal(t, int64(0), c.Do("EXISTS", "s"))
}

func TestAlgebra(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("SADD", "a", 1, 2, 3, 4)
	c.Do("SADD", "b", 3, 4, 5)
	require.Equal(t, list{"3", "4"}, c.Do("SINTER", "a", "b"))
	require.Equal(t, list{"1", "2", "3", "4", "5"}, c.Do("SUNION", "a", "b", "missing"))
	require.Equal(t, list{"1", "2"}, c.Do("SDIFF", "a", "b"))
	require.Equal(t, int64(2), c.Do("SINTERCARD", 2, "a", "b"))
	require.Equal(t, int64(1), c.Do("SINTERCARD", 2, "a", "b", "LIMIT", 1))
	require.Equal(t, resp.ErrBadNumKeys, c.Do("SINTERCARD", 3, "a", "b"))

	require.Equal(t, int64(5), c.Do("SUNIONSTORE", "d", "a", "b"))
	require.Equal(t, int64(1), c.Do("SDIFFSTORE", "d", "d", "a"))
	require.Equal(t, list{"5"}, c.Do("SMEMBERS", "d"))
	require.Equal(t, int64(0), c.Do("SINTERSTORE", "d", "a", "missing"))
	require.Equal(t, int64(0), c.Do("EXISTS", "d"))

	c.Do("SET", "s", "x")
	require.Equal(t, wrongType, c.Do("SINTER", "missing", "s"))
	require.Equal(t, int64(4), c.Do("SUNIONSTORE", "s", "a"), "the destination may be of any type")
}

func TestScan(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Equal(t, list{"0", list{}}, c.Do("SSCAN", "s", 0, "other"), "options count only if there is a set")
	require.Equal(t, resp.ErrCursor, c.Do("SSCAN", "s", "x"))
	c.Do("SADD", "s", "a", "b1", "b2")
	require.Equal(t, list{"0", list{"a", "b1", "b2"}}, c.Do("SSCAN", "s", 0, "COUNT", 1), "small sets come at once")
	require.Equal(t, list{"0", list{"b1", "b2"}}, c.Do("SSCAN", "s", 7, "MATCH", "b*"))
	require.Equal(t, resp.ErrSyntax, c.Do("SSCAN", "s", 0, "other"))

	want := list{}
	for i := range 300 {
		m := fmt.Sprint("m", i)
		c.Do("SADD", "large", m)
		want = append(want, m)
	}
	seen, cursor := list{}, any("0")
	for {
		reply := c.Do("SSCAN", "large", cursor, "COUNT", 20).(list)
		seen, cursor = append(seen, reply[1].(list)...), reply[0]
		if cursor == "0" {
			break
		}
	}
	require.ElementsMatch(t, want, seen)
}
