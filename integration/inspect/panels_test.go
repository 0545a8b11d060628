package inspect

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/inspect"
	"github.com/tattle-server/tattle/server/servertest"
)

// client is the row of a client in the panel of clients, as a condition of CSS.
func client(id string) string { return `[data-client="` + id + `"]` }

// TestClients: the panel shows how each client tracks, and its controls disturb the one that is chosen.
func TestClients(t *testing.T) {
	w := newWorld(t)
	w.read("k")
	w.named("heard")
	sent := w.named("sent")
	sent.Do("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "user:", "REDIRECT", w.id("heard"))
	p := open(t, w.url)
	p.row("client-row", "cache", "OPTIN")
	p.row("client-row", "sent", "BCAST", "user:", "→ "+w.id("heard"))

	p.clickOn(p.row("client-row", "cache"))
	p.click("do-hold")
	p.row("client-row", "cache", "pushes are held")
	w.write("k", "1")
	p.row("client-row", "cache", "1 held")
	_, hit := w.read("k")
	require.True(t, hit, "nothing has been told yet")
	p.click("do-release")
	w.Eventually(t, "the cache reads anew", func() bool { _, hit := w.read("k"); return !hit })

	p.click("do-drop")
	p.row("client-row", "cache", "dropped")
	w.write("k", "2")
	_, hit = w.read("k")
	require.True(t, hit, "the page has dropped the invalidation")

	p.clickOn(p.row("client-row", "sent"))
	p.click("do-breakredirect")
	p.row("client-row", "sent", "broken")
}

// TestTable: the table shows which keys are held, by whom, and what has changed.
func TestTable(t *testing.T) {
	w := newWorld(t)
	p := open(t, w.url)
	p.show("table")
	p.sees("tree-empty", "no key")
	w.read("user:1")
	w.read("user:2")
	p.sees("tree-leaf", "cache", `[data-path="user:1"]`)
	p.sees("tree-leaf", "cache", `[data-path="user:2"]`)
	p.row("tree-node", "user:", "2 keys")
	w.write("user:1", "Ann")
	p.gone("tree-leaf", `[data-path="user:1"]`)
	p.fill("tree-path", "nobody:")
	p.sees("tree-empty", "begins so")

	// A holder that is gone stays until its key changes.
	own := w.own()
	own.Do("GET", "left")
	own.Close()
	p.fill("tree-path", "left")
	p.waitFor(found("tree-leaf", ` .holder.gone`))
}

// TestPrefixes: prefixes stand there with their subscribers, and with what waits for the end of the cycle.
func TestPrefixes(t *testing.T) {
	w := newWorld(t)
	p := open(t, w.url)
	p.show("prefixes")
	p.sees("prefixes-empty", "BCAST")
	own := w.named("all-users")
	own.Do("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "user:")
	p.row("prefix-row", "user:", "all-users", "nothing")
	writer := w.named("writer")
	p.click("top-pause")
	p.waitFor(found("loop") + `?.dataset.paused === "true"`)
	writer.Send("SET", "user:1", "Ann")
	p.sees("loop", "1 wait")
	p.click("top-step")
	p.row("prefix-row", "user:1", "by "+w.id("writer"))
	p.click("top-endcycle")
	p.row("prefix-row", "user:", "nothing")
	require.Equal(t, "OK", writer.Read())
	p.click("top-resume")
	p.waitFor(found("loop") + `?.dataset.paused === "false"`)
}

// TestConsole: who types in the page types as one of the clients.
func TestConsole(t *testing.T) {
	w := newWorld(t)
	p := open(t, w.url)
	p.show("console")
	p.click("console-connect")
	p.sees("notice", "")
	p.waitFor(found("console-client") + `?.selectedOptions[0]?.text.includes("of this page")`)
	say := func(line, answer string) {
		t.Helper()
		p.fill("console-input", line)
		p.click("console-run")
		p.sees("console-log", line)
		p.sees("console-log", answer)
	}
	say("CLIENT TRACKING ON", "OK")
	say("GET user:1", "nil")
	w.write("user:1", "Ann")
	p.sees("console-log", "invalidate")
	say("GET user:1", "Ann")
	say("NONSENSE", "unknown command")
	id := value[string](p, found("console-client")+".value")
	require.Equal(t, w.id("page-1"), id)
	p.click("console-disconnect")
	w.Eventually(t, "the connection ends", func() bool { return len(w.Clients()) == 1 })
}

// TestIntercept: pushes that are held are let go one by one, in any order.
func TestIntercept(t *testing.T) {
	w := newWorld(t)
	own := w.named("own")
	own.Do("CLIENT", "TRACKING", "ON")
	for _, key := range []string{"a", "b", "c", "d"} {
		own.Do("GET", key)
	}
	p := open(t, w.url)
	p.show("intercept")
	p.waitFor(found("intercept-client", ` option[value="`+w.id("own")+`"]`))
	p.fill("intercept-client", w.id("own"))
	p.click("intercept-hold")
	w.Eventually(t, "the pushes are held", func() bool {
		return slices.ContainsFunc(w.Events(), func(e servertest.Event) bool { return e.Kind == servertest.Faulted })
	})
	for _, key := range []string{"a", "b", "c", "d"} {
		w.write(key, "1")
	}
	p.sees("queue", "4 held", client(w.id("own")))
	p.row("held-push", "[c]")
	p.click("release-one")
	p.sees("queue", "3 held")
	require.Equal(t, "a", key(own))
	p.click("release-this", `[aria-label="Release event `+w.message("c")+`"]`)
	p.sees("queue", "2 held")
	require.Equal(t, "c", key(own))
	p.click("drop-this") // of b
	p.sees("queue", "1 held")
	p.click("release-reversed")
	p.gone("queue")
	require.Equal(t, "d", key(own))
}

// key returns the key of the next invalidation.
func key(c *servertest.Conn) string {
	return c.ReadPush()[1].([]any)[0].(string)
}

// TestLoop: batches are stepped in any order, from the page.
func TestLoop(t *testing.T) {
	w := newWorld(t)
	first, second := w.named("first"), w.named("second")
	p := open(t, w.url)
	p.show("intercept")
	p.click("loop-pause")
	p.waitFor(found("loop") + `?.dataset.paused === "true"`)
	first.Send("SET", "k", "first")
	second.Send("SET", "k", "second")
	p.waitFor(found("batch", client(w.id("second"))))
	p.click("batch", client(w.id("second")))
	p.gone("batch", client(w.id("second")))
	p.click("batch", client(w.id("first")))
	p.gone("batch", client(w.id("first")))
	p.click("loop-endcycle")
	require.Equal(t, "OK", second.Read())
	require.Equal(t, "OK", first.Read())
	last, err := w.Get("k")
	require.NoError(t, err)
	require.Equal(t, "first", last)
	p.click("loop-resume")
	p.waitFor(found("loop") + `?.dataset.paused === "false"`)
	require.Equal(t, "PONG", first.Do("PING"))
}

// TestClock: the clock stops, and goes on when it is told.
func TestClock(t *testing.T) {
	w := newWorld(t)
	p := open(t, w.url)
	w.read("soon")
	require.NoError(t, w.writer.Set(context.Background(), "soon", "1", 0).Err())
	w.read("soon")
	p.show("intercept")
	p.click("clock-stop")
	p.waitFor(found("clock") + `?.dataset.stopped === "true"`)
	require.NoError(t, w.writer.Do(context.Background(), "PEXPIRE", "soon", "60000").Err())
	_, _ = w.read("soon")
	p.fill("clock-ms", "61000")
	p.click("clock-advance")
	p.row("diagram-row", "soon", "expired")
	require.Zero(t, w.writer.Exists(context.Background(), "soon").Val())
	p.click("clock-run")
	p.waitFor(found("clock") + `?.dataset.stopped === "false"`)
}

// TestHears: who would be told of a key, and if not, why not; and what has happened.
func TestHears(t *testing.T) {
	w := newWorld(t)
	own := w.own()
	own.Do("GET", "user:1")
	w.read("user:1")
	p := open(t, w.url)
	p.show("hears")
	p.fill("hears-key", "user:1")
	verdict := func(name string, told string) string {
		return found("verdict", client(w.id(name)), `[data-told="`+told+`"]`)
	}
	p.waitFor(verdict("cache", "true"))
	p.waitFor(verdict("own", "true"))
	p.fill("hears-by", w.id("own"))
	p.waitFor(verdict("own", "false") + `?.textContent.includes("NOLOOP")`)
	p.click("why")
	p.sees("story", "holds")
	w.write("user:1", "Ann")
	p.waitFor(verdict("cache", "false"))
}

// TestReadOnly: a page that changes nothing shows everything, and its controls are off.
func TestReadOnly(t *testing.T) {
	w := newWorld(t)
	url := w.page(inspect.Options{ReadOnly: true})
	p := open(t, url)
	w.read("user:1")
	p.sees("server-state", "read-only")
	p.row("diagram-row", "holds user:1")
	p.row("client-row", "cache")
	p.waitFor(`[...document.querySelectorAll('[data-testid^="do-"], [data-testid="top-pause"], [data-testid="top-stop"]')].every((e) => e.disabled)`)
	p.show("console")
	p.waitFor(found("console-input") + ".disabled")
	p.show("table")
	p.sees("tree-leaf", "cache")
}
