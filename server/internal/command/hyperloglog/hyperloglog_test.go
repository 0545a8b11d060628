package hyperloglog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

const (
	wrongType = resp.Error("WRONGTYPE Operation against a key holding the wrong kind of value")
	noSketch  = resp.Error("WRONGTYPE Key is not a valid HyperLogLog string value.")
	corrupt   = resp.Error("INVALIDOBJ Corrupted HLL object detected")
)

func TestCount(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Equal(t, int64(1), c.Do("PFADD", "k"), "a new key")
	require.Equal(t, int64(0), c.Do("PFADD", "k"))
	require.Equal(t, int64(1), c.Do("PFADD", "k", "a", "b", "c"))
	require.Equal(t, int64(0), c.Do("PFADD", "k", "c", "a"))
	require.Equal(t, "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80`\xf3\x80P\xb1\x84K\xfb\x80BZ", c.Do("GET", "k"))
	require.Equal(t, int64(3), c.Do("PFCOUNT", "k"))
	require.Equal(t, "HYLL\x01\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00`\xf3\x80P\xb1\x84K\xfb\x80BZ", c.Do("GET", "k"), "the count is kept")
	require.Equal(t, "raw", c.Do("OBJECT", "ENCODING", "k"))
	c.Do("PFADD", "k2", "c", "d")
	require.Equal(t, int64(4), c.Do("PFCOUNT", "k", "none", "k2"))
	require.Equal(t, int64(0), c.Do("PFCOUNT", "none"))
	require.Equal(t, "OK", c.Do("PFMERGE", "k3", "k", "none", "k2"))
	require.Equal(t, int64(4), c.Do("PFCOUNT", "k3"))
	require.Equal(t, "OK", c.Do("PFSELFTEST"))
}

func TestEncodings(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("PFADD", "k", "a")
	require.Equal(t, "sparse", c.Do("PFDEBUG", "ENCODING", "k"))
	require.Equal(t, "Z:12711 v:2,1 Z:3672", c.Do("PFDEBUG", "DECODE", "k"))
	require.Equal(t, int64(1), c.Do("PFDEBUG", "TODENSE", "k"))
	require.Equal(t, int64(0), c.Do("PFDEBUG", "TODENSE", "k"))
	require.Equal(t, resp.Error("ERR HLL encoding is not sparse"), c.Do("PFDEBUG", "DECODE", "k"))
	require.Equal(t, int64(12304), c.Do("STRLEN", "k"))
	registers := c.Do("PFDEBUG", "GETREG", "k").([]any)
	require.Len(t, registers, 16384)
	require.Equal(t, int64(2), registers[12711])
	c.Do("PFADD", "sparse", "b")
	require.Equal(t, "OK", c.Do("PFMERGE", "sparse", "k"))
	require.Equal(t, "dense", c.Do("PFDEBUG", "ENCODING", "sparse"))
	c.Do("CONFIG", "SET", "hll-sparse-max-bytes", 20)
	c.Do("PFADD", "short", "a", "b")
	require.Equal(t, "dense", c.Do("PFDEBUG", "ENCODING", "short"))
	require.Equal(t, resp.Error("ERR The specified key does not exist"), c.Do("PFDEBUG", "BAD", "none"))
	require.Equal(t, resp.Error("ERR Unknown PFDEBUG subcommand 'BAD'"), c.Do("PFDEBUG", "BAD", "k"))
	require.Equal(t, "enabled", c.Do("PFDEBUG", "SIMD", "ON"))
	require.Equal(t, "disabled", c.Do("PFDEBUG", "SIMD", "off"))
}

func TestOtherValues(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("PFADD", "good", "a")
	for value, want := range map[string]resp.Error{
		"":                           noSketch,
		"12345":                      noSketch,
		"HYLL":                       noSketch,
		"list":                       wrongType,
		"HYLL\x01aaabbbbbbb\x80\x00": corrupt,
	} {
		if c.Do("DEL", "k"); value == "list" {
			c.Do("RPUSH", "k", "x")
		} else {
			c.Do("SET", "k", value)
		}
		for _, line := range [][]any{
			{"PFADD", "k", "a"}, {"PFCOUNT", "k"}, {"PFCOUNT", "good", "k"}, {"PFMERGE", "k", "good"}, {"PFMERGE", "good", "k"},
			{"PFDEBUG", "TODENSE", "k"}, {"PFDEBUG", "GETREG", "k"},
		} {
			require.Equal(t, want, c.Do(line...), "%q %v", value, line)
		}
	}
	require.Equal(t, int64(1), c.Do("PFCOUNT", "good"))
}

// PFCOUNT reads, but it may keep the count in its key: scripts that may not write may not
// call it.
func TestScriptsThatRead(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	require.Equal(t, int64(0), c.Do("EVAL", "return redis.call('PFCOUNT', KEYS[1])", 1, "k"))
	require.Contains(t, string(c.Do("EVAL_RO", "return redis.call('PFCOUNT', KEYS[1])", 1, "k").(resp.Error)),
		"ERR Write commands are not allowed from read-only scripts.")
}
