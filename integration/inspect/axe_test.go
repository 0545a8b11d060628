package inspect

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// axe-core (MPL-2.0) judges pages by the rules of accessibility. npm brings it into the user's cache.
const (
	axeVersion = "4.14.1"
	axeSum     = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c" // SHA-256 of axe.min.js
)

// axe returns the script, or skips the test where it cannot be had.
func axe(t *testing.T) string {
	t.Helper()
	script, err := fetchAxe()
	if err != nil && os.Getenv("TATTLE_REQUIRE_REFERENCES") != "1" {
		t.Skipf("there is no axe-core here: %v", err)
	}
	require.NoError(t, err, "fetching axe-core")
	return script
}

func fetchAxe() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "tattle", "axe")
	file := filepath.Join(dir, "axe-core-"+axeVersion+".tgz")
	if _, err := os.Stat(file); err != nil {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return "", err
		}
		if out, err := exec.Command("npm", "pack", "--silent", "--pack-destination", dir, "axe-core@"+axeVersion).CombinedOutput(); err != nil {
			return "", fmt.Errorf("npm pack: %w: %s", err, out)
		}
	}
	script, err := fromPackage(file, "package/axe.min.js")
	if sum := sha256.Sum256(script); err == nil && hex.EncodeToString(sum[:]) != axeSum {
		err = errors.New(file + " is not the axe-core that is expected")
	}
	return string(script), err
}

// fromPackage returns a file of an npm package.
func fromPackage(pkg, name string) ([]byte, error) {
	f, err := os.Open(pkg)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	for files := tar.NewReader(z); ; {
		header, err := files.Next()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if header.Name == name {
			return io.ReadAll(files)
		}
	}
}

// serious returns what axe finds that is serious or worse, a line for each part of the page.
const serious = `axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations
	.filter((v) => v.impact === "serious" || v.impact === "critical")
	.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.target.join(" ") + ": " + n.failureSummary)).join("\n"))`

// TestAxe: no panel has serious findings of accessibility, in light and dark, full and empty.
func TestAxe(t *testing.T) {
	script := axe(t)
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			w := newWorld(t)
			p := open(t, w.url)
			p.prefer(scheme)
			p.run(chromedp.Evaluate[chromedp.Void](script))
			look := func(what string) {
				t.Helper()
				require.Empty(t, value[string](p, serious), what)
			}
			look("nothing has happened")
			w.tell()
			p.clickOn(p.row("diagram-row", "not sent"))
			for _, name := range []string{"clients", "table", "prefixes", "events", "console", "intercept", "hears", "compare"} {
				p.show(name)
				p.settle()
				look(name)
			}
			p.press("?")
			p.waitFor(found("help") + ".open")
			look("help")
			p.click("help-close")
			p.fill("filter", "kind:nonsense")
			look("a filter that is wrong")
			value[bool](p, `document.body.append(new Image()), true`)
			require.Contains(t, value[string](p, serious), "image-alt", "a picture without a text is a finding")
		})
	}
}

// prefer has the browser say that its user prefers a scheme of colours.
func (p *tab) prefer(scheme string) {
	p.t.Helper()
	p.run(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return err
	}))
}

// settle waits until what the page asks is answered and drawn.
func (p *tab) settle() {
	p.t.Helper()
	p.waitFor(`new Promise((done) => setTimeout(() => requestAnimationFrame(() => done(!document.body.innerText.includes("asking…"))), 1000))`)
}
