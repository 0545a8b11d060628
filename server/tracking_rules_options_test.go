package server_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

func TestRule01_KeysCarryNoDatabase(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.v3(), w.v3(), w.v3()
	a.track("")
	c.track("BCAST")
	b.ok("SELECT 3")

	a.reads("k")
	b.ok("SET k v")
	a.gets(inv("k"))
	c.gets(inv("k"))

	// One entry, whichever database it was read in.
	a.reads("k")
	a.ok("SELECT 5")
	a.reads("k")
	require.Equal(t, 1, w.stat("tracking_total_keys"))
	require.Equal(t, 1, w.stat("tracking_total_items"))
	b.does(int64(1), "MOVE k 9")
	a.gets(inv("k"))
}

func TestRule02_PrefixesGatherChanges(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.v3(), w.v3(), w.v3()
	a.track("BCAST PREFIX u: PREFIX o:")
	c.track("BCAST NOLOOP PREFIX u:")
	b.ok("MSET u:2 x o:1 x u:1 x other x")
	a.gets(inv("o:1"), inv("u:1", "u:2"))
	c.gets(inv("u:1", "u:2"))

	// The last to change a key counts, not the first.
	b.ok("SET u:1 x")
	c.next(inv("u:1"))
	c.ok("SET u:1 y")
	c.gets()
	a.gets(inv("u:1"), inv("u:1"))
}

func TestRule03_StaleHoldersStay(t *testing.T) {
	w := newWorld(t)

	t.Run("disconnected", func(t *testing.T) {
		w := w.sub(t)
		a, c := w.v3(), w.v3()
		for _, p := range []peer{a, c} {
			p.track("")
			p.reads("k")
		}
		w.close(c)
		require.Equal(t, 2, w.stat("tracking_total_items"))
		w.admin.ok("SET k v")
		a.gets(inv("k"))
		require.Zero(t, w.stat("tracking_total_items"))
	})
	t.Run("off", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k")
		a.ok("CLIENT TRACKING OFF")
		require.Equal(t, 1, w.stat("tracking_total_items"))
		w.admin.ok("SET k v")
		a.gets()
		require.Zero(t, w.stat("tracking_total_keys"))
	})
	t.Run("off and on again", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k")
		a.ok("CLIENT TRACKING OFF")
		a.track("")
		w.admin.ok("SET k v")
		a.gets(inv("k")) // the id stood there all the time
	})
	t.Run("prefixes go at once", func(t *testing.T) {
		w := w.sub(t)
		c, d := w.v3(), w.v3()
		c.track("BCAST PREFIX x PREFIX y")
		d.track("BCAST PREFIX x")
		require.Equal(t, 2, w.stat("tracking_total_prefixes"))
		c.ok("CLIENT TRACKING OFF")
		require.Equal(t, 1, w.stat("tracking_total_prefixes"))
		w.admin.ok("SET x1 v")
		c.gets()
		d.gets(inv("x1"))
		w.close(d)
		require.Zero(t, w.stat("tracking_total_prefixes"))
	})
	t.Run("RESET", func(t *testing.T) {
		w := w.sub(t)
		c := w.v3()
		c.track("BCAST PREFIX x NOLOOP")
		c.does("RESET", "RESET")
		c.Hello3()
		flags, redirect, prefixes := c.state()
		require.Equal(t, []string{"off"}, flags)
		require.Equal(t, int64(-1), redirect)
		require.Empty(t, prefixes)
		require.Zero(t, w.stat("tracking_total_prefixes"))
	})
}

func TestRule04_Counters(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.v3(), w.v2(), w.v3()
	a.track("")
	a.track("") // again: no other client
	b.track("")
	c.track("BCAST PREFIX x PREFIX y")
	a.reads("k1", "k2")
	b.reads("k2", "k3")
	c.reads("k4")
	for name, n := range map[string]int{
		"tracking_clients": 3, "tracking_total_keys": 3, "tracking_total_items": 4, "tracking_total_prefixes": 2,
	} {
		require.Equal(t, n, w.stat(name), name)
	}
	for _, p := range []peer{a, b, c} {
		w.close(p)
	}
	for name, n := range map[string]int{
		"tracking_clients": 0, "tracking_total_keys": 3, "tracking_total_items": 4, "tracking_total_prefixes": 0,
	} {
		require.Equal(t, n, w.stat(name), name)
	}
}

func TestRule05_SyntaxErrors(t *testing.T) {
	w := newWorld(t)
	a := w.v3()
	for _, line := range []string{
		"CLIENT TRACKING ON FOO", "CLIENT TRACKING ON REDIRECT", "CLIENT TRACKING ON BCAST PREFIX", "CLIENT TRACKING FOO",
		"CLIENT TRACKING FOO BCAST", "CLIENT TRACKING OFF FOO", "CLIENT TRACKING ON YES", "CLIENT TRACKING ON BCAST PREFIX a b",
	} {
		a.fails("ERR syntax error", line)
	}
	a.fails("ERR wrong number of arguments for 'client|tracking' command", "CLIENT TRACKING")
	a.fails("ERR value is not an integer or out of range", "CLIENT TRACKING FOO REDIRECT x") // the first word comes last
	flags, _, _ := a.state()
	require.Equal(t, []string{"off"}, flags)
	a.ok("client tracking on noloop OptIn nOLOOp")
	flags, _, _ = a.state()
	require.Equal(t, []string{"on", "optin", "noloop"}, flags)
}

func TestRule06_RedirectErrors(t *testing.T) {
	w := newWorld(t)
	a, b := w.v3(), w.v3()
	const (
		two     = "ERR A client can only redirect to a single other client"
		integer = "ERR value is not an integer or out of range"
		missing = "ERR The client ID you want redirect to does not exist"
	)
	id := b.id
	a.fails(two, "CLIENT TRACKING ON", "REDIRECT", id, "REDIRECT", id)
	a.fails(two, "CLIENT TRACKING ON", "REDIRECT", id, "REDIRECT", "x")
	a.fails(two, "CLIENT TRACKING OFF", "REDIRECT", id, "REDIRECT", id)
	a.fails(integer, "CLIENT TRACKING ON REDIRECT x")
	a.fails(integer, "CLIENT TRACKING ON REDIRECT 1.5")
	a.fails(integer, "CLIENT TRACKING ON REDIRECT 9223372036854775808")
	a.fails(missing, "CLIENT TRACKING ON REDIRECT 999999999")
	a.fails(missing, "CLIENT TRACKING ON REDIRECT 0")
	a.fails(missing, "CLIENT TRACKING ON REDIRECT 0 FOO") // options are looked at in their order
	a.fails(missing, "CLIENT TRACKING ON REDIRECT -1")
	a.fails(missing, "CLIENT TRACKING OFF REDIRECT 999999999")
	a.fails("ERR syntax error", "CLIENT TRACKING ON FOO REDIRECT x")
	w.close(b)
	a.fails(missing, "CLIENT TRACKING ON REDIRECT", id)
	a.track("REDIRECT", a.id)
}

func TestRule07_PrefixNeedsBCast(t *testing.T) {
	w := newWorld(t)
	a := w.v3()
	const needs = "ERR PREFIX option requires BCAST mode to be enabled"
	a.fails(needs, "CLIENT TRACKING ON PREFIX a")
	a.fails(needs, "CLIENT TRACKING ON PREFIX a OPTIN OPTOUT")
	a.ok("CLIENT TRACKING OFF PREFIX a", "CLIENT TRACKING OFF BCAST OPTIN OPTOUT")
	a.track("BCAST PREFIX b")
	a.fails(needs, "CLIENT TRACKING ON PREFIX a") // before the switch of modes
}

func TestRule08_SwitchingBCast(t *testing.T) {
	w := newWorld(t)
	a := w.v3()
	const switching = "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode."
	a.track("")
	a.fails(switching, "CLIENT TRACKING ON BCAST")
	a.fails(switching, "CLIENT TRACKING ON BCAST OPTIN") // before their incompatibility
	a.fails(switching, "CLIENT TRACKING ON BCAST PREFIX a PREFIX a")
	a.ok("CLIENT TRACKING OFF")
	a.track("BCAST")
	a.fails(switching, "CLIENT TRACKING ON")
	a.fails(switching, "CLIENT TRACKING ON OPTIN OPTOUT")
}

func TestRule09_BCastWithOptInOrOut(t *testing.T) {
	w := newWorld(t)
	a := w.v3()
	const with = "ERR OPTIN and OPTOUT are not compatible with BCAST"
	a.fails(with, "CLIENT TRACKING ON BCAST OPTIN")
	a.fails(with, "CLIENT TRACKING ON OPTOUT BCAST")
	a.fails(with, "CLIENT TRACKING ON OPTOUT OPTIN BCAST")
	a.fails(with, "CLIENT TRACKING ON OPTOUT BCAST PREFIX a PREFIX a")
}

func TestRule10_OptInAndOut(t *testing.T) {
	w := newWorld(t)
	a := w.v3()
	const both = "ERR You can't specify both OPTIN mode and OPTOUT mode"
	const switching = "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode."
	a.fails(both, "CLIENT TRACKING ON OPTIN OPTOUT")
	a.track("OPTIN")
	a.fails(switching, "CLIENT TRACKING ON OPTOUT")
	a.fails(both, "CLIENT TRACKING ON OPTOUT OPTIN")
	a.ok("CLIENT TRACKING OFF")
	a.track("OPTOUT")
	a.fails(switching, "CLIENT TRACKING ON OPTIN")
	a.track("") // dropping the mode is allowed, and then the other may be taken
	a.track("OPTIN")
}

func TestRule11_PrefixOverlap(t *testing.T) {
	w := newWorld(t)
	existing := func(n, o string) string {
		return fmt.Sprintf("ERR Prefix '%s' overlaps with an existing prefix '%s'. Prefixes for a single client must not overlap.", n, o)
	}
	provided := func(a, b string) string {
		return fmt.Sprintf("ERR Prefix '%s' overlaps with another provided prefix '%s'. Prefixes for a single client must not overlap.", a, b)
	}
	t.Run("with one that is held", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("BCAST PREFIX user:")
		a.fails(existing("user:", "user:"), "CLIENT TRACKING ON BCAST PREFIX user:")
		a.fails(existing("user:1", "user:"), "CLIENT TRACKING ON BCAST PREFIX user:1")
		a.fails(existing("us", "user:"), "CLIENT TRACKING ON BCAST PREFIX us")
		a.fails(existing("", "user:"), "CLIENT TRACKING ON BCAST PREFIX", "")
		_, _, prefixes := a.state()
		require.Equal(t, []string{"user:"}, prefixes)
	})
	t.Run("within the command", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.fails(provided("a", "ab"), "CLIENT TRACKING ON BCAST PREFIX a PREFIX ab")
		a.fails(provided("ab", "a"), "CLIENT TRACKING ON BCAST PREFIX ab PREFIX x PREFIX a")
		a.fails(provided("a", "a"), "CLIENT TRACKING ON BCAST PREFIX a PREFIX a")
		flags, _, _ := a.state()
		require.Equal(t, []string{"off"}, flags)
	})
	t.Run("within the command, not the first", func(t *testing.T) {
		// Redis up to 8.0 goes on after this error: it also replies OK, and tracks.
		w := w.sub(t)
		a := w.v3()
		a.fails(provided("a", "ab"), "CLIENT TRACKING ON BCAST PREFIX x PREFIX a PREFIX ab")
		if w.redis {
			a.next("OK")
			return
		}
		flags, _, _ := a.state()
		require.Equal(t, []string{"off"}, flags)
	})
}

func TestRule12_OnAgain(t *testing.T) {
	w := newWorld(t)

	t.Run("default mode", func(t *testing.T) {
		w := w.sub(t)
		a, b := w.v3(), w.v3()
		a.track("OPTIN NOLOOP REDIRECT", b.id)
		a.ok("CLIENT CACHING YES")
		a.track("")
		flags, redirect, _ := a.state()
		require.Equal(t, []string{"on"}, flags)
		require.Zero(t, redirect)
		a.reads("k")
		w.admin.ok("SET k v")
		a.gets(inv("k"))
		b.gets()
	})
	t.Run("what is held stays held", func(t *testing.T) {
		w := w.sub(t)
		a, b := w.v3(), w.v3()
		a.track("")
		a.reads("k")
		a.track("NOLOOP REDIRECT", b.id)
		w.admin.ok("SET k v")
		b.gets(inv("k"))
		a.gets()
	})
	t.Run("the broken redirect is forgotten", func(t *testing.T) {
		w := w.sub(t)
		a, b := w.v3(), w.v3()
		a.track("REDIRECT", b.id)
		w.close(b)
		a.reads("k")
		w.admin.ok("SET k v")
		a.gets(resp.Push{"tracking-redir-broken", b.id})
		require.Contains(t, a.info("flags"), "R")
		a.track("")
		flags, _, _ := a.state()
		require.Equal(t, []string{"on"}, flags)
		require.NotContains(t, a.info("flags"), "R")
	})
	t.Run("prefixes are added", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("BCAST NOLOOP PREFIX b PREFIX c")
		a.track("BCAST PREFIX a")
		flags, _, prefixes := a.state()
		require.Equal(t, []string{"on", "bcast"}, flags)
		require.Equal(t, []string{"a", "b", "c"}, prefixes)
		a.track("BCAST") // every key, and no overlap
		a.track("BCAST")
		_, _, prefixes = a.state()
		require.Equal(t, []string{"", "a", "b", "c"}, prefixes)
		w.admin.ok("SET b1 v")
		a.gets(inv("b1"), inv("b1"))
		a.fails("ERR Prefix 'z' overlaps with an existing prefix ''. Prefixes for a single client must not overlap.",
			"CLIENT TRACKING ON BCAST PREFIX z")
	})
}

func TestRule13_Off(t *testing.T) {
	w := newWorld(t)
	a, b := w.v3(), w.v3()
	a.ok("CLIENT TRACKING OFF") // also where it was off
	a.track("OPTIN NOLOOP REDIRECT", b.id)
	a.ok("CLIENT CACHING YES", "CLIENT TRACKING OFF")
	flags, redirect, prefixes := a.state()
	require.Equal(t, []string{"off"}, flags)
	require.Equal(t, int64(-1), redirect)
	require.Empty(t, prefixes)
	a.track("OPTIN")
	a.reads("k") // were it armed still, this would be remembered
	require.Zero(t, w.stat("tracking_total_keys"))

	// On RESP2 without REDIRECT tracking is on, to no effect.
	c := w.v2()
	c.track("")
	c.reads("k")
	require.Equal(t, 1, w.stat("tracking_total_keys"))
	b.ok("SET k v")
	c.gets()
	require.Zero(t, w.stat("tracking_total_keys"))
	c.ok("CLIENT TRACKING OFF")
	c.track("BCAST")
	b.ok("SET k v", "FLUSHALL")
	c.gets()
}
