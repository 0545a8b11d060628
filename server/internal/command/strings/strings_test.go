package strings_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

const wrongType = resp.Error("WRONGTYPE Operation against a key holding the wrong kind of value")

func TestSet(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Nil(t, c.Do("SET", "k", "v", "XX"))
	require.Nil(t, c.Do("SET", "k", "v", "NX", "GET"))
	require.Equal(t, "v", c.Do("GET", "k"))
	require.Equal(t, "v", c.Do("SET", "k", "w", "NX", "GET"), "refused, but tells the value")
	require.Equal(t, "v", c.Do("SET", "k", "w", "EX", 100, "GET"))
	require.Equal(t, int64(100), c.Do("TTL", "k"))
	require.Equal(t, "OK", c.Do("SET", "k", "x", "KEEPTTL"))
	require.Equal(t, int64(100), c.Do("TTL", "k"))
	require.Equal(t, "OK", c.Do("SET", "k", "x"))
	require.Equal(t, int64(-1), c.Do("TTL", "k"))

	c.Do("RPUSH", "list", "a")
	require.Equal(t, wrongType, c.Do("SET", "list", "v", "GET"))
	require.Equal(t, wrongType, c.Do("GET", "list"))
	require.Equal(t, "OK", c.Do("SET", "list", "v"))
	require.Equal(t, resp.Error("ERR invalid expire time in 'setex' command"), c.Do("SETEX", "k", 0, "v"))
	require.Equal(t, resp.Error("ERR invalid expire time in 'psetex' command"), c.Do("PSETEX", "k", -1, "v"))
	require.Equal(t, int64(0), c.Do("SETNX", "k", "v"))
	require.Equal(t, int64(1), c.Do("SETNX", "new", "v"))
	require.Equal(t, "v", c.Do("GETSET", "new", "w"))
}

func TestGetAndChange(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Nil(t, c.Do("GETDEL", "k"))
	require.Nil(t, c.Do("GETEX", "k", "EX", "not read where there is no key"))
	c.Do("SET", "k", "v")
	require.Equal(t, "v", c.Do("GETEX", "k", "EX", 100))
	require.Equal(t, int64(100), c.Do("TTL", "k"))
	require.Equal(t, "v", c.Do("GETEX", "k", "PERSIST"))
	require.Equal(t, int64(-1), c.Do("TTL", "k"))
	require.Equal(t, "v", c.Do("GETEX", "k", "PXAT", 1), "a time in the past deletes")
	require.Nil(t, c.Do("GET", "k"))
	c.Do("SET", "k", "v")
	require.Equal(t, "v", c.Do("GETDEL", "k"))
	require.Equal(t, int64(0), c.Do("EXISTS", "k"))
}

func TestMulti(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Equal(t, "OK", c.Do("MSET", "a", "1", "b", "2"))
	c.Do("RPUSH", "list", "x")
	require.Equal(t, []any{"1", nil, nil, "2"}, c.Do("MGET", "a", "none", "list", "b"))
	require.Equal(t, int64(0), c.Do("MSETNX", "new", "1", "b", "3"))
	require.Nil(t, c.Do("GET", "new"))
	require.Equal(t, int64(1), c.Do("MSETNX", "new", "1", "new", "2"))
	require.Equal(t, "2", c.Do("GET", "new"))
	require.Equal(t, resp.Error("ERR wrong number of arguments for 'mset' command"), c.Do("MSET", "a", "1", "b"))
}

func TestCounters(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Equal(t, int64(1), c.Do("INCR", "n"))
	require.Equal(t, int64(-9), c.Do("DECRBY", "n", 10))
	require.Equal(t, resp.Error("ERR decrement would overflow"), c.Do("DECRBY", "n", "-9223372036854775808"))
	require.Equal(t, resp.ErrOverflow, c.Do("INCRBY", "n", "-9223372036854775808"))
	c.Do("SET", "s", " 1")
	require.Equal(t, resp.ErrNotInteger, c.Do("INCR", "s"))
	require.Equal(t, "-8.9", c.Do("INCRBYFLOAT", "n", "0.1"))
	require.Equal(t, resp.ErrNotFloat, c.Do("INCRBYFLOAT", "n", "x"))
	require.Equal(t, resp.ErrNaN, c.Do("INCRBYFLOAT", "n", "inf"))
	require.Equal(t, "3", c.Do("INCRBYFLOAT", "f", "3.0"))
	require.Equal(t, "embstr", c.Do("OBJECT", "ENCODING", "f"))
	require.Equal(t, int64(4), c.Do("INCR", "f"))
	require.Equal(t, "int", c.Do("OBJECT", "ENCODING", "f"))
}

func TestRanges(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Equal(t, int64(0), c.Do("SETRANGE", "k", 5, ""))
	require.Equal(t, int64(0), c.Do("EXISTS", "k"))
	require.Equal(t, int64(3), c.Do("APPEND", "k", "abc"))
	require.Equal(t, int64(7), c.Do("SETRANGE", "k", 5, "fg"))
	require.Equal(t, "abc\x00\x00fg", c.Do("GET", "k"))
	require.Equal(t, "fg", c.Do("GETRANGE", "k", -2, -1))
	require.Equal(t, "a", c.Do("GETRANGE", "k", 0, -100))
	require.Equal(t, "", c.Do("SUBSTR", "k", -1, -2))
	require.Equal(t, int64(7), c.Do("STRLEN", "k"))
	require.Equal(t, resp.ErrOffset, c.Do("SETRANGE", "k", -1, "x"))
	require.Equal(t, resp.ErrStringTooLong, c.Do("SETRANGE", "k", 536870912, "x"))
}

func TestLCS(t *testing.T) {
	srv := servertest.Run(t)
	c, c3 := srv.Connect(t), srv.Connect3(t)
	c.Do("MSET", "a", "ohmytext", "b", "mynewtext")
	require.Equal(t, "mytext", c.Do("LCS", "a", "b"))
	require.Equal(t, int64(6), c.Do("LCS", "a", "b", "LEN"))
	match := []any{[]any{int64(4), int64(7)}, []any{int64(5), int64(8)}, int64(4)}
	require.Equal(t, []any{"matches", []any{match}, "len", int64(6)},
		c.Do("LCS", "a", "b", "IDX", "MINMATCHLEN", 4, "WITHMATCHLEN"))
	require.Equal(t, resp.Map{{Key: "matches", Value: []any{match}}, {Key: "len", Value: int64(6)}},
		c3.Do("LCS", "a", "b", "IDX", "MINMATCHLEN", 4, "WITHMATCHLEN"))
	c.Do("RPUSH", "list", "x")
	require.Equal(t, resp.Error("ERR The specified keys must contain string values"), c.Do("LCS", "a", "list"))
}

func TestBitCommands(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Equal(t, int64(0), c.Do("SETBIT", "b", 7, 1))
	require.Equal(t, int64(1), c.Do("GETBIT", "b", 7))
	require.Equal(t, int64(0), c.Do("GETBIT", "b", 100))
	require.Equal(t, resp.Error("ERR bit offset is not an integer or out of range"), c.Do("SETBIT", "b", "4294967296", 1))
	require.Equal(t, resp.Error("ERR bit is not an integer or out of range"), c.Do("SETBIT", "b", 0, 2))
	c.Do("SET", "k", "foobar")
	require.Equal(t, int64(26), c.Do("BITCOUNT", "k"))
	require.Equal(t, int64(17), c.Do("BITCOUNT", "k", 5, 30, "BIT"))
	c.Do("SET", "ones", "\xff\xff")
	require.Equal(t, int64(16), c.Do("BITPOS", "ones", 0))
	require.Equal(t, int64(-1), c.Do("BITPOS", "ones", 0, 0, -1))
	require.Equal(t, int64(-1), c.Do("BITPOS", "none", 1))
	require.Equal(t, int64(6), c.Do("BITOP", "AND", "d", "k", "ones"))
	require.Equal(t, "fo\x00\x00\x00\x00", c.Do("GET", "d"))
	require.Equal(t, int64(0), c.Do("BITOP", "OR", "d", "none"))
	require.Equal(t, int64(0), c.Do("EXISTS", "d"))
}

func TestBitField(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Equal(t, []any{int64(1), int64(0)}, c.Do("BITFIELD", "f", "INCRBY", "i5", 100, 1, "GET", "u4", 0))
	require.Equal(t, []any{int64(0), int64(255), nil, int64(0)}, c.Do("BITFIELD", "f",
		"SET", "u8", 0, 255, "OVERFLOW", "SAT", "INCRBY", "u8", 0, 1,
		"OVERFLOW", "FAIL", "INCRBY", "u8", 0, 1, "OVERFLOW", "WRAP", "INCRBY", "u8", 0, 1))
	require.Equal(t, []any{int64(0)}, c.Do("BITFIELD_RO", "none", "GET", "u8", "#3"))
	require.Equal(t, int64(0), c.Do("EXISTS", "none"))
	require.Equal(t, resp.Error("ERR BITFIELD_RO only supports the GET subcommand"), c.Do("BITFIELD_RO", "f", "SET", "u8", 0, 1))
}

// A command that changes nothing must not invalidate; one that changes something must.
func TestWhatIsModified(t *testing.T) {
	srv := servertest.Run(t)
	c, tracker := srv.Connect(t), srv.Connect3(t)
	c.Do("SET", "k", "v")
	require.Equal(t, "OK", tracker.Do("CLIENT", "TRACKING", "ON", "BCAST"))
	for _, line := range [][]any{
		{"SET", "k", "v", "NX"}, {"SETNX", "k", "v"}, {"MSETNX", "k", "v", "other", "v"}, {"GETDEL", "none"},
		{"GETEX", "k"}, {"GETEX", "k", "PERSIST"}, {"SETRANGE", "k", 0, ""}, {"SETBIT", "k", 0, 0}, {"BITOP", "OR", "none", "none"},
		{"BITFIELD", "k", "SET", "u8", 0, int('v')}, {"BITFIELD", "k", "OVERFLOW", "FAIL", "INCRBY", "u8", 0, 255},
	} {
		c.Do(line...)
	}
	require.Equal(t, "OK", c.Do("SET", "last", "v"))
	require.Equal(t, resp.Push{"invalidate", []any{"last"}}, tracker.Read())
}
