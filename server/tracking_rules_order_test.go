package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

func TestRule35_OneStream(t *testing.T) {
	w := newWorld(t)

	t.Run("pushes stand between replies", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k1", "k2")
		a.ok("MULTI")
		w.admin.ok("SET k1 v")
		a.send("SET x v")
		a.next(inv("k1"), "QUEUED")
		w.admin.ok("SET k2 v")
		a.send("EXEC")
		a.gets(inv("k2"), list("OK"))
	})
	t.Run("a pipeline", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k1", "k2")
		a.pipe("SET k1 v", "GET k1", "MSET k1 w k2 w", "PING", "GET k2", "DEL k1 k2", "PING")
		a.gets("OK", inv("k1"), "v", "OK", inv("k1"), inv("k2"), "PONG", "w", int64(2), inv("k2"), "PONG")
	})
	t.Run("while blocked", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k")
		a.send("BLPOP l 0")
		w.until(func() bool { return w.stat("blocked_clients") == 1 })
		w.admin.ok("SET k v")
		a.next(inv("k"))
		w.admin.do("RPUSH l x")
		a.gets(list("l", "x"))
	})
	t.Run("among Pub/Sub messages", func(t *testing.T) {
		w := w.sub(t)
		w.admin.ok("CONFIG SET notify-keyspace-events KEA")
		a := w.v3()
		a.track("")
		a.reads("k")
		a.do("SUBSCRIBE __keyevent@0__:set __keyevent@0__:del")
		a.Read()
		event := func(event string) resp.Push { return resp.Push{"message", "__keyevent@0__:" + event, "k"} }
		w.admin.ok("SET k v")
		a.gets(inv("k"), event("set"))
		a.reads("k")
		a.ok("SET k v") // its own change: all behind the reply, the messages first
		a.gets(event("set"), inv("k"))
		a.reads("k")
		a.ok("MULTI")
		a.do("SET k v")
		a.do("GET k")
		a.do("DEL k")
		a.does([]any{"OK", "v", int64(1)}, "EXEC")
		a.gets(event("set"), event("del"), inv("k"), inv("k"))
		a.track("REDIRECT", a.id)
		a.reads("k")
		a.ok("SET k v")
		a.gets(event("set"), inv("k"))

		// As the target of another one's redirection it hears in the order of what happens.
		a.ok("CLIENT TRACKING OFF")
		b := w.v3()
		b.track("REDIRECT", a.id)
		b.reads("k")
		a.ok("SET k v")
		a.gets(inv("k"), event("set"))
	})
	t.Run("under fire", func(t *testing.T) {
		const rounds = 300
		w := w.sub(t)
		a, b := w.v3(), w.v3()
		a.track("BCAST PREFIX k")
		w.admin.do("RPUSH list " + strings.Repeat("element ", 300))
		fire, want := []string{}, []any{}
		for i := range rounds {
			fire = append(fire, fmt.Sprintf("MSET k%d v x%d v", i, i))
			want = append(want, "OK")
		}
		whole := a.do("LRANGE list 0 -1")
		for range rounds / 10 {
			b.pipe(fire[:10]...)
			a.pipe("LRANGE list 0 -1", "SET x v", "LRANGE list 0 -1")
			fire = fire[10:]
		}
		b.gets(want...)
		a.send("ECHO end")
		replies, told := 0, map[any]bool{}
		for v := a.Read(); v != "end"; v = a.Read() {
			push, isPush := v.(resp.Push)
			switch {
			case isPush:
				for _, key := range push[1].([]any) {
					require.False(t, told[key], "%v is told twice", key)
					told[key] = true
				}
				continue
			case replies%3 == 1:
				require.Equal(t, "OK", v)
			default:
				require.Equal(t, whole, v)
			}
			replies++
		}
		require.Equal(t, rounds/10*3, replies)
		require.Len(t, told, rounds)
	})
}

func TestRule36_OthersFirst(t *testing.T) {
	const rounds = 100
	w := newWorld(t)
	writer, byDefault, byPrefix, to2, to3, source := w.v2(), w.v3(), w.v3(), w.subscribed(), w.v3(), w.v2()
	byDefault.track("")
	byPrefix.track("BCAST PREFIX k")
	source.track("REDIRECT", to3.id)
	w.v2().track("BCAST PREFIX k REDIRECT", to2.id)
	for i := range rounds {
		key := fmt.Sprintf("k%d", i)
		byDefault.reads(key)
		source.reads(key)
		writer.ok("SET " + key + " v")
		// From here on it must come before any reply.
		byDefault.send("PING")
		byDefault.next(inv(key), "PONG")
		byPrefix.send("PING")
		byPrefix.next(inv(key), "PONG")
		to3.send("PING")
		to3.next(inv(key), "PONG")
		to2.send("PING")
		to2.next(message(key), list("pong", ""))
	}
	// Also where one command makes many changes, and where it is a transaction.
	byDefault.reads("k1", "k2")
	writer.ok("MULTI")
	writer.do("SET k1 w")
	writer.do("EVAL", "return redis.call('set', 'k2', 'w')", 0)
	writer.does(list("OK", "OK"), "EXEC")
	byDefault.gets(each("k1", "k2")...)
	byPrefix.gets(inv("k1", "k2"))

	// The writer does not wait for its reply.
	byDefault.reads("k1")
	hasty := w.v2()
	hasty.send("SET k1 v")
	hasty.Close()
	byDefault.next(inv("k1"))
	byPrefix.next(inv("k1"))
}

func TestRule37_OwnWrites(t *testing.T) {
	w := newWorld(t)

	t.Run("a command", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k1", "k2", "k3")
		a.ok("MSET k3 v k1 v k2 v k1 w")
		a.gets(each("k3", "k1", "k2")...)
		a.reads("k1", "k2")
		a.does(int64(2), "DEL k2 k1")
		a.gets(each("k2", "k1")...)
	})
	t.Run("a transaction", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k1", "k2")
		a.ok("MULTI")
		for _, line := range []string{"SET k2 v", "GET new", "SET new v", "SET k1 v", "SET new w", "GET new", "GET k4"} {
			a.does("QUEUED", line)
		}
		a.does([]any{"OK", nil, "OK", "OK", "OK", "w", nil}, "EXEC")
		a.gets(each("k2", "new", "k1")...)
		w.admin.ok("MSET new x k4 x")
		a.gets(each("new", "k4")...)
	})
	t.Run("a key read, written and read again", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.ok("MULTI")
		for range 2 {
			a.do("GET k")
			a.do("SET k v")
		}
		a.do("EXEC")
		a.gets(inv("k"), inv("k")) // one for each time it was held
	})
	t.Run("a script", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k1", "k2")
		a.does("done", "EVAL", "redis.call('set', 'k2', 'v') redis.call('get', 'k3') redis.call('mset', 'k1', 'v', 'k3', 'v') return 'done'", 0)
		a.gets(each("k2", "k1", "k3")...)
		a.reads("k1")
		err, isError := a.do("EVAL", "redis.call('set', 'k1', 'v') return redis.call('lpop', 'k1')", 0).(resp.Error)
		require.True(t, isError)
		require.Contains(t, string(err), "WRONGTYPE")
		a.gets(inv("k1")) // after the error, too
	})
	t.Run("a script in a transaction", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k1", "k2")
		a.ok("MULTI")
		a.do("EVAL", "return redis.call('set', 'k2', 'v')", 0)
		a.do("SET k1 v")
		a.do("PING")
		a.does(list("OK", "OK", "PONG"), "EXEC")
		a.gets(each("k2", "k1")...)
	})
	t.Run("EXEC that fails changes nothing", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k")
		a.ok("WATCH k")
		w.admin.ok("SET k other")
		a.send("MULTI")
		a.next(inv("k"), "OK")
		a.do("SET k v")
		a.does(nil, "EXEC")
		a.gets()
	})
	t.Run("tracking turned off after the change", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k")
		a.ok("MULTI")
		a.do("SET k v")
		a.do("CLIENT TRACKING OFF")
		a.does(list("OK", "OK"), "EXEC")
		a.gets(inv("k"))

		b, target := w.v3(), w.v3()
		b.track("REDIRECT", target.id)
		b.reads("k")
		b.ok("MULTI")
		b.do("SET k v")
		b.do("FLUSHALL")
		b.do("CLIENT TRACKING OFF")
		b.do("EXEC")
		b.gets()
		target.gets(inv("k"), gone)
	})
	t.Run("another protocol after the change", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k")
		a.ok("MULTI")
		a.do("SET k v")
		a.do("FLUSHALL")
		a.do("HELLO 2")
		a.send("EXEC")
		a.Read()
		a.gets()
	})
	t.Run("RESP2 by redirection", func(t *testing.T) {
		w := w.sub(t)
		a, target := w.v2(), w.subscribed()
		a.track("REDIRECT", target.id)
		a.reads("k1", "k2")
		a.ok("MSET k2 v k1 v")
		target.gets(message("k2"), message("k1"))
	})
}

func TestRule38_EvictionBeforeTheReply(t *testing.T) {
	for _, options := range []string{"", "NOLOOP"} {
		t.Run("default "+options, func(t *testing.T) {
			w := newWorld(t)
			a, b := w.v3(), w.v3()
			w.admin.ok("CONFIG SET maxmemory-policy volatile-ttl", "SET k v EX 1000")
			a.track(options)
			b.track("")
			a.reads("k")
			b.reads("k")
			a.pipe("CONFIG SET maxmemory 1", "PING")
			a.next("OK")
			if options == "" {
				a.next(inv("k"))
			}
			a.gets("PONG") // with NOLOOP it counts as a's own change
			b.gets(inv("k"))
			require.Equal(t, 1, w.stat("evicted_keys"))
		})
	}
	t.Run("BCAST NOLOOP", func(t *testing.T) {
		w := newWorld(t)
		a := w.v3()
		w.admin.ok("CONFIG SET maxmemory-policy volatile-ttl", "SET k v EX 1000")
		a.track("BCAST NOLOOP")
		a.pipe("CONFIG SET maxmemory 1", "PING")
		a.gets("OK", "PONG", inv("k")) // at the end of the cycle, as nobody's own
	})
}

func TestRule39_ReleasedByAnother(t *testing.T) {
	w := newWorld(t)
	block := func(t *testing.T, options string) (*world, peer, peer) {
		w := w.sub(t)
		a, b := w.v3(), w.v3()
		a.track(options)
		b.track("")
		w.admin.do("DEL src dst")
		a.do("EXISTS src dst")
		b.do("EXISTS src dst")
		a.send("BLMOVE src dst LEFT LEFT 0")
		w.until(func() bool { return w.stat("blocked_clients") == 1 })
		return w, a, b
	}
	t.Run("default", func(t *testing.T) {
		w, a, b := block(t, "")
		w.admin.does(int64(1), "RPUSH src v")
		a.gets(inv("src"), "v", inv("dst"))
		b.gets(inv("src"), inv("dst"))
	})
	t.Run("inside a transaction", func(t *testing.T) {
		w, a, b := block(t, "")
		w.admin.ok("MULTI")
		w.admin.do("RPUSH src v")
		w.admin.do("SET other v")
		w.admin.do("EXEC")
		a.gets(inv("src"), "v", inv("dst"))
		b.gets(inv("src"), inv("dst"))
	})
	t.Run("by a script", func(t *testing.T) {
		w, a, _ := block(t, "")
		w.admin.do("EVAL", "return redis.call('rpush', 'src', 'v', 'w')", 0)
		a.gets(inv("src"), "v", inv("dst"))
	})
	t.Run("by the holder of what it moves", func(t *testing.T) {
		_, a, b := block(t, "")
		b.does(int64(1), "RPUSH src v")
		b.gets(inv("src"), inv("dst"))
		a.gets(inv("src"), "v", inv("dst"))
	})
	t.Run("BCAST", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("BCAST")
		a.send("BLMOVE bsrc bdst LEFT LEFT 0")
		w.until(func() bool { return w.stat("blocked_clients") == 1 })
		w.admin.does(int64(1), "RPUSH bsrc v")
		a.gets("v", inv("bdst", "bsrc"))
	})
	t.Run("BCAST NOLOOP", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("BCAST NOLOOP")
		a.send("BLMOVE nsrc ndst LEFT LEFT 0")
		w.until(func() bool { return w.stat("blocked_clients") == 1 })
		w.admin.does(int64(1), "RPUSH nsrc v")
		a.gets("v") // both were changed by it last
	})
	t.Run("gone before it is released", func(t *testing.T) {
		w, a, b := block(t, "")
		w.close(a)
		w.admin.does(int64(1), "RPUSH src v")
		b.gets(inv("src"))
	})
	t.Run("a timeout", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("tsrc")
		a.send("BLMOVE tsrc tdst LEFT LEFT 0.01")
		a.gets(nil)
	})
}

func TestRule40_ExpiryWhileReading(t *testing.T) {
	w := newWorld(t)
	a, b := w.v3(), w.v3()
	w.admin.ok("DEBUG SET-ACTIVE-EXPIRE 0")
	a.track("")
	b.track("BCAST NOLOOP")

	w.pass(w.hold(a, 20, "k"))
	a.send("GET k")
	a.gets(nil, inv("k"))
	b.gets(inv("k"), inv("k")) // as it was set, and as it expired
	w.admin.ok("SET k v")      // a holds it: that it is not there
	a.gets(inv("k"))
	b.gets(inv("k"))

	// In a transaction, and among others.
	w.pass(w.hold(a, 20, "k1", "k2"))
	a.send("MGET k2 k k1")
	a.gets([]any{nil, "v", nil}, inv("k2"), inv("k1"))
	at := w.hold(a, 20, "k1")
	a.next(inv("k1")) // it held it
	w.pass(at)
	a.ok("MULTI")
	a.do("GET k1")
	a.do("PING")
	a.does([]any{nil, "PONG"}, "EXEC")
	a.gets(inv("k1"))
	require.Equal(t, []string{"k", "k1", "k2"}, w.held(a, "k", "k1", "k2"))
}

func TestRule41_BCastOrder(t *testing.T) {
	w := newWorld(t)
	begin := func(t *testing.T) (_ *world, a, b peer) {
		w := w.sub(t)
		a, b = w.v3(), w.v3()
		a.track("BCAST PREFIX u: PREFIX A PREFIX o:")
		b.track("BCAST")
		return w, a, b
	}
	t.Run("bytes decide", func(t *testing.T) {
		w, a, b := begin(t)
		w.admin.ok("MSET u:b 1 o:2 1 u:a 1 A 1 u:B 1 o:10 1 other 1 u: 1")
		a.gets(inv("A"), inv("o:10", "o:2"), inv("u:", "u:B", "u:a", "u:b"))
		b.gets(inv("A", "o:10", "o:2", "other", "u:", "u:B", "u:a", "u:b"))
	})
	t.Run("each key once a cycle", func(t *testing.T) {
		w, a, b := begin(t)
		w.admin.pipe("SET u:1 v", "SET u:1 w", "DEL u:1", "MULTI", "SET u:1 x", "SET u:2 x", "EXEC")
		for range 7 {
			w.admin.Read()
		}
		a.gets(inv("u:1", "u:2"))
		b.gets(inv("u:1", "u:2"))
	})
	t.Run("behind the replies in the queue", func(t *testing.T) {
		_, a, b := begin(t)
		a.pipe("SET u:1 v", "GET u:1", "PING")
		a.gets("OK", "v", "PONG", inv("u:1"))
		b.gets(inv("u:1"))
	})
	t.Run("a flush does not wait, nor does it drop what waits", func(t *testing.T) {
		w, a, b := begin(t)
		w.admin.pipe("SET u:1 v", "FLUSHALL ASYNC")
		w.admin.next("OK", "OK")
		a.gets(gone, inv("u:1"))
		b.gets(gone, inv("u:1"))
	})
	t.Run("what waits goes with the prefix's last subscriber", func(t *testing.T) {
		w, _, b := begin(t)
		c := w.v3()
		c.track("BCAST PREFIX c")
		c.pipe("SET c1 v", "CLIENT TRACKING OFF", "PING")
		c.gets("OK", "OK", "PONG")
		b.gets(inv("c1"))
	})
}

func TestRule42_BCastNoLoop(t *testing.T) {
	w := newWorld(t)
	begin := func(t *testing.T) (_ *world, a, b peer) {
		w := w.sub(t)
		a, b = w.v3(), w.v3()
		a.track("BCAST NOLOOP")
		b.track("BCAST")
		return w, a, b
	}
	t.Run("its own are left out", func(t *testing.T) {
		_, a, b := begin(t)
		a.ok("SET k v")
		a.gets()
		b.gets(inv("k"))
		a.ok("MULTI")
		a.do("SET k1 v")
		a.do("SET k2 v")
		a.do("EXEC")
		a.gets()
		b.gets(inv("k1", "k2"))
	})
	t.Run("what its own script changes is not its own", func(t *testing.T) {
		_, a, b := begin(t)
		a.does("OK", "EVAL", "return redis.call('set', 'k', 'v')", 0)
		a.gets(inv("k"))
		b.gets(inv("k"))
	})
	t.Run("what its key's expiry changes is not its own", func(t *testing.T) {
		w, a, _ := begin(t)
		w.admin.ok("DEBUG SET-ACTIVE-EXPIRE 0")
		w.pass(w.hold(w.admin, 10, "k"))
		a.gets(inv("k"))
		a.does(nil, "GET k")
		a.gets(inv("k"))
		w.admin.ok("DEBUG SET-ACTIVE-EXPIRE 1")
	})
	t.Run("expired and written in one command", func(t *testing.T) {
		w, a, _ := begin(t)
		w.admin.ok("DEBUG SET-ACTIVE-EXPIRE 0")
		w.pass(w.hold(w.admin, 10, "k"))
		a.gets(inv("k"))
		a.does(int64(1), "RPUSH k v") // the last to change it is a
		a.gets()
		w.admin.ok("DEBUG SET-ACTIVE-EXPIRE 1")
	})
	t.Run("a flush is told", func(t *testing.T) {
		_, a, _ := begin(t)
		a.send("FLUSHALL")
		a.gets(gone, "OK")
	})
	t.Run("redirected", func(t *testing.T) {
		w := w.sub(t)
		c, target := w.v3(), w.v3()
		c.track("BCAST NOLOOP PREFIX r REDIRECT", target.id)
		c.ok("SET r1 v")
		target.gets()
		target.ok("SET r1 v")
		target.gets(inv("r1"))
	})
}

func TestRule43_ProtocolChange(t *testing.T) {
	w := newWorld(t)
	a := w.v3()
	a.track("")
	a.reads("k1", "k2")
	a.do("HELLO 2")
	w.admin.ok("SET k1 v")
	a.gets()
	a.Hello3()
	w.admin.ok("MSET k1 v k2 v")
	a.gets(inv("k2"))

	// A target that changes.
	b, target := w.v2(), w.subscribed()
	b.track("REDIRECT", target.id)
	change := func(want ...any) {
		t.Helper()
		b.reads("k")
		w.admin.ok("SET k v")
		target.gets(want...)
	}
	change(message("k"))
	target.do("UNSUBSCRIBE")
	change()
	target.Hello3()
	change(inv("k"))

	// In one batch.
	a.reads("k1")
	a.pipe("SET k1 v", "HELLO 2", "GET k1", "SET k1 v", "HELLO 3", "PING")
	a.next("OK", inv("k1"))
	_, isArray := a.Read().([]any)
	require.True(t, isArray)
	a.next("v", "OK")
	_, isMap := a.Read().(resp.Map)
	require.True(t, isMap)
	a.gets("PONG")
}

// TestRule44_ManyPrefixes: each subscriber hears of its own prefix only. That the
// cost is as promised is shown by the benchmarks of prefixtable and tracking.
func TestRule44_ManyPrefixes(t *testing.T) {
	const prefixes = 2000
	w := newWorld(t)
	a, b := w.v3(), w.v3()
	var args []any
	for i := range prefixes {
		args = append(args, "PREFIX", fmt.Sprintf("t%04d:", i))
	}
	a.track("BCAST", args...)
	b.track("BCAST PREFIX t0042:k PREFIX t004:")
	require.Equal(t, prefixes+2, w.stat("tracking_total_prefixes"))
	w.admin.ok("MSET t0042:k v t1999: v t9999:k v t v")
	a.gets(inv("t0042:k"), inv("t1999:"))
	b.gets(inv("t0042:k"))
}

// TestRule45_OneMessageForAll: with and without NOLOOP, on both protocols, the
// keys are the same bytes.
func TestRule45_OneMessageForAll(t *testing.T) {
	w := newWorld(t)
	to2 := w.subscribed()
	w.v2().track("BCAST PREFIX k REDIRECT", to2.id)
	var all []peer
	for i := range 20 {
		p := w.v3()
		p.track("BCAST PREFIX k" + []string{"", " NOLOOP"}[i%2])
		all = append(all, p)
	}
	w.admin.ok("MSET k2 v k1 v k3 v")
	for _, p := range all {
		p.gets(inv("k1", "k2", "k3"))
	}
	to2.gets(message("k1", "k2", "k3"))

	all[1].ok("SET k v")
	for i, p := range all {
		if i == 1 {
			p.gets()
		} else {
			p.gets(inv("k"))
		}
	}
	to2.gets(message("k"))
}
