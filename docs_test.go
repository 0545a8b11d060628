package tattle_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/internal/transcript"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/journal/render"
	"github.com/tattle-server/tattle/server/lab"
	"github.com/tattle-server/tattle/server/servertest"
	"github.com/tattle-server/tattle/tracking"
)

// This file holds the documents true: their sessions, their code, their tables, their links.

var update = flag.Bool("update", false, "write the tables of docs/compatibility.md and docs/labs.md anew")

func document(t *testing.T, path string) string {
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(content)
}

// documents are the paths of all Markdown files.
func documents(t *testing.T) (paths []string) {
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "integration/*.md"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		paths = append(paths, found...)
	}
	require.Contains(t, paths, "README.md")
	return paths
}

// A stranger reads the front page in five minutes.
func TestTheFrontPageIsShort(t *testing.T) {
	require.LessOrEqual(t, strings.Count(document(t, "README.md"), "\n"), 150)
}

var link = regexp.MustCompile(`(?m)(?:\]\(|^\[[^\]]+\]: )([^)#\s]+)`)

// Every link to a file leads to one.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, path := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(document(t, path), -1) {
			if strings.Contains(m[1], ":") {
				continue
			}
			_, err := os.Stat(filepath.Join(filepath.Dir(path), m[1]))
			require.NoError(t, err, path)
		}
	}
}

// docs/settings.md names every setting that is accepted and does nothing.
func TestSettingsWithoutEffectAreListed(t *testing.T) {
	page := document(t, "docs/settings.md")
	for _, name := range config.NoEffect() {
		require.Contains(t, page, "`"+name+"`")
	}
	_, list, _ := strings.Cut(page, "have no effect:")
	for _, m := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(list, -1) {
		require.Contains(t, config.NoEffect(), m[1], "it has an effect now")
	}
}

// The sessions in the documents are what happens. Those are their blocks with lines that say what
// connection a sends. TATTLE_TEST_ADDR names another server to play them on, whose keys
// are lost.
func TestSessionsInDocuments(t *testing.T) {
	sessions := 0
	for _, path := range documents(t) {
		for i, block := range strings.Split(document(t, path), "\n```") {
			if i%2 == 0 || !strings.Contains(block, "\na> ") { // the even ones are between blocks
				continue
			}
			sessions++
			session, err := transcript.Parse(path, block)
			require.NoError(t, err, block)
			addr := os.Getenv("TATTLE_TEST_ADDR")
			if addr == "" {
				addr = servertest.Run(t).Addr()
			}
			require.NoError(t, session.Run(addr), block)
		}
	}
	require.GreaterOrEqual(t, sessions, 6)
}

// Where a diagram stands below a session, it is drawn from what the server recorded of it. After
// a change run the test with -update.
func TestDiagramsInDocuments(t *testing.T) {
	diagrams := 0
	for _, path := range documents(t) {
		page := document(t, path)
		blocks := strings.Split(page, "\n```")
		for i := 3; i < len(blocks); i += 2 {
			format, _, _ := strings.Cut(blocks[i], "\n")
			if (format == "mermaid" || format == "text") && strings.Contains(blocks[i-2], "\na> ") {
				blocks[i] = format + "\n" + strings.TrimSuffix(drawn(t, format, blocks[i-2]), "\n")
				diagrams++
			}
		}
		want := strings.Join(blocks, "\n```")
		if *update && want != page {
			require.NoError(t, os.WriteFile(path, []byte(want), 0o666))
			continue
		}
		require.Equal(t, want, page, "go test . -run Diagrams -update draws them anew")
	}
	require.GreaterOrEqual(t, diagrams, 7)
}

// drawn plays a session and draws what its connections did, by the names that it gives them.
func drawn(t *testing.T, format, block string) string {
	srv := servertest.Run(t)
	var all []tracking.Event
	srv.OnEvent(func(e tracking.Event) { all = append(all, e) })
	session, err := transcript.Parse("session", block)
	require.NoError(t, err)
	require.NoError(t, session.Run(srv.Addr()))
	srv.Close() // and OnEvent has seen all
	var b strings.Builder
	require.NoError(t, render.Write(&b, format, ofSession(all, connections(block))))
	return b.String()
}

var connection = regexp.MustCompile(`(?m)^(?:open (.+)|(\w+)>)`)

// connections returns the names of a session's connections in the order in which they open.
func connections(block string) (names []string) {
	for _, m := range connection.FindAllStringSubmatch(block, -1) {
		for name := range strings.FieldsSeq(strings.TrimSuffix(m[1]+m[2], " resp3")) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// ofSession returns the events of a session without those of the client that plays it, which
// is the first, and without what every connection does at its beginning and its end.
func ofSession(all []tracking.Event, names []string) (events []tracking.Event) {
	left, last := map[uint64]bool{}, 0
	for _, e := range all {
		words := strings.Join(e.Words, " ")
		if e.Kind == tracking.Began && (e.Client == 1 || words == "CLIENT ID" || words == "HELLO 3" || words == "PING nothing-else") {
			left[e.Seq] = true
		}
		if e.Client == 1 || left[e.Seq] || left[e.CausedBy] || len(events) == 0 && e.Kind != tracking.Began {
			continue
		}
		e.At = time.Time{} // a session has no times
		if e.Client > 1 {
			e.Name = names[e.Client-2]
		}
		events = append(events, e)
		if e.Kind != tracking.Disabled && e.Kind != tracking.Closed && e.Kind != tracking.CycleEnded {
			last = len(events)
		}
	}
	return events[:last]
}

// The guide shows the table of package tracking as its comment does, figures of docs/speed,
// and the labs by their numbers.
func TestTheGuideQuotes(t *testing.T) {
	guide, comment := document(t, "docs/tracking/README.md"), document(t, "tracking/doc.go")
	_, tree, _ := strings.Cut(guide, "```tree\n")
	tree, _, _ = strings.Cut(tree, "\n```")
	require.Contains(t, comment, "//\t"+strings.ReplaceAll(tree, "\n", "\n//\t"))
	for _, m := range regexp.MustCompile(`[Ll]ab\s+(\d+)\]\(\S+/labs/(\d+)-`).FindAllStringSubmatch(guide, -1) {
		require.Equal(t, strings.TrimLeft(m[2], "0"), m[1], "a lab has another number: %s", m[0])
	}
	_, costs, _ := strings.Cut(guide, "## What it costs")
	for _, row := range regexp.MustCompile(`(?m)^\| .*$`).FindAllString(costs, -1) {
		require.Contains(t, document(t, "docs/speed/README.md"), row)
	}
}

// quoting are the documents whose Go code stands in tests, so that it compiles and does what
// the documents say.
var quoting = []string{"README.md", "docs/testing.md"}

func TestDocumentsQuoteTests(t *testing.T) {
	var tests strings.Builder
	for _, pattern := range []string{"integration/*_test.go", "integration/quickstart/*_test.go", "server/servertest/*_test.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, file := range files {
			tests.WriteString(unindented(document(t, file)))
		}
	}
	for _, path := range quoting {
		blocks := strings.Split(document(t, path), "```go\n")[1:]
		require.NotEmpty(t, blocks, path)
		for _, block := range blocks {
			code, _, closed := strings.Cut(block, "```")
			require.True(t, closed, block)
			require.Contains(t, tests.String(), unindented(code), "%s: no test has this code", path)
		}
	}
}

// unindented returns the lines without the space around them, and without empty lines.
func unindented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// The tables of docs/compatibility.md are those of the server and of integration/upstream.tsv.
// After a change run the test with -update.
func TestTablesOfCompatibility(t *testing.T) {
	const path = "docs/compatibility.md"
	page := document(t, path)
	want := replaceTable(t, page, "| group | commands |\n| --- | --- |\n", commandRows(t))
	want = replaceTable(t, want, "| unit | passed | of | what is missing |\n| --- | --- | --- | --- |\n", upstreamRows(t))
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o666))
		return
	}
	require.Equal(t, want, page, "go test . -run Compatibility -update writes it anew")
}

// docs/labs.md lists every lab with its question.
func TestListOfLabs(t *testing.T) {
	const path = "docs/labs.md"
	labs, err := lab.All()
	require.NoError(t, err)
	var rows strings.Builder
	for _, l := range labs {
		fmt.Fprintf(&rows, "| [%d %s](../server/lab/labs/%02[1]d-%[2]s.txt) | %[3]d | %[4]s |\n", l.Number, l.Name, l.Level, l.Question)
	}
	page := document(t, path)
	want := replaceTable(t, page, "| lab | level | question |\n| --- | --- | --- |\n", rows.String())
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o666))
		return
	}
	require.Equal(t, want, page, "go test . -run Labs -update writes it anew")
}

var linkToLab = regexp.MustCompile(`(?i)lab\s+(\d+)\]\([^)]*/labs/0*(\d+)-`)

// A link to a lab has its number.
func TestLinksToLabs(t *testing.T) {
	for _, path := range documents(t) {
		for _, m := range linkToLab.FindAllStringSubmatch(document(t, path), -1) {
			require.Equal(t, m[2], m[1], "%s: %s", path, m[0])
		}
	}
}

// docs/labs.md shows what a reader of a lab sees.
func TestExampleOfLabs(t *testing.T) {
	labs, err := lab.All()
	require.NoError(t, err)
	l, err := lab.Find(labs, "noloop-untracks")
	require.NoError(t, err)
	srv, err := server.Start(server.Options{})
	require.NoError(t, err)
	defer srv.Close()
	var out strings.Builder
	term := lab.Terminal{Out: &out, Why: lab.Why(srv)}
	require.NoError(t, term.Show(l, srv.Addr().String()))
	_, block, found := strings.Cut(document(t, "docs/labs.md"), "```\nPredict: ")
	require.True(t, found)
	block, _, _ = strings.Cut(block, "```")
	require.Contains(t, out.String(), block)
}

// replaceTable replaces the rows below the head of a table.
func replaceTable(t *testing.T, page, head, rows string) string {
	before, after, found := strings.Cut(page, head)
	require.True(t, found, head)
	for strings.HasPrefix(after, "|") {
		_, after, _ = strings.Cut(after, "\n")
	}
	return before + head + rows + after
}

// commandRows returns the commands by their groups.
func commandRows(t *testing.T) string {
	reply, err := servertest.Run(t).Call(0, "COMMAND", "DOCS")
	require.NoError(t, err)
	groups := map[string][]string{}
	for name, doc := range pairs(reply) {
		group := pairs(doc)["group"].(string)
		groups[group] = append(groups[group], strings.ToUpper(name)+subcommands(pairs(doc)["subcommands"]))
	}
	var b strings.Builder
	for _, group := range []string{"connection", "server", "transactions", "pubsub", "scripting", "generic", "string", "bitmap",
		"hash", "list", "set", "sorted-set", "stream", "hyperloglog", "geo", "cluster"} {
		slices.Sort(groups[group])
		fmt.Fprintf(&b, "| %s | %s |\n", group, strings.Join(groups[group], ", "))
		delete(groups, group)
	}
	require.Empty(t, groups)
	return b.String()
}

// pairs returns the entries of a reply that is a map.
func pairs(reply any) map[string]any {
	entries := map[string]any{}
	for _, e := range reply.(resp.Map) {
		entries[e.Key.(string)] = e.Value
	}
	return entries
}

// subcommands returns the names of a container's commands, in parentheses.
func subcommands(docs any) string {
	if docs == nil {
		return ""
	}
	var names []string
	for name := range pairs(docs) {
		_, sub, _ := strings.Cut(name, "|")
		names = append(names, strings.ToUpper(sub))
	}
	slices.Sort(names)
	return " (" + strings.Join(names, " ") + ")"
}

// upstreamRows returns the results of Redis's own suite.
func upstreamRows(t *testing.T) string {
	var b strings.Builder
	for _, line := range strings.Split(strings.TrimRight(document(t, "integration/upstream.tsv"), "\n"), "\n")[1:] {
		fields := strings.Split(line, "\t")
		require.Len(t, fields, 4, line)
		if fields[2] != "0" {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", strings.TrimPrefix(fields[0], "unit/"), fields[1], fields[2], fields[3])
		}
	}
	return b.String()
}
