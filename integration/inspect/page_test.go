package inspect

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/inspect"
	"github.com/tattle-server/tattle/server/servertest"
)

// own is a client that hears nothing of what it writes itself.
func (w *world) own() *servertest.Conn {
	w.t.Helper()
	c := w.named("own")
	c.Do("CLIENT", "TRACKING", "ON", "NOLOOP")
	return c
}

// TestDiagram: what clients do stands in the diagram, with what they are told and what they are not.
func TestDiagram(t *testing.T) {
	w := newWorld(t)
	own := w.own()
	p := open(t, w.url)
	w.read("user:1")
	w.write("user:1", "Ann")
	own.Do("GET", "mine")
	own.Do("SET", "mine", "1")
	p.row("diagram-column", "cache", "OPTIN")
	p.row("diagram-column", "writer", "no tracking")
	p.row("diagram-row", "EXEC", "holds user:1")
	p.row("diagram-row", "set user:1 Ann", "forgets user:1")
	p.waitFor(found("diagram-row", `[data-type="push"]`) + `?.textContent.includes("invalidate [user:1]")`)
	p.waitFor(found("diagram-row", `[data-type="unsent"]`) + `?.textContent.includes("not sent: NOLOOP (rule 28)")`)
	dashes := value[string](p, `getComputedStyle(`+found("diagram-row", `[data-type="unsent"] .arrow`)+`, "::before").borderTopStyle + getComputedStyle(`+found("diagram-row", `[data-type="unsent"] .arrow`)+`).borderTopStyle`)
	require.Contains(t, dashes, "dashed")
}

// TestSelection: diagram, list, detail and address agree about what is chosen, and follow causes.
func TestSelection(t *testing.T) {
	w := newWorld(t)
	own := w.own()
	own.Do("GET", "mine")
	own.Do("SET", "mine", "1")
	p := open(t, w.url)
	unsent := found("diagram-row", `[data-type="unsent"]`)
	p.clickOn(unsent)
	p.sees("detail-title", "not sent")
	p.sees("detail-outcome", "NOLOOP")
	p.sees("detail-outcome", "rule 28")
	p.sees("detail-causes", "SET mine 1")
	event := value[string](p, unsent+".dataset.event")
	p.show("events")
	p.waitFor(found("event-row", `[data-event="`+event+`"]`) + `?.getAttribute("aria-selected") === "true"`)
	require.Equal(t, "#e="+event, value[string](p, "location.hash"))

	// The address leads there again.
	p.run(chromedp.Navigate("about:blank"))
	other := open(t, w.url+"#e="+event)
	other.sees("detail-outcome", "NOLOOP")
	other.waitFor(unsent + `?.getAttribute("aria-selected") === "true"`)

	// To the cause, and from there to its effect.
	other.press("c")
	other.sees("detail-title", "SET mine 1")
	other.press("e")
	other.sees("detail-outcome", "NOLOOP")
	other.press(kb.Escape)
	other.sees("detail", "Choose a row")
}

// TestBytes: what was sent stands there as values, as lines and as a dump.
func TestBytes(t *testing.T) {
	w := newWorld(t)
	p := open(t, w.url)
	w.read("user:1")
	w.write("user:1", "Ann")
	p.show("events")
	p.clickOn(p.row("event-row", "pushed", "invalidate"))
	p.sees("detail-bytes", "invalidate")
	p.clickOn(found("detail-bytes", ` button:nth-of-type(2)`))
	p.sees("detail-bytes", ">2")
	p.sees("detail-bytes", "$10")
	p.clickOn(found("detail-bytes", ` button:nth-of-type(3)`))
	p.sees("detail-bytes", "3e 32 0d 0a")
}

// TestFilter: the filter chooses rows, says how many, and what is wrong with it.
func TestFilter(t *testing.T) {
	w := newWorld(t)
	w.read("user:1")
	w.write("user:1", "Ann")
	w.own().Do("SET", "other", "1")
	p := open(t, w.url)
	p.row("diagram-row", "SET other 1")
	p.fill("filter", "key:user:*")
	p.row("diagram-row", "set user:1 Ann")
	p.waitFor(`![...document.querySelectorAll('[data-testid="diagram-row"]')].some((e) => e.textContent.includes("SET other 1"))`)
	p.fill("filter", "key:nothing")
	p.sees("diagram-empty", "Nothing of")
	p.fill("filter", "not-sent")
	p.sees("diagram-empty", "Nothing of")
	p.fill("filter", "kind:nonsense")
	p.waitFor(found("filter-error") + ".innerText.length > 0")
	p.click("filter-clear")
	p.row("diagram-row", "SET other 1")
}

// TestPause: the view stands still and then catches up. The server goes on.
func TestPause(t *testing.T) {
	w := newWorld(t)
	p := open(t, w.url)
	p.press(" ")
	p.sees("pause", "Resume")
	w.write("while:paused", "1")
	p.waitFor(found("pause") + `.innerText.match(/[1-9]\d* new/)`)
	require.NotContains(t, value[string](p, "document.body.innerText"), "while:paused")
	p.click("pause")
	p.row("diagram-row", "set while:paused 1")
}

// TestLooks: help, panels and colours, by mouse and keyboard.
func TestLooks(t *testing.T) {
	w := newWorld(t)
	p := open(t, w.url)
	p.press("?")
	p.waitFor(found("help") + ".open")
	p.click("help-close")
	p.waitFor("!" + found("help") + ".open")
	p.press("2")
	p.waitFor(found("panel-table"))
	p.press("d")
	p.gone("panel-table")
	background := `getComputedStyle(document.body).backgroundColor`
	auto := value[string](p, background)
	p.press("t")
	p.waitFor(`document.documentElement.dataset.theme === "dark"`)
	require.NotEqual(t, auto, value[string](p, background), "Chromium is light by itself")
	p.click("theme")
	p.waitFor(`document.documentElement.dataset.theme === "light"`)
}

// TestFiles: a recording is saved, loaded, replayed, and compared with another.
func TestFiles(t *testing.T) {
	w := newWorld(t)
	p := open(t, w.url)
	w.read("user:1")
	w.write("user:1", "Ann")
	p.row("diagram-row", "set user:1 Ann")
	jsonl := value[string](p, `fetch("record?format=jsonl").then((r) => r.text())`)
	require.Contains(t, jsonl, `"words":["set","user:1","Ann"]`)
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.jsonl"), filepath.Join(dir, "b.jsonl")
	require.NoError(t, os.WriteFile(a, []byte(jsonl), 0o600))
	require.NoError(t, os.WriteFile(b, []byte(strings.ReplaceAll(jsonl, "Ann", "Bob")), 0o600))

	p.run(chromedp.SetUploadFiles(chromedp.CSS(`[data-testid="load-file"]`), []string{b}))
	p.sees("replay", "b.jsonl")
	p.row("diagram-row", "set user:1 Bob")
	p.fill("replay-slider", "0")
	p.sees("diagram-empty", "empty up to here")
	p.click("replay-close")
	p.row("diagram-row", "set user:1 Ann")

	p.show("compare")
	p.run(chromedp.SetUploadFiles(chromedp.CSS(`[data-testid="compare-input-A"]`), []string{a}),
		chromedp.SetUploadFiles(chromedp.CSS(`[data-testid="compare-input-B"]`), []string{a}))
	p.sees("compare-result", "are the same")
	p.run(chromedp.SetUploadFiles(chromedp.CSS(`[data-testid="compare-input-B"]`), []string{b}))
	p.sees("compare-result", "differ")
	p.row("compare-row", "set user:1 Ann")
	p.row("compare-row", "set user:1 Bob")
}

// TestFlood: of more than the page can take it says how much is left out, and stays in use.
func TestFlood(t *testing.T) {
	w := newWorld(t)
	p := open(t, w.url)
	own := w.own()
	own.Do("GET", "mine")
	for range 200 {
		pipe := w.writer.Pipeline()
		for range 100 {
			pipe.Set(context.Background(), "k", "v", 0)
		}
		_, err := pipe.Exec(context.Background())
		require.NoError(t, err)
	}
	own.Do("SET", "mine", "1")
	p.sees("losses", "left out")
	p.waitFor(found("diagram-row", `[data-type="unsent"]`)) // which is not left out
}

// TestContinue: a test that waits goes on when the page says so.
func TestContinue(t *testing.T) {
	startBrowser(t)
	srv := servertest.Run(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	page := inspect.Serve(srv.Lab().Server(), l, inspect.Options{})
	p := open(t, page.URL())
	p.gone("waiter")
	done := make(chan struct{})
	go func() {
		page.Wait(t.Context(), "TestCart")
		close(done)
	}()
	p.sees("waiter", "TestCart")
	p.click("continue")
	<-done
	p.gone("waiter")
}

// TestServerEnds: the page says that its server is gone.
func TestServerEnds(t *testing.T) {
	w := newWorld(t)
	p := open(t, w.url)
	w.Close()
	p.waitFor(found("server-state") + `.dataset.state === "lost"`)
	p.forgive("ERR_CONNECTION_REFUSED")
}
