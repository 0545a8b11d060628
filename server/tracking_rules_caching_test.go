package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

func TestRule14_CachingErrors(t *testing.T) {
	w := newWorld(t)
	a := w.v3()
	const (
		mode = "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled"
		yes  = "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."
		no   = "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."
	)
	a.fails(mode, "CLIENT CACHING YES")
	a.fails(mode, "CLIENT CACHING FOO")
	a.fails("ERR wrong number of arguments for 'client|caching' command", "CLIENT CACHING")
	a.track("")
	// Tracking, though in neither mode: then the word decides.
	a.fails(yes, "CLIENT CACHING YES")
	a.fails(no, "CLIENT CACHING NO")
	a.fails("ERR syntax error", "CLIENT CACHING FOO")
	a.track("OPTIN")
	a.ok("client caching yes")
	a.fails(no, "CLIENT CACHING NO")
	a.fails("ERR syntax error", "CLIENT CACHING FOO")
	a.ok("CLIENT TRACKING OFF")
	a.track("OPTOUT")
	a.fails(yes, "CLIENT CACHING YES")
	a.ok("CLIENT CACHING NO", "CLIENT TRACKING OFF")
	a.fails(mode, "CLIENT CACHING NO")
}

// held tells which of the keys p is told of when they change; they must be the
// only ones it holds.
func (w *world) held(p peer, keys ...string) []string {
	w.t.Helper()
	told := []string{}
	for _, key := range keys {
		w.admin.ok("SET " + key + " v")
		p.send("ECHO end")
		for v := p.Read(); v != "end"; v = p.Read() {
			require.Equal(w.t, inv(key), v)
			told = append(told, key)
		}
	}
	return told
}

func TestRule15_CachingIsUsedUp(t *testing.T) {
	w := newWorld(t)
	keys := []string{"k1", "k2", "k3"}
	begin := func(t *testing.T, options string) (*world, peer) {
		w := w.sub(t)
		a := w.v3()
		a.track(options)
		return w, a
	}

	t.Run("by the next command", func(t *testing.T) {
		w, a := begin(t, "OPTIN")
		a.ok("CLIENT CACHING YES")
		a.reads("k1", "k2")
		require.Equal(t, []string{"k1"}, w.held(a, keys...))
	})
	t.Run("by a command without keys", func(t *testing.T) {
		w, a := begin(t, "OPTIN")
		a.ok("CLIENT CACHING YES")
		a.does("PONG", "PING")
		a.reads("k1")
		require.Empty(t, w.held(a, keys...))
	})
	t.Run("by an unknown one", func(t *testing.T) {
		w, a := begin(t, "OPTIN")
		a.ok("CLIENT CACHING YES")
		a.do("NOSUCHCOMMAND")
		a.reads("k1")
		require.Empty(t, w.held(a, keys...))
		a.ok("CLIENT CACHING YES")
		a.do("CLIENT NOSUCHCOMMAND")
		a.reads("k1")
		require.Empty(t, w.held(a, keys...))
	})
	t.Run("not by CLIENT", func(t *testing.T) {
		w, a := begin(t, "OPTIN")
		a.ok("CLIENT CACHING YES")
		a.ID()
		a.do("CLIENT SETNAME")    // wrong arity
		a.do("CLIENT CACHING NO") // an error
		a.do("CLIENT TRACKINGINFO")
		flags, _, _ := a.state()
		require.Equal(t, []string{"on", "optin", "caching-yes"}, flags)
		a.reads("k1", "k2")
		require.Equal(t, []string{"k1"}, w.held(a, keys...))
	})
	t.Run("before MULTI", func(t *testing.T) {
		w, a := begin(t, "OPTIN")
		a.ok("CLIENT CACHING YES", "MULTI")
		a.does("QUEUED", "GET k1")
		a.does("QUEUED", "GET k2")
		a.do("EXEC")
		a.reads("k3")
		require.Equal(t, []string{"k1", "k2"}, w.held(a, keys...))
	})
	t.Run("inside MULTI", func(t *testing.T) {
		w, a := begin(t, "OPTIN")
		a.ok("MULTI")
		a.does("QUEUED", "GET k1")
		a.does("QUEUED", "CLIENT CACHING YES")
		a.does("QUEUED", "GET k2")
		a.does("QUEUED", "GET k3")
		a.do("EXEC")
		a.reads("k1")
		require.Equal(t, []string{"k2", "k3"}, w.held(a, keys...))
	})
	t.Run("DISCARD", func(t *testing.T) {
		w, a := begin(t, "OPTIN")
		a.ok("CLIENT CACHING YES", "MULTI")
		a.does("QUEUED", "GET k1")
		a.ok("DISCARD")
		a.reads("k2")
		require.Empty(t, w.held(a, keys...))
	})
	t.Run("a script", func(t *testing.T) {
		w, a := begin(t, "OPTIN")
		a.ok("CLIENT CACHING YES")
		a.do("EVAL", "redis.call('get', KEYS[1]) return redis.call('get', KEYS[2])", 2, "k1", "k2")
		a.reads("k3")
		require.Equal(t, []string{"k1", "k2"}, w.held(a, keys...))
	})
	t.Run("NO", func(t *testing.T) {
		w, b := begin(t, "OPTOUT")
		b.ok("CLIENT CACHING NO")
		b.reads("k1", "k2")
		require.Equal(t, []string{"k2"}, w.held(b, keys...))
		b.reads("k3")
		b.ok("CLIENT CACHING NO", "MULTI")
		b.does("QUEUED", "GET k1")
		b.does("QUEUED", "GET k2")
		b.do("EXEC")
		require.Equal(t, []string{"k3"}, w.held(b, keys...))
	})
}

func TestRule16_OptInAndOptOut(t *testing.T) {
	w := newWorld(t)
	in, out, b := w.v3(), w.v3(), w.v3()
	in.track("OPTIN")
	out.track("OPTOUT")
	for _, p := range []peer{in, out} {
		p.reads("k1")
	}
	in.ok("CLIENT CACHING YES")
	in.reads("k2")
	out.ok("CLIENT CACHING NO")
	out.reads("k2")
	b.ok("MSET k1 v k2 v")
	in.gets(inv("k2"))
	out.gets(inv("k1"))
}

func TestRule17_GetRedir(t *testing.T) {
	w := newWorld(t)
	a, b := w.v2(), w.v3()
	a.does(int64(-1), "CLIENT GETREDIR")
	a.track("")
	a.does(int64(0), "CLIENT GETREDIR")
	id := b.id
	a.track("REDIRECT", id)
	a.does(id, "CLIENT GETREDIR")
	w.close(b)
	a.does(id, "CLIENT GETREDIR")
	a.ok("CLIENT TRACKING OFF")
	a.does(int64(-1), "CLIENT GETREDIR")
}

func TestRule18_TrackingInfo(t *testing.T) {
	w := newWorld(t)
	a, b, writer := w.v3(), w.v3(), w.v3()
	check := func(redirect int64, prefixes []string, flags ...string) {
		t.Helper()
		f, r, p := a.state()
		require.Equal(t, flags, f)
		require.Equal(t, redirect, r)
		require.Equal(t, prefixes, p)
	}
	none := []string{}
	check(-1, none, "off")
	a.track("")
	check(0, none, "on")
	a.track("OPTIN NOLOOP")
	check(0, none, "on", "optin", "noloop")
	a.ok("CLIENT CACHING YES")
	check(0, none, "on", "optin", "caching-yes", "noloop")
	a.ok("CLIENT TRACKING OFF")
	a.track("OPTOUT")
	a.ok("CLIENT CACHING NO")
	check(0, none, "on", "optout", "caching-no")
	a.ok("CLIENT TRACKING OFF")
	id := b.id
	a.track("NOLOOP BCAST PREFIX b PREFIX c PREFIX a PREFIX A REDIRECT", id)
	check(id, []string{"A", "a", "b", "c"}, "on", "bcast", "noloop")
	w.close(b)
	writer.ok("SET b1 v")
	a.gets(resp.Push{"tracking-redir-broken", id})
	check(id, []string{"A", "a", "b", "c"}, "on", "bcast", "noloop", "broken_redirect")

	// A flat array on RESP2.
	c := w.v2()
	c.track("BCAST PREFIX p")
	c.does([]any{"flags", list("on", "bcast"), "redirect", int64(0), "prefixes", list("p")}, "CLIENT TRACKINGINFO")
	c.ok("CLIENT TRACKING OFF")
	c.does([]any{"flags", list("off"), "redirect", int64(-1), "prefixes", []any{}}, "CLIENT TRACKINGINFO")
}

func TestRule19_ClientList(t *testing.T) {
	w := newWorld(t)
	a, b, writer := w.v3(), w.v3(), w.v3()
	require.Equal(t, "N", a.info("flags"))
	require.Equal(t, "-1", a.info("redir"))
	a.track("")
	require.Equal(t, "t", a.info("flags"))
	require.Equal(t, "0", a.info("redir"))
	a.track("REDIRECT", b.id)
	a.reads("k")
	w.close(b)
	require.Equal(t, "t", a.info("flags")) // found out when there is something to say
	writer.ok("SET k v")
	a.Read()
	require.Equal(t, "tR", a.info("flags"))
	a.ok("CLIENT TRACKING OFF")
	require.Equal(t, "N", a.info("flags"))
	a.track("BCAST")
	require.Equal(t, "tB", a.info("flags"))
}
