package inspect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// patience is how long to wait for what the page shows. It only ends tests that would wait for ever.
const patience = time.Minute

func TestMain(m *testing.M) {
	code := m.Run()
	if browser.end != nil {
		browser.end()
	}
	os.Exit(code)
}

// browser is the Chromium that the tests share. Each tab has a profile of its own.
var browser struct {
	once sync.Once
	ctx  context.Context
	end  func()
	err  error
}

// startBrowser starts Chromium, or skips the test where there is none.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	browser.once.Do(func() {
		var path string
		for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
			if path, browser.err = exec.LookPath(name); browser.err == nil {
				break
			}
		}
		if browser.err != nil {
			return
		}
		options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.WindowSize(1440, 900),
			chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("font-render-hinting", "none"))
		if os.Getuid() == 0 {
			options = append(options, chromedp.NoSandbox) // which root cannot have
		}
		allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, endBrowser := chromedp.NewContext(allocator)
		browser.ctx = ctx
		browser.end = func() {
			endBrowser()
			endAllocator()
		}
		browser.err = chromedp.Do(ctx)
	})
	if browser.err != nil && os.Getenv("TATTLE_REQUIRE_REFERENCES") != "1" {
		t.Skipf("there is no Chromium here (apt-get install chromium): %v", browser.err)
	}
	require.NoError(t, browser.err, "starting Chromium")
	return browser.ctx
}

// tab is a page in the browser.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu    sync.Mutex
	wrong []string // what must not happen
}

// watchPolicy collects what breaks the Content-Security-Policy.
const watchPolicy = `window.broken = []; document.addEventListener("securitypolicyviolation", (e) => window.broken.push(e.violatedDirective + " " + e.blockedURI))`

// open opens a page and waits until it is connected.
func open(t *testing.T, url string) *tab {
	t.Helper()
	p := &tab{t: t}
	own := url[:strings.LastIndex(url, "/")+1]
	ctx, end := chromedp.NewContext(startBrowser(t), chromedp.WithNewBrowserContext(), chromedp.WithListener(func(event any) { p.note(own, event) }))
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	p.ctx = ctx
	t.Cleanup(func() {
		p.close()
		cancel()
		end()
	})
	p.run(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, log := cdp.Call(ctx, t, log.Enable, cdp.Empty{})
		_, network := cdp.Call(ctx, t, network.Enable, network.EnableParams{})
		_, script := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watchPolicy})
		return errors.Join(log, network, script)
	}), chromedp.Navigate(url))
	p.waitFor(`document.querySelector('[data-testid="server-state"]')?.dataset.state === "live"`)
	return p
}

// note keeps what must not happen.
func (p *tab) note(own string, event any) {
	wrong := ""
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; !strings.HasPrefix(u, own) && !strings.HasPrefix(u, "data:") && !strings.HasPrefix(u, "blob:") {
			wrong = "the page asks " + u
		}
	case *runtime.EventExceptionThrown:
		wrong = (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error()
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			wrong = fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			text, _ := json.Marshal(e.Args)
			wrong = "console: " + string(text)
		}
	}
	if wrong != "" {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.wrong = append(p.wrong, wrong)
	}
}

// close fails the test if something went wrong in the page meanwhile.
func (p *tab) close() {
	p.t.Helper()
	if !p.t.Failed() {
		require.Empty(p.t, value[[]string](p, "window.broken"), "what breaks the Content-Security-Policy")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	require.Empty(p.t, p.wrong)
}

func (p *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	require.NoError(p.t, chromedp.Do(p.ctx, actions...))
}

// value evaluates an expression.
func value[T any](p *tab, expression string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(p.t, err, expression)
	return v
}

// waitFor waits until an expression is true.
func (p *tab) waitFor(expression string) {
	p.t.Helper()
	for end := time.Now().Add(patience); !value[bool](p, "!!("+expression+")"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			require.Fail(p.t, "the page does not show it", "%s\n\n%s", expression, value[string](p, "document.body.innerText"))
		}
	}
}

// found is an expression for the part with a test id, and with further conditions of CSS.
func found(id string, more ...string) string {
	selector, _ := json.Marshal(fmt.Sprintf(`[data-testid="%s"]`, id) + strings.Join(more, ""))
	return "document.querySelector(" + string(selector) + ")"
}

// sees waits until a part shows a text.
func (p *tab) sees(id, text string, more ...string) {
	p.t.Helper()
	quoted, _ := json.Marshal(text)
	p.waitFor(fmt.Sprintf("%s?.innerText.includes(%s)", found(id, more...), quoted))
}

// row waits for a part that shows all of some texts, among several of the same id, and returns an expression for
// the last one of them.
func (p *tab) row(id string, texts ...string) string {
	p.t.Helper()
	wanted, _ := json.Marshal(texts)
	expression := fmt.Sprintf(`[...document.querySelectorAll('[data-testid="%s"]')].filter((e) => %s.every((text) => e.textContent.includes(text))).pop()`, id, wanted)
	p.waitFor(expression)
	return expression
}

// gone waits until no part has a test id.
func (p *tab) gone(id string, more ...string) {
	p.t.Helper()
	p.waitFor("!" + found(id, more...))
}

// click clicks a part as soon as it is there and not disabled.
func (p *tab) click(id string, more ...string) {
	p.t.Helper()
	p.clickOn(found(id, more...))
}

func (p *tab) clickOn(expression string) {
	p.t.Helper()
	p.waitFor(fmt.Sprintf("((e) => e && !e.disabled && (e.click(), true))(%s)", expression))
}

// fill types a text into a field in place of what it has, or chooses it.
func (p *tab) fill(id, text string, more ...string) {
	p.t.Helper()
	quoted, _ := json.Marshal(text)
	p.waitFor(fmt.Sprintf(`((e) => {
		if (!e || e.disabled) return false;
		e.focus();
		e.value = %s;
		e.dispatchEvent(new Event("input", { bubbles: true }));
		e.dispatchEvent(new Event("change", { bubbles: true }));
		return e.value === %s;
	})(%s)`, quoted, quoted, found(id, more...)))
}

// press presses a key, such as "j" or kb.Enter, where the focus is.
func (p *tab) press(keys string) {
	p.t.Helper()
	p.run(chromedp.KeyEvent(keys))
}

// show opens a tab of the dock.
func (p *tab) show(name string) {
	p.t.Helper()
	p.click("tab-" + name)
	p.waitFor(found("panel-" + name))
}

// shoot returns a picture of the page.
func (p *tab) shoot() []byte {
	p.t.Helper()
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	require.NoError(p.t, err)
	return png
}

// forgive forgets of what must not happen what a test brings about.
func (p *tab) forgive(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wrong = slices.DeleteFunc(p.wrong, func(wrong string) bool { return strings.Contains(wrong, text) })
}
