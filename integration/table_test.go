package integration

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/integration/reference"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

// This file compares the command table with Redis 8.0.2: what COMMAND INFO says about every
// command, and which keys COMMAND GETKEYSANDFLAGS finds. Tracking remembers the keys that
// the table finds, so it can only be as correct as the table.

// row is what COMMAND INFO says about a command, in Go's types and in a fixed order.
type row struct {
	Name              string
	Arity             int64
	Flags             []string
	First, Last, Step int64
	Categories        []string
	Tips              []string
	Keys              []any // maps without the notes, which are prose
	Sub               []string
}

// table returns the rows of commands and of their subcommands, by name. Without names, it
// returns those of all commands that the server knows, without TATTLE.
func table(c *servertest.Conn, names ...string) map[string]row {
	words := []any{"COMMAND"}
	if len(names) > 0 {
		words = append(words, "INFO")
	}
	for _, name := range names {
		words = append(words, name)
	}
	rows := map[string]row{}
	for _, entry := range members(c.Do(words...)) {
		if entry != nil {
			addRow(rows, members(entry))
		}
	}
	delete(rows, "tattle")
	maps.DeleteFunc(rows, func(name string, _ row) bool { return strings.HasPrefix(name, "tattle|") })
	return rows
}

func addRow(rows map[string]row, f []any) {
	r := row{
		Name: f[0].(string), Arity: f[1].(int64), Flags: sorted(f[2]),
		First: f[3].(int64), Last: f[4].(int64), Step: f[5].(int64),
		Categories: sorted(f[6]), Tips: sorted(f[7]),
	}
	for _, spec := range members(f[8]) {
		r.Keys = append(r.Keys, plain(spec))
	}
	for _, sub := range members(f[9]) {
		r.Sub = append(r.Sub, members(sub)[0].(string))
		addRow(rows, members(sub))
	}
	rows[r.Name] = r
}

// members returns the elements of an array or a set.
func members(v any) []any {
	if s, isSet := v.(resp.Set); isSet {
		return s
	}
	list, _ := v.([]any)
	return list
}

func sorted(v any) []string {
	var list []string
	for _, m := range members(v) {
		list = append(list, m.(string))
	}
	slices.Sort(list)
	return list
}

// plain turns a key spec into maps and sorted lists.
func plain(v any) any {
	switch v := v.(type) {
	case resp.Map:
		m := map[string]any{}
		for _, p := range v {
			if p.Key != "notes" {
				m[p.Key.(string)] = plain(p.Value)
			}
		}
		return m
	case resp.Set:
		return sorted(v)
	}
	return v
}

func connect3(t *testing.T, addr string) *servertest.Conn {
	t.Helper()
	c := servertest.Dial(t, addr)
	c.Hello3()
	return c
}

func TestTableIsRedis(t *testing.T) {
	ref := connect3(t, reference.Start(t, reference.Redis8).Addr)
	ours := table(servertest.Run(t).Connect3(t))
	theirs := table(ref, topLevel(ours)...)
	require.NotEmpty(t, ours)
	for _, name := range keysOf(ours) {
		t.Run(name, func(t *testing.T) {
			want, known := theirs[name]
			require.True(t, known, "Redis knows no such command")
			got := ours[name]
			for _, sub := range got.Sub {
				require.Contains(t, want.Sub, sub)
			}
			got.Sub = want.Sub // some subcommands may be missing
			require.Equal(t, want, got)
		})
	}
}

func topLevel(rows map[string]row) (names []string) {
	for _, name := range keysOf(rows) {
		if !strings.Contains(name, "|") {
			names = append(names, name)
		}
	}
	return names
}

func keysOf[V any](m map[string]V) (keys []string) {
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

const (
	linesPerCommand = 400
	moreArguments   = 8 // beyond those that the arity requires
	examplesShown   = 5
)

// TestKeysAreRedis asks both servers for the keys of random command lines, which fit the
// arity and consist of words that the command knows.
func TestKeysAreRedis(t *testing.T) {
	ref := connect3(t, reference.Start(t, reference.Redis8).Addr)
	our := servertest.Run(t).Connect3(t)
	rows, tokens := table(our), tokens(ref)
	seed := uint64(1)
	if text := os.Getenv("TATTLE_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err, "TATTLE_SEED")
	}
	t.Logf("TATTLE_SEED=%d", seed)
	lines := 0
	for i, name := range keysOf(rows) {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, uint64(i)))
			var batch [][]any
			for range linesPerCommand {
				batch = append(batch, randomLine(random, rows[name], tokens[name]))
			}
			lines += len(batch)
			compareKeys(t, batch, keysFound(ref, batch), keysFound(our, batch))
		})
	}
	t.Logf("compared %d command lines", lines)
}

// randomLine returns COMMAND GETKEYSANDFLAGS for a line of the command.
func randomLine(random *rand.Rand, r row, tokens []string) []any {
	line := []any{"COMMAND", "GETKEYSANDFLAGS"}
	for word := range strings.SplitSeq(r.Name, "|") {
		line = append(line, word)
	}
	arity := int(max(r.Arity, -r.Arity))
	if r.Arity < 0 {
		arity += random.IntN(moreArguments)
	}
	pools := [][]string{{"a", "b", "c", "d"}, {"0", "1", "2", "3", "4", "-1", "07", "1x", "+2", " 2", "4294967297", "", "99999999999999999999"}}
	if len(tokens) > 0 {
		pools = append(pools, tokens, tokens)
	}
	for len(line) < arity+2 {
		pool := pools[random.IntN(len(pools))]
		word := pool[random.IntN(len(pool))]
		if random.IntN(4) == 0 {
			word = strings.ToLower(word)
		}
		line = append(line, word)
	}
	return line
}

// tokens returns the keywords of each command, from COMMAND DOCS.
func tokens(c *servertest.Conn) map[string][]string {
	found := map[string][]string{}
	var commands func(docs resp.Map)
	commands = func(docs resp.Map) {
		for _, p := range docs {
			name, doc := p.Key.(string), p.Value.(resp.Map)
			for _, field := range doc {
				switch field.Key {
				case "arguments":
					found[name] = argumentTokens(nil, field.Value.([]any))
				case "subcommands":
					commands(field.Value.(resp.Map))
				}
			}
		}
	}
	commands(c.Do("COMMAND", "DOCS").(resp.Map))
	return found
}

func argumentTokens(list []string, arguments []any) []string {
	for _, argument := range arguments {
		for _, field := range argument.(resp.Map) {
			switch field.Key {
			case "token":
				list = append(list, field.Value.(string))
			case "arguments":
				list = argumentTokens(list, field.Value.([]any))
			}
		}
	}
	return list
}

// pipeline sends commands and returns the replies.
func pipeline(c *servertest.Conn, lines [][]any) (replies []any) {
	var b []byte
	for _, line := range lines {
		b = resp.AppendCommand(b, line...)
	}
	c.WriteRaw(string(b))
	for range lines {
		replies = append(replies, c.Read())
	}
	return replies
}

// keysFound sends commands that find keys and returns the replies, with flags in a fixed
// order.
func keysFound(c *servertest.Conn, lines [][]any) (replies []string) {
	for _, v := range pipeline(c, lines) {
		if keys, ok := v.([]any); ok {
			for _, key := range keys {
				pair := key.([]any)
				pair[1] = sorted(pair[1])
			}
		}
		replies = append(replies, fmt.Sprintf("%q", v))
	}
	return replies
}

func compareKeys(t *testing.T, lines [][]any, want, got []string) {
	t.Helper()
	differ := 0
	for i, line := range lines {
		if want[i] == got[i] {
			continue
		}
		if differ++; differ <= examplesShown {
			t.Errorf("%q\n\tRedis:  %s\n\ttattle: %s", line[2:], want[i], got[i])
		}
	}
	if differ > examplesShown {
		t.Errorf("%d of %d lines differ", differ, len(lines))
	}
}
