package integration_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/servertest"
)

var updatePicture = flag.Bool("update-picture", false, "draw docs/failed-test.svg anew")

// The picture on the front page is the log of this test, which fails: the cache has one
// connection for data and one for invalidations, and stores a reply that the
// invalidation has overtaken.
func TestPicture(t *testing.T) {
	f := &failing{}
	shared := servertest.Run(t, servertest.WithManualClock(time.Unix(1_900_000_000, 0)))
	data, news := shared.Connect3(t), shared.Connect3(t)
	data.Do("CLIENT", "SETNAME", "data")
	news.Do("CLIENT", "SETNAME", "invalidations")
	data.Do("CLIENT", "TRACKING", "ON", "REDIRECT", news.ID())

	cache := map[string]any{}
	srv := shared.For(f)
	srv.Set("user:1", "Ada")
	slow := srv.ClientNamed("data")
	slow.StallWrites(true)
	data.Send("GET", "user:1")
	srv.WaitTracked(f, "user:1", slow)
	srv.Set("user:1", "Grace")
	news.ReadPush()
	delete(cache, "user:1") // it has nothing to drop yet
	slow.StallWrites(false)
	cache["user:1"] = data.Read()
	if got, _ := srv.Get("user:1"); cache["user:1"] != got {
		f.Errorf("user_test.go:31: the cache says %v, the server %v", cache["user:1"], got)
	}
	f.end()

	require.Len(t, f.lines, 2, "the mistake and the session")
	drawn := draw("--- FAIL: TestName (0.00s)\n" + strings.Join(f.lines, "\n"))
	if *updatePicture {
		require.NoError(t, os.WriteFile("../docs/failed-test.svg", []byte(drawn), 0o666))
	}
	kept, err := os.ReadFile("../docs/failed-test.svg")
	require.NoError(t, err)
	require.Equal(t, drawn, string(kept), "go test -run Picture -update-picture draws it anew")
}

// failing is a test that fails and keeps its log.
type failing struct {
	lines []string
	ends  []func()
}

func (f *failing) Helper()                   {}
func (f *failing) Name() string              { return "TestName" }
func (f *failing) Failed() bool              { return len(f.lines) > 0 }
func (f *failing) Cleanup(fn func())         { f.ends = append(f.ends, fn) }
func (f *failing) Logf(s string, a ...any)   { f.lines = append(f.lines, fmt.Sprintf(s, a...)) }
func (f *failing) Errorf(s string, a ...any) { f.Logf(s, a...) }
func (f *failing) Fatalf(s string, a ...any) { panic(fmt.Sprintf(s, a...)) }
func (f *failing) end() {
	for _, fn := range f.ends {
		fn()
	}
}

// The measures of a picture, in pixels.
const letterWidth, lineHeight, margin = 7.8, 19, 18

// draw returns text as an SVG picture of a terminal.
func draw(text string) string {
	lines, width := strings.Split(text, "\n"), 0
	for _, line := range lines {
		width = max(width, utf8.RuneCountInString(line))
	}
	var b strings.Builder
	w, h := int(letterWidth*float64(width))+2*margin, lineHeight*len(lines)+2*margin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="13" xml:space="preserve">`+"\n", w, h, w, h)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" rx="8" fill="#1b1f27"/>`+"\n", w, h)
	for i, line := range lines {
		for _, part := range coloured(line) {
			fmt.Fprintf(&b, `<text x="%.1f" y="%d" fill="%s" textLength="%.1f">%s</text>`+"\n", margin+letterWidth*float64(part.column),
				margin+lineHeight*i+14, part.colour, letterWidth*float64(utf8.RuneCountInString(part.text)), escape(part.text))
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// part is a piece of a line in one colour.
type part struct {
	column       int
	text, colour string
}

// coloured divides a line at its columns.
func coloured(line string) (parts []part) {
	column := 0
	for i, cell := range strings.Split(line, "│") {
		if i > 0 {
			parts = append(parts, part{column, "│", "#4b5263"})
			column++
		}
		trimmed := strings.TrimSpace(cell)
		if trimmed != "" {
			before := utf8.RuneCountInString(cell) - utf8.RuneCountInString(strings.TrimLeft(cell, " "))
			parts = append(parts, part{column + before, trimmed, colour(trimmed, i == 0)})
		}
		column += utf8.RuneCountInString(cell)
	}
	return parts
}

func colour(text string, first bool) string {
	switch {
	case strings.Contains(text, "FAIL"), strings.Contains(text, "the cache says"):
		return "#ff7b72"
	case strings.HasPrefix(text, "< >"):
		return "#ffb454"
	case strings.HasPrefix(text, "("), first:
		return "#8b949e"
	}
	return "#d7dde6"
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
