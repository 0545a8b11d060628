package server_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// load sets n keys of 1000 bytes, every second with a time to live, the later
// ones with a longer one.
func (w *world) load(n int) {
	w.t.Helper()
	value := strings.Repeat("x", 1000)
	for i := range n {
		if i%2 == 0 {
			w.admin.does("OK", "SET", fmt.Sprint("plain:", i), value)
		} else {
			w.admin.does("OK", "SET", fmt.Sprint("timed:", i), value, "EX", 1000+i)
		}
	}
}

func (w *world) keys(pattern string) int {
	w.t.Helper()
	return len(w.admin.do("KEYS", pattern).([]any))
}

// Every policy brings memory under the limit, and takes only keys that it may.
func TestEvictionPolicies(t *testing.T) {
	w := newWorld(t)
	for _, policy := range []string{
		"allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
	} {
		w.admin.ok("CONFIG SET maxmemory 0", "FLUSHALL", "CONFIG RESETSTAT")
		w.load(200)
		limit := w.stat("used_memory") - 50_000
		w.admin.ok(fmt.Sprint("CONFIG SET maxmemory-policy ", policy, " maxmemory ", limit))
		w.admin.does("PONG", "PING") // any command makes room
		if !w.redis {                // which counts what INFO itself needs
			require.LessOrEqual(t, w.stat("used_memory"), limit, policy)
		}
		w.admin.ok("CONFIG SET maxmemory 0")
		left := w.keys("*")
		require.Less(t, left, 200, policy)
		require.Greater(t, left, 50, policy)
		require.Equal(t, 200-left, w.stat("evicted_keys"), policy)
		if strings.HasPrefix(policy, "volatile") {
			require.Equal(t, 100, w.keys("plain:*"), policy)
		}
		w.admin.ok("SET new v") // there is room for it
	}
	w.admin.ok("CONFIG SET maxmemory 0 maxmemory-policy noeviction")
}

// The policies prefer what they say: with enough samples the choice is exact.
func TestEvictionPrefers(t *testing.T) {
	w := newWorld(t)
	if w.redis {
		t.Skip("its memory goes up and down by more than a few keys")
	}
	evicted := func(policy string, prepare func()) {
		t.Helper()
		w.admin.ok("CONFIG SET maxmemory 0 maxmemory-samples 64 maxmemory-policy "+policy, "FLUSHALL")
		w.load(20)
		prepare()
	}
	shrink := func() {
		t.Helper()
		w.admin.ok(fmt.Sprint("CONFIG SET maxmemory ", w.stat("used_memory")-4000))
		w.admin.does("PONG", "PING")
		w.admin.ok("CONFIG SET maxmemory 0")
	}
	evicted("volatile-ttl", func() {})
	shrink()
	require.Nil(t, w.admin.do("GET timed:1"))
	require.NotNil(t, w.admin.do("GET timed:19"))
	evicted("allkeys-lfu", func() {
		for i := range 20 {
			for n := 0; i != 4 && n < 200; n++ {
				w.admin.do("GET", fmt.Sprint([]string{"plain:", "timed:"}[i%2], i))
			}
		}
	})
	shrink()
	require.Nil(t, w.admin.do("GET plain:4"))
	w.admin.ok("CONFIG SET maxmemory-samples 5 maxmemory-policy noeviction")
}

// Where nothing can be evicted, commands that may need memory are refused.
func TestOutOfMemory(t *testing.T) {
	w := newWorld(t)
	p := w.admin
	p.ok("SET plain v")
	p.does(int64(3), "RPUSH l a b c")
	for _, policy := range []string{"noeviction", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"} {
		p.ok("CONFIG SET maxmemory 1 maxmemory-policy " + policy)
		for _, line := range []string{"SET k v", "APPEND plain x", "INCR n", "RPUSH l x", "HSET h f v", "SADD s x", "ZADD z 1 a", "COPY plain k", "SETRANGE plain 0 x", "BLMOVE l m LEFT LEFT 0"} {
			p.fails(errOOM, line)
		}
		require.IsType(t, resp.Error(""), p.do("SET k")) // arity is looked at before
		for line, want := range map[string]any{
			"GET plain": "v", "PERSIST plain": int64(0), "LRANGE l 0 0": []any{"a"}, "DEL nothing": int64(0), "RENAME plain plain": "OK", "EXISTS plain l": int64(2),
		} {
			p.does(want, line)
		}
	}
	p.ok("CONFIG SET maxmemory-policy noeviction", "FLUSHALL", "CONFIG SET maxmemory 0", "SET k v")
	require.Equal(t, 0, w.stat("evicted_keys"))
}

// Evicting to the last key is not enough for a limit below what an empty server
// needs.
func TestEvictionOfEverything(t *testing.T) {
	w := newWorld(t)
	w.load(10)
	w.admin.ok("CONFIG SET maxmemory 1 maxmemory-policy allkeys-lru")
	w.admin.fails(errOOM, "SET k v")
	w.admin.does(int64(0), "DBSIZE")
	w.admin.ok("CONFIG SET maxmemory 0")
}

func TestLazyExpiry(t *testing.T) {
	w := newWorld(t)
	w.admin.ok("DEBUG SET-ACTIVE-EXPIRE 0")
	for line, want := range map[string]any{
		"GET k": nil, "EXISTS k": int64(0), "TTL k": int64(-2), "TYPE k": "none", "DEL k": int64(0), "PERSIST k": int64(0), "RENAME k l": resp.Error("ERR no such key"),
		"KEYS *": []any{}, "RANDOMKEY": nil, "SCAN 0": []any{"0", []any{}}, "INCR k": int64(1), "APPEND k x": int64(1), "SETNX k x": int64(1), "GETSET k x": nil,
		"COPY k l": int64(0), "EXPIRE k 100": int64(0), "TOUCH k": int64(0), "OBJECT ENCODING k": nil, "STRLEN k": int64(0), "SET k v XX": nil,
	} {
		w.admin.ok("FLUSHALL")
		w.pass(w.hold(w.admin, 1, "k"))
		w.admin.does(int64(1), "DBSIZE")
		w.admin.does(want, line)
	}
	w.admin.ok("DEBUG SET-ACTIVE-EXPIRE 1")
}

// Keys that nobody looks at go by themselves.
func TestActiveExpiry(t *testing.T) {
	w := newWorld(t)
	sub := w.listener("Ex")
	for i := range 300 {
		w.admin.does("OK", "SET", fmt.Sprint("k:", i), "v", "PX", 1+i%7)
	}
	gone := map[any]bool{}
	for len(gone) < 300 {
		gone[sub.ReadPush()[3]] = true
	}
	w.admin.does(int64(0), "DBSIZE")
	require.Equal(t, 300, w.stat("expired_keys"))
}

// Large replies of a pipeline are not copied each time that one more comes.
func TestLargeRepliesAreNotCopied(t *testing.T) {
	w := newWorld(t)
	if w.redis {
		t.Skip("it looks into this process")
	}
	const n, size = 64, mega
	w.admin.does("OK", "SET", "k", strings.Repeat("x", size))
	p := w.v2()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	p.WriteRaw(strings.Repeat("GET k\r\n", n))
	w.until(func() bool {
		return strings.Contains(w.admin.do("INFO commandstats").(string), fmt.Sprintf("cmdstat_get:calls=%d,", n))
	})
	runtime.ReadMemStats(&after)
	require.Less(t, (after.TotalAlloc-before.TotalAlloc)/size, uint64(2*n))
	for range n {
		require.Len(t, p.Read(), size)
	}
}
