package inspect

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var updateScreenshots = flag.Bool("update-screenshots", false, "write the pictures of docs/inspector")

// TestScreenshots makes the pictures of docs/inspector.md. Fonts and times differ from machine to machine, so
// nothing is compared: it shows that the pictures can be made.
func TestScreenshots(t *testing.T) {
	w := newWorld(t)
	p := open(t, w.url)
	p.prefer("light")
	w.tell()
	p.clickOn(p.row("diagram-row", "not sent"))
	p.show("clients")
	p.shootAs("diagram")

	p.show("table")
	p.waitFor(found("tree-leaf", ` .holder`))
	p.shootAs("table")

	p.show("hears")
	p.fill("hears-key", "user:1")
	p.fill("hears-by", w.id("own"))
	p.waitFor(found("verdict", `[data-told="false"]`))
	p.shootAs("hears")

	p.show("intercept")
	p.waitFor(found("intercept-client", ` option[value="`+w.id("cache")+`"]`))
	p.fill("intercept-client", w.id("cache"))
	p.click("intercept-hold")
	p.sees("held", "are held")
	w.read("user:2")
	require.NoError(t, w.writer.MSet(context.Background(), "user:1", "Anne", "user:2", "Bert").Err())
	p.sees("queue", "2 held")
	p.shootAs("intercept")
	p.click("release-all")
	p.gone("queue")

	p.prefer("dark")
	p.show("prefixes")
	p.row("prefix-row", "user:")
	p.shootAs("dark")
}

// shootAs makes a picture, and with the flag writes it.
func (p *tab) shootAs(name string) {
	p.t.Helper()
	p.settle()
	png := p.shoot()
	require.NotEmpty(p.t, png)
	if *updateScreenshots {
		require.NoError(p.t, os.MkdirAll("../../docs/inspector", 0o777))
		require.NoError(p.t, os.WriteFile(filepath.Join("../../docs/inspector", name+".png"), png, 0o644))
	}
}
