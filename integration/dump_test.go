package integration

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/integration/reference"
	"github.com/tattle-server/tattle/server/servertest"
)

// Payloads are those of Redis byte for byte, and each server restores the other's: the reply to
// DUMP is the same on both, and so is what becomes of it. What follows from Redis's hash function
// is left out (large sets, large hashes), and of hashes with deadlines the hint at the earliest
// one, which Redis does not always correct.
func TestDumpIsRedis(t *testing.T) {
	compareRandom(t, 40, func(b *both, i int) {
		b.do("CONFIG", "SET", "list-max-listpack-size", b.one("-2", "-2", "-1", "5", "128", "1"))
		b.do("CONFIG", "SET", "rdbcompression", b.one("yes", "yes", "no"))
		push := b.one("RPUSH", "LPUSH")
		for n := 1 << b.random.IntN(9); n > 0; n-- {
			b.do("SET", fmt.Sprint("str", n%8), b.word(5000))
			b.do(push, "list", b.word(9000))
			b.do("XADD", "stream", fmt.Sprint(1000-n, "-1"), b.word(100), b.word(100))
			b.do("SADD", "ints", b.random.IntN(1<<(i%40)))
			if n <= 100 {
				b.do("SADD", "set", b.word(64))
				b.do("ZADD", "zset", b.score(), b.word(64))
				b.do("ZADD", "large", b.score(), b.word(100))
				b.do("HSET", "hash", b.word(64), b.word(64))
				b.do("HSET", "lives", b.word(64), b.word(64), n, n)
			}
		}
		b.do("HSET", "one", "f", b.word(5000))
		b.do("HPEXPIREAT", "lives", 9999999999999, "FIELDS", 3, "1", "2", "4")
		for _, key := range []string{"str0", "str1", "str2", "str3", "list", "stream", "ints", "set", "zset", "large", "hash", "lives", "one"} {
			b.do("DUMP", key)
			b.do("OBJECT", "ENCODING", key)
			if key != "list" || push == "RPUSH" { // a restored list keeps its nodes in Redis
				b.do("EVAL", restored, 1, key)
			}
			b.do("OBJECT", "ENCODING", "copy")
		}
	})
}

// What one server saves, the other loads, and what that saves is the same for the first.
func TestRDBGoesBothWays(t *testing.T) {
	redis := reference.Start(t, reference.Redis8)
	ref := servertest.Dial(t, redis.Addr)
	dir := ref.Do("CONFIG", "GET", "dir").([]any)[1].(string)
	our := servertest.Run(t, servertest.WithSetting("dir", dir)).Connect(t)
	b := &both{random: rand.New(rand.NewPCG(1, 1))}
	for from, to := ref, our; b.compared < 4; from, to = to, from {
		b.compared++
		from.Do("FLUSHALL")
		from.Do("FUNCTION", "LOAD", "REPLACE", "#!lua name=l\nredis.register_function('f', function() return 1 end)")
		for n := range 700 {
			from.Do("SELECT", b.random.IntN(16))
			from.Do("SETEX", fmt.Sprint("s", n), 9999, b.word(500))
			from.Do(b.one("RPUSH", "LPUSH"), fmt.Sprint("l", n%3), b.word(5000))
			from.Do("SADD", fmt.Sprint("set", n%20), b.word(100))
			from.Do("SADD", fmt.Sprint("ints", n%2), n*n*n)
			from.Do("ZADD", fmt.Sprint("z", n%20), b.score(), b.word(100))
			from.Do("HSET", fmt.Sprint("h", n%5), b.word(100), b.word(100), n%9, n)
			from.Do("HEXPIRE", fmt.Sprint("h", n%5), 9999, "FIELDS", 1, n%9)
			from.Do("XADD", fmt.Sprint("x", n%3), "*", b.word(100), b.word(100))
			from.Do("XGROUP", "CREATE", fmt.Sprint("x", n%3), b.word(40), "$")
		}
		digest, libraries := from.Do("DEBUG", "DIGEST"), from.Do("FUNCTION", "LIST", "WITHCODE")
		for _, step := range []struct{ from, to *servertest.Conn }{{from, to}, {to, from}} {
			require.Equal(t, "OK", step.from.Do("SAVE"))
			require.Equal(t, "OK", step.to.Do("DEBUG", "RELOAD", "NOSAVE"))
			require.Equal(t, libraries, step.to.Do("FUNCTION", "LIST", "WITHCODE"))
		}
		require.Equal(t, digest, from.Do("DEBUG", "DIGEST"))
	}
}

// restored dumps a key, restores it and dumps what came of it.
const restored = `redis.call('del', 'copy')
local payload = redis.call('dump', KEYS[1])
if payload then redis.call('restore', 'copy', 0, payload) end
return redis.call('dump', 'copy')`

// word returns a string of up to so many bytes: of any bytes, of few, or a number.
func (b *both) word(most int) string {
	n := b.random.IntN(1 + b.random.IntN(most))
	switch b.random.IntN(5) {
	case 0:
		text := make([]byte, n)
		for i := range text {
			text[i] = byte(b.random.IntN(256))
		}
		return string(text)
	case 1:
		return strings.Repeat(b.one("a", "abc", "the quick brown fox "), most)[:n]
	case 2:
		return b.one("007", "+1", "-0", " 1", "1.5", "-", "", "9223372036854775807", "-9223372036854775808", "2147483648")
	}
	v := b.random.Int64() >> b.random.IntN(64)
	return fmt.Sprint(v - b.random.Int64()>>b.random.IntN(64))
}

func (b *both) score() string {
	return b.one("1", "-1", "1.5", "inf", "-inf", "1e20", "1e17", "1e-10", "3.14159", "-123.456e30", "4611686018427387905", "9007199254740993", fmt.Sprint(b.random.Float64()), fmt.Sprint(b.random.IntN(10000)))
}
