package server_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

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
