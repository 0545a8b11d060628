package integration

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/integration/reference"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

// This file compares what COMMAND DOCS and HELP say with Redis 8.0.2. Facts must agree:
// names, types, tokens, versions, orders of complexity, syntax. The words around them are
// our own.

// facts says what of a field in prose is a fact. A field that is not named here is one as a
// whole.
var facts = map[string]func(any) any{
	"summary":     func(v any) any { return v != "" },
	"complexity":  func(v any) any { return costTerm.FindString(v.(string)) },
	"replaced_by": func(v any) any { return quoted.FindAllString(v.(string), -1) },
	"history":     versions,
}

var (
	costTerm = regexp.MustCompile(`O\((?:[^()]|\([^()]*\))*\)(?: ?\+ ?O\((?:[^()]|\([^()]*\))*\))?`)
	quoted   = regexp.MustCompile("`[^`]*`")
)

// versions returns the versions of a history.
func versions(v any) any {
	var list resp.Set
	for _, change := range members(v) {
		list = append(list, change.([]any)[0])
	}
	return list
}

// docFacts collects the facts about each command and subcommand, fields in their order.
func docFacts(found map[string]resp.Map, docs resp.Map) {
	for _, command := range docs {
		if command.Key == "tattle" {
			continue // which Redis does not have
		}
		var kept resp.Map
		for _, field := range command.Value.(resp.Map) {
			name := field.Key.(string)
			if name == "subcommands" {
				docFacts(found, field.Value.(resp.Map))
				continue
			}
			if fact, isProse := facts[name]; isProse {
				field.Value = fact(field.Value)
			}
			kept = append(kept, field)
		}
		found[command.Key.(string)] = kept
	}
}

func TestDocsAreRedis(t *testing.T) {
	ours, theirs := map[string]resp.Map{}, map[string]resp.Map{}
	docFacts(ours, servertest.Run(t).Connect3(t).Do("COMMAND", "DOCS").(resp.Map))
	docFacts(theirs, connect3(t, reference.Start(t, reference.Redis8).Addr).Do("COMMAND", "DOCS").(resp.Map))
	require.NotEmpty(t, ours)
	for _, name := range keysOf(ours) {
		t.Run(name, func(t *testing.T) { require.Equal(t, theirs[name], ours[name]) })
	}
}

// In RESP2 maps and sets are arrays; the same commands with prose left out are as long.
func TestDocsAreRedisInRESP2(t *testing.T) {
	our, ref := servertest.Run(t).Connect(t), servertest.Dial(t, reference.Start(t, reference.Redis8).Addr)
	for _, name := range []string{"get", "set", "client|kill", "debug", "getset", "nosuch"} {
		require.Equal(t, withoutProse(ref.Do("COMMAND", "DOCS", name)), withoutProse(our.Do("COMMAND", "DOCS", name)), name)
	}
}

// withoutProse replaces strings that have spaces or quote something.
func withoutProse(v any) any {
	switch v := v.(type) {
	case string:
		if strings.ContainsAny(v, " `") {
			return "prose"
		}
	case []any:
		for i := range v {
			v[i] = withoutProse(v[i])
		}
	}
	return v
}

// syntax returns the lines of a HELP that are not indented: what can be written.
func syntax(v any) (lines []string) {
	for _, line := range members(v) {
		if text := line.(string); !strings.HasPrefix(text, " ") {
			lines = append(lines, text)
		}
	}
	return lines
}

func TestHelpIsRedis(t *testing.T) {
	our, ref := servertest.Run(t).Connect3(t), connect3(t, reference.Start(t, reference.Redis8).Addr)
	var containers []string
	for _, name := range keysOf(table(our)) {
		if container, isHelp := strings.CutSuffix(name, "|help"); isHelp {
			containers = append(containers, container)
		}
	}
	for _, container := range containers {
		t.Run(container, func(t *testing.T) {
			help := our.Do(container, "HELP")
			require.Equal(t, syntax(ref.Do(container, "HELP")), syntax(help))
			require.GreaterOrEqual(t, len(members(help)), 2*len(syntax(help))-1, "each line of syntax is explained")
		})
	}
	require.Subset(t, syntax(ref.Do("DEBUG", "HELP")), syntax(our.Do("DEBUG", "HELP")), "some of DEBUG is Redis's own")
}
