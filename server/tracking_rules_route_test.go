package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

func TestRule28_WhoIsSkipped(t *testing.T) {
	w := newWorld(t)

	t.Run("now BCAST", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k")
		a.ok("CLIENT TRACKING OFF")
		a.track("BCAST PREFIX x")
		w.admin.ok("SET k v")
		a.gets()
		require.Zero(t, w.stat("tracking_total_keys"))
	})
	t.Run("not tracking", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k")
		a.ok("CLIENT TRACKING OFF")
		w.admin.ok("SET k v")
		a.track("")
		w.admin.ok("SET k v")
		a.gets() // the id was taken out when it was skipped
	})
	t.Run("NOLOOP", func(t *testing.T) {
		w := w.sub(t)
		a, b := w.v3(), w.v3()
		a.track("NOLOOP")
		b.track("")
		for _, own := range [][]any{
			words("SET k v"), words("EVAL", "return redis.call('set', 'k', 'v')", 0), words("RPUSH k2 x"),
		} {
			key := "k"
			if own[0] == "RPUSH" {
				key = "k2"
			}
			for _, p := range []peer{a, b} {
				p.reads(key)
			}
			a.Do(own...)
			a.gets()
			b.gets(inv(key))
			w.admin.do("DEL " + key) // a holds it no more, though it was not told
			a.gets()
		}
		a.ok("MULTI")
		a.do("GET k")
		a.do("SET k v")
		a.do("EXEC")
		a.gets()
		a.reads("k")
		b.ok("SET k w") // another's change is told
		a.gets(inv("k"))
	})
	t.Run("NOLOOP and a key that expires under its hands", func(t *testing.T) {
		w := w.sub(t)
		w.admin.ok("DEBUG SET-ACTIVE-EXPIRE 0")
		a := w.v3()
		a.track("NOLOOP")
		w.pass(w.hold(a, 20, "k"))
		a.does(nil, "GET k")
		a.gets()
	})
	t.Run("NOLOOP and a blocked command that another releases", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("NOLOOP")
		a.do("EXISTS src dst")
		a.send("BLMOVE src dst LEFT LEFT 0")
		w.until(func() bool { return w.stat("blocked_clients") == 1 })
		w.admin.do("RPUSH src v")
		a.gets(inv("src"), "v") // dst it changed itself
	})
}

func TestRule29_NoRedirect(t *testing.T) {
	w := newWorld(t)
	a3, a2, sub := w.v3(), w.v2(), w.subscribed()
	a3.track("")
	a2.track("")
	a3.reads("k")
	a2.reads("k")
	w.admin.ok("SET k v")
	a3.gets(resp.Push{"invalidate", []any{"k"}})
	a2.gets()
	sub.gets() // the channel alone brings nothing

	// Subscribing does not help a RESP2 client that tracks without REDIRECT.
	a2.reads("k")
	a2.do("SUBSCRIBE __redis__:invalidate")
	w.admin.ok("SET k v")
	a2.gets()

	// Keys are bytes.
	const odd = "\x00\r\n \xff"
	a3.reads(odd, "")
	w.admin.does("OK", "MSET", odd, "v", "", "v")
	a3.gets(inv(odd), inv(""))
}

// When the tracked connection is gone, its target hears of that neither, nor of any
// change: a cache that rests on it must watch both.
func TestRule30_TrackedConnectionGone(t *testing.T) {
	w := newWorld(t)
	target, a := w.v3(), w.v3()
	a.track("REDIRECT", target.id)
	a.reads("k")
	w.admin.does(int64(1), "CLIENT KILL ID", a.id)
	w.admin.ok("SET k v")
	target.gets()
}

func TestRule30_RedirectTarget(t *testing.T) {
	w := newWorld(t)

	// redirect makes one change that p, which tracks, is to hear of at target.
	redirect := func(t *testing.T, w *world, target peer, want ...any) {
		t.Helper()
		for _, p := range []peer{w.v2(), w.v3()} {
			p.track("REDIRECT", target.id)
			p.reads("k")
			w.admin.ok("SET k v")
			target.gets(want...)
			p.gets()
			p.ok("CLIENT TRACKING OFF")
		}
	}
	t.Run("RESP3", func(t *testing.T) { w := w.sub(t); redirect(t, w, w.v3(), inv("k")) })
	t.Run("RESP3, subscribed", func(t *testing.T) {
		w := w.sub(t)
		target := w.v3()
		target.do("SUBSCRIBE __redis__:invalidate")
		redirect(t, w, target, inv("k"))
	})
	t.Run("RESP2", func(t *testing.T) { w := w.sub(t); redirect(t, w, w.v2()) })
	t.Run("RESP2, subscribed", func(t *testing.T) { w := w.sub(t); redirect(t, w, w.subscribed(), message("k")) })
	for _, line := range []string{"SUBSCRIBE other", "PSUBSCRIBE x*", "SSUBSCRIBE shard"} {
		t.Run("RESP2, "+line, func(t *testing.T) {
			w := w.sub(t)
			target := w.v2()
			target.do(line)
			redirect(t, w, target, message("k"))
		})
	}
	t.Run("RESP2, unsubscribed again", func(t *testing.T) {
		w := w.sub(t)
		target := w.subscribed()
		target.do("UNSUBSCRIBE")
		redirect(t, w, target)
	})
	t.Run("many keys in one message", func(t *testing.T) {
		w := w.sub(t)
		target, a := w.subscribed(), w.v2()
		a.track("BCAST PREFIX u: REDIRECT", target.id)
		w.admin.ok("MSET u:2 v u:1 v")
		target.gets(message("u:1", "u:2"))
		a.gets()
	})
	t.Run("itself", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("REDIRECT", a.id)
		a.reads("k")
		w.admin.ok("SET k v")
		a.gets(inv("k"))
	})
	t.Run("the one that writes", func(t *testing.T) {
		w := w.sub(t)
		a, target := w.v3(), w.v3()
		a.track("REDIRECT", target.id)
		a.reads("k1", "k2")
		target.ok("MSET k2 v k1 v") // its reply first, as always
		target.gets(inv("k2"), inv("k1"))
		a.reads("k1", "k2")
		target.ok("MULTI")
		target.do("SET k1 w")
		target.do("SET k2 w")
		target.does(list("OK", "OK"), "EXEC")
		target.gets(inv("k1"), inv("k2"))
		a.gets()
	})
	t.Run("the one that writes, with NOLOOP at the source", func(t *testing.T) {
		w := w.sub(t)
		a, target := w.v3(), w.v3()
		a.track("NOLOOP REDIRECT", target.id)
		a.reads("k")
		target.ok("SET k v") // not a's own change
		target.gets(inv("k"))
		a.reads("k")
		a.ok("SET k v")
		target.gets()
	})
}

func TestRule31_RedirectTargetGone(t *testing.T) {
	w := newWorld(t)
	a3, a2, target := w.v3(), w.v2(), w.v3()
	broken := resp.Push{"tracking-redir-broken", target.id}
	for _, p := range []peer{a3, a2} {
		p.track("REDIRECT", target.id)
		p.reads("k1", "k2")
	}
	w.close(target)
	require.Equal(t, "t", a3.info("flags"))
	w.admin.ok("MSET k1 v k2 v")
	a3.gets(broken, broken) // each time
	a2.gets()
	for _, p := range []peer{a3, a2} {
		require.Equal(t, "tR", p.info("flags"))
		p.does(target.id, "CLIENT GETREDIR")
	}
	a3.reads("k1")
	a3.ok("SET k1 v")
	a3.gets(broken) // behind the reply to its own command
	w.admin.ok("FLUSHALL")
	a3.gets(broken)
	a2.gets()

	a3.ok("CLIENT TRACKING OFF")
	other := w.v3()
	a3.track("BCAST REDIRECT", other.id)
	w.close(other)
	w.admin.ok("MSET k1 v k2 v")
	a3.gets(resp.Push{"tracking-redir-broken", other.id}) // once a message

	// Killed is gone as well.
	victim := w.v3()
	a2.track("REDIRECT", victim.id)
	a2.reads("k")
	w.admin.does(int64(1), "CLIENT KILL ID", victim.id)
	w.admin.ok("SET k v")
	require.Equal(t, "tR", a2.info("flags"))
}

func TestRule32_SourceGone(t *testing.T) {
	w := newWorld(t)
	a, b, target := w.v3(), w.v3(), w.v3()
	a.track("REDIRECT", target.id)
	b.track("BCAST REDIRECT", target.id)
	a.reads("k")
	w.close(a)
	w.close(b)
	target.gets()
	w.admin.ok("SET k v", "FLUSHALL")
	target.gets()
}

func TestRule33_ManyToOne(t *testing.T) {
	w := newWorld(t)
	to2, to3, a, b, c, d, e := w.subscribed(), w.v3(), w.v2(), w.v3(), w.v2(), w.v3(), w.v3()
	a.track("REDIRECT", to2.id)
	b.track("REDIRECT", to2.id)
	c.track("REDIRECT", to3.id)
	d.track("REDIRECT", to3.id)
	e.track("")
	for _, p := range []peer{a, b, c, d, e} {
		p.reads("k")
	}
	require.Equal(t, 5, w.stat("tracking_total_items"))
	w.admin.ok("SET k v")
	to2.gets(message("k"), message("k"))
	to3.gets(inv("k"), inv("k"))
	e.gets(inv("k"))
	for _, p := range []peer{a, b, c, d} {
		p.gets()
	}
}

func TestRule34_ReplyOffSilencesNoPush(t *testing.T) {
	w := newWorld(t)
	begin := func(t *testing.T) (*world, peer) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		return w, a
	}
	t.Run("OFF", func(t *testing.T) {
		w, a := begin(t)
		a.send("CLIENT REPLY OFF")
		a.send("GET k")
		w.until(func() bool { return w.stat("tracking_total_keys") == 1 })
		w.admin.ok("SET k v")
		a.next(inv("k"))
		a.pipe("GET k", "SET k w") // its own change, whose reply it does not get
		a.next(inv("k"))
		a.pipe("FLUSHALL", "CLIENT REPLY ON")
		a.gets(gone, "OK")
	})
	t.Run("OFF, pushes that come before the reply", func(t *testing.T) {
		w, a := begin(t)
		w.admin.ok("CONFIG SET maxmemory-policy volatile-ttl", "SET k v EX 1000")
		a.reads("k", "k2", "k3")
		a.pipe("CLIENT REPLY OFF", "CONFIG SET maxmemory 1", "PING") // k is evicted for PING
		a.next(inv("k"))
		a.pipe("CONFIG SET maxmemory 0", "CONFIG SET tracking-table-max-keys 1", "PING", "PING")
		a.Read()
		a.send("CONFIG SET tracking-table-max-keys 0")
		a.send("CLIENT REPLY ON")
		a.gets("OK")
		w.admin.ok("FLUSHALL")
		a.gets(gone)
	})
	t.Run("SKIP", func(t *testing.T) {
		_, a := begin(t)
		a.reads("k")
		a.pipe("CLIENT REPLY SKIP", "SET k v", "PING")
		a.gets(inv("k"), "PONG")
	})
	t.Run("BCAST", func(t *testing.T) {
		b := w.sub(t).v3()
		b.track("BCAST PREFIX b")
		b.send("CLIENT REPLY OFF")
		b.send("SET b1 v")
		b.next(inv("b1"))
		b.send("CLIENT REPLY ON")
		b.gets("OK")
	})
}
