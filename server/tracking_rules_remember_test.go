package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// remembers runs a command on p, which tracks and holds nothing, and checks which
// of the keys it made p a holder of.
func (w *world) remembers(p peer, line string, want ...string) {
	w.t.Helper()
	before := w.stat("tracking_total_keys")
	p.do(line)
	require.Equal(w.t, before+len(want), w.stat("tracking_total_keys"), line)
	for _, key := range want {
		w.admin.do("DEL", key)
		w.admin.ok("SET " + key + " gone") // whatever it was, it changes
	}
	for _, key := range want {
		require.Equal(w.t, inv(key), p.Read(), line)
	}
	p.Quiet()
}

// fill makes one key of each type, named after it.
func (w *world) fill() {
	w.t.Helper()
	w.admin.do("DEL string list hash set zset none")
	w.admin.ok("SET string v")
	w.admin.do("RPUSH list 1 2 3")
	w.admin.do("HSET hash f v g w")
	w.admin.do("SADD set a b")
	w.admin.do("ZADD zset 1 a 2 b")
}

func TestRule20_ReadonlyCommandsAreRemembered(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		line string
		keys []string
	}{
		{"GET string", []string{"string"}},
		{"MGET string none string", []string{"string", "none"}},
		{"GETRANGE string 0 1", []string{"string"}},
		{"STRLEN string", []string{"string"}},
		{"EXISTS string list nokey", []string{"string", "list", "nokey"}},
		{"TYPE list", []string{"list"}},
		{"TTL none", []string{"none"}},
		{"PEXPIRETIME string", []string{"string"}},
		{"TOUCH string set", []string{"string", "set"}},
		{"DUMP none", []string{"none"}},
		{"OBJECT ENCODING list", []string{"list"}},
		{"LRANGE list 0 -1", []string{"list"}},
		{"LINDEX none 3", []string{"none"}},
		{"HGETALL hash", []string{"hash"}},
		{"HMGET hash f none", []string{"hash"}},
		{"HSCAN hash 0", []string{"hash"}},
		{"HTTL hash FIELDS 1 f", []string{"hash"}},
		{"SISMEMBER set a", []string{"set"}},
		{"SINTER set nokey", []string{"set", "nokey"}},
		{"ZSCORE zset a", []string{"zset"}},
		{"BITCOUNT string", []string{"string"}},
		{"BITFIELD_RO string GET u8 0", []string{"string"}},

		// Failing is no reason to forget.
		{"GET list", []string{"list"}},
		{"LRANGE string 0 -1", []string{"string"}},
		{"LRANGE list x y", []string{"list"}},
		{"SINTER string set", []string{"string", "set"}},
		{"OBJECT FREQ string", []string{"string"}},

		// Not readonly, though some give back data, and some change nothing.
		{"GETEX string", nil},
		{"GETEX none", nil},
		{"GETDEL none", nil},
		{"GETSET none2 v", nil},
		{"SET string x GET", nil},
		{"SETNX string y", nil},
		{"HGETEX hash FIELDS 1 f", nil},
		{"LPOP none", nil},
		{"SPOP none", nil},
		{"LMOVE none none LEFT LEFT", nil},
		{"BITFIELD string GET u8 0", nil},
		{"SORT list", nil},
		{"SINTERSTORE none string2", nil},
		{"EXPIRE none 10", nil},
		{"DEL none", nil},

		// Without keys, or not run.
		{"PING", nil},
		{"DBSIZE", nil},
		{"KEYS *", nil},
		{"SCAN 0", nil},
		{"RANDOMKEY", nil},
		{"GET", nil},
		{"GET string string", nil},
		{"NOSUCHCOMMAND string", nil},
		{"WATCH string", nil},
	} {
		t.Run(test.line, func(t *testing.T) {
			w := w.sub(t)
			a := w.v3()
			a.track("")
			w.fill()
			w.remembers(a, test.line, test.keys...)
		})
	}
	t.Run("queued", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.ok("MULTI")
		a.does("QUEUED", "GET string")
		require.Zero(t, w.stat("tracking_total_keys"))
		a.ok("DISCARD")
		require.Zero(t, w.stat("tracking_total_keys"))
	})
	t.Run("once, however often", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("string", "string")
		a.do("MGET string string")
		require.Equal(t, 1, w.stat("tracking_total_items"))
	})
}

func TestRule21_WhatRunsInside(t *testing.T) {
	w := newWorld(t)
	begin := func(t *testing.T) (*world, peer) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		return w, a
	}

	t.Run("EVAL remembers what it reads, not what it names", func(t *testing.T) {
		w, a := begin(t)
		a.do("EVAL", "return redis.call('get', 'k1')", 2, "k2", "k3")
		require.Equal(t, []string{"k1"}, w.held(a, "k1", "k2", "k3"))
	})
	for _, name := range []string{"EVAL_RO", "EVALSHA_RO", "FCALL_RO"} {
		t.Run(name, func(t *testing.T) {
			w, a := begin(t)
			script := "return redis.call('mget', KEYS[1], 'k3')"
			switch name {
			case "EVALSHA_RO":
				script = a.do("SCRIPT LOAD", script).(string)
			case "FCALL_RO":
				if docs := a.do("COMMAND DOCS FUNCTION"); len(docs.(resp.Map)) == 0 {
					t.Skip("functions are not there yet")
				}
				a.does("lib", "FUNCTION LOAD REPLACE", "#!lua name=lib\nredis.register_function{function_name='f', flags={'no-writes'}, callback=function(KEYS) "+script+" end}")
				script = "f"
			}
			a.do(name, script, 2, "k1", "k2")
			require.Equal(t, []string{"k1", "k3"}, w.held(a, "k1", "k2", "k3"))
		})
	}
	t.Run("a script that fails", func(t *testing.T) {
		w, a := begin(t)
		a.do("EVAL", "redis.call('get', 'k1') redis.call('lrange', 'k2', 0, -1) redis.call('get', 'k3')", 0)
		require.Equal(t, []string{"k1", "k2"}, w.held(a, "k1", "k2", "k3"))
	})
	t.Run("EXEC", func(t *testing.T) {
		w, a := begin(t)
		a.ok("MULTI")
		a.does("QUEUED", "GET k1")
		a.does("QUEUED", "GETEX k2")
		a.does("QUEUED", "EVAL", "return redis.call('get', 'k3')", 0)
		a.do("EXEC")
		require.Equal(t, []string{"k1", "k3"}, w.held(a, "k1", "k2", "k3"))
	})
	t.Run("tracking turned on inside", func(t *testing.T) {
		w := w.sub(t)
		c := w.v3()
		c.ok("MULTI")
		c.does("QUEUED", "GET k1")
		c.does("QUEUED", "CLIENT TRACKING ON")
		c.does("QUEUED", "GET k2")
		c.do("EXEC")
		require.Equal(t, []string{"k2"}, w.held(c, "k1", "k2"))
	})
	t.Run("OPTIN", func(t *testing.T) {
		w := w.sub(t)
		c := w.v3()
		c.track("OPTIN")
		c.do("EVAL", "return redis.call('get', 'k1')", 0)
		c.ok("CLIENT CACHING YES")
		c.do("EVAL", "return redis.call('get', 'k2')", 0)
		require.Equal(t, []string{"k2"}, w.held(c, "k1", "k2"))
	})
}

func TestRule22_NotKeys(t *testing.T) {
	w := newWorld(t)
	a, c := w.v3(), w.v3()
	a.track("")
	w.remembers(a, "SPUBLISH k v")
	w.remembers(a, "PUBLISH k v")
	a.does(resp.Push{"ssubscribe", "k", int64(1)}, "SSUBSCRIBE k")
	a.does(resp.Push{"sunsubscribe", "k", int64(0)}, "SUNSUBSCRIBE k")
	require.Zero(t, w.stat("tracking_total_keys"))
	w.remembers(a, "PUBSUB SHARDNUMSUB k")

	c.track("BCAST PREFIX other")
	c.reads("k", "other")
	require.Zero(t, w.stat("tracking_total_keys"))
	w.admin.ok("SET k v")
	c.gets()
}

func TestRule23_KeySpecs(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		line string
		keys []string
	}{
		{"SORT_RO list", []string{"list"}},
		{"SORT_RO list BY w_* GET d_* GET #", []string{"list"}},
		{"SINTERCARD 2 set set2", []string{"set", "set2"}},
		{"SINTERCARD 2 set set2 LIMIT 1", []string{"set", "set2"}},
		{"SINTERCARD 1 set set2", []string{"set"}},
		{"SINTERCARD 9 set set2", nil}, // no such number of keys
		{"SINTERCARD x set set2", nil},
		{"SINTERCARD 0 set", nil},
		{"ZUNION 2 zset zset2 WEIGHTS 1 2 WITHSCORES", []string{"zset", "zset2"}},
		{"ZINTER 2 zset set", []string{"zset", "set"}},
		{"ZDIFF 2 zset zset2", []string{"zset", "zset2"}},
		{"ZINTERCARD 2 zset zset2 LIMIT 1", []string{"zset", "zset2"}},
		{"ZRANGE zset 0 -1", []string{"zset"}},
		{"LCS string string2", []string{"string", "string2"}},
		{"MEMORY USAGE string", []string{"string"}},
		{"OBJECT HELP", nil},

		{"ZRANGESTORE none zset 9 10", nil},
		{"ZUNIONSTORE none 1 nokey", nil},
		{"SORT list STORE none", nil},
		{"LMPOP 2 none nokey LEFT", nil},
		{"BITOP AND none nokey nokey", nil},
		{"COPY nokey none", nil},
	} {
		t.Run(test.line, func(t *testing.T) {
			w := w.sub(t)
			a := w.v3()
			a.track("")
			w.fill()
			w.remembers(a, test.line, test.keys...)
		})
	}
}
