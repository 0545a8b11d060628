package tattle_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/tattle-server/tattle/"

// allowed lists, for each folder, the folders of this module and the other modules
// that its code may import. An entry covers the folders below it that have no entry
// of their own.
var allowed = map[string][]string{
	"cmd/tattle":                   {"server", "server/config", "server/serverlog", "server/inspect", "server/lab", "server/tattle"},
	"internal/transcript":          {"resp"},
	"resp":                         {},
	"keyspace":                     {"resp"}, // how numbers are written
	"prefixtable":                  {"github.com/armon/go-radix"},
	"tracking":                     {"prefixtable"},
	"server/journal":               {"tracking", "keyspace"}, // Match
	"server":                       {"server/config", "server/serverlog", "server/journal", "server/internal/...", "tracking", "prefixtable", "keyspace", "resp", "github.com/tidwall/redcon"},
	"server/config":                {"keyspace"},
	"server/journal/render":        {"tracking", "resp", "internal/transcript"}, // the one language of transcripts
	"server/lab":                   {"internal/transcript", "resp", "server", "tracking"},
	"server/tattle":                {"server", "prefixtable", "server/journal/...", "server/journal", "tracking", "resp", "internal/transcript"},
	"server/inspect":               {"server", "server/tattle", "server/journal/...", "tracking", "resp"},
	"server/serverlog":             {},
	"server/internal/acl":          {"server/internal/command", "keyspace"},
	"server/internal/command":      {"resp", "keyspace"},
	"server/internal/command/*":    {"server/internal/command", "resp", "keyspace", "keyspace/hll"},
	"server/internal/command/geo":  {"server/internal/command", "server/internal/command/zsets", "resp", "keyspace", "keyspace/geohash"},
	"server/internal/docs":         {},
	"server/internal/loop":         {},
	"server/internal/wire":         {"github.com/tidwall/redcon"},
	"server/internal/script":       {"server/internal/script/...", "resp", "github.com/yuin/gopher-lua"},
	"server/internal/memconn":      {},
	"server/internal/watch":        {},
	"server/servertest/cachecheck": {"server/servertest", "server", "tracking", "resp"},
	"server/servertest/miniredis":  {"server/servertest", "resp"},
	"server/servertest":            {"server", "server/internal/memconn", "tracking", "server/config", "resp", "server/journal", "server/journal/render", "server/tattle", "server/inspect"},
}

// Imports between folders go one way. What a folder may import is written down
// above; a new import is a decision, not an accident.
func TestImports(t *testing.T) {
	for line := range strings.Lines(goList(t, `{{.ImportPath}} {{join .Imports " "}}`)) {
		fields := strings.Fields(line)
		pkg := strings.TrimPrefix(fields[0], module)
		if pkg == strings.TrimSuffix(module, "/") {
			continue
		}
		rules, ok := rulesOf(pkg)
		require.True(t, ok, "%s is not in the list of folders in imports_test.go", pkg)
		for _, imp := range fields[1:] {
			if !strings.Contains(imp, ".") {
				continue // the standard library
			}
			require.True(t, permitted(strings.TrimPrefix(imp, module), rules), "%s must not import %s", pkg, imp)
		}
	}
}

func rulesOf(pkg string) ([]string, bool) {
	for dir := pkg; ; {
		if rules, ok := allowed[dir]; ok {
			return rules, true
		}
		i := strings.LastIndexByte(dir, '/')
		if i < 0 {
			return nil, false
		}
		if rules, ok := allowed[dir[:i]+"/*"]; ok {
			return rules, true
		}
		dir = dir[:i]
	}
}

func permitted(imp string, rules []string) bool {
	for _, rule := range rules {
		below, all := strings.CutSuffix(rule, "/...")
		if imp == rule || strings.HasPrefix(imp, rule+"/") && strings.Contains(rule, ".") || all && strings.HasPrefix(imp, below+"/") {
			return true
		}
	}
	return false
}

// Every package says what it owns.
func TestPackageComments(t *testing.T) {
	for line := range strings.Lines(goList(t, `{{.ImportPath}}	{{.Doc}}`)) {
		pkg, doc, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		if pkg != strings.TrimSuffix(module, "/") {
			require.NotEmpty(t, doc, "%s has no package comment", pkg)
		}
	}
}

// goList returns a line for each package. Without -pgo=off each package would be
// listed a second time, as built for cmd/tattle with its profile.
func goList(t *testing.T, format string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-pgo=off", "-f", format, "./...").Output()
	require.NoError(t, err)
	return string(out)
}
