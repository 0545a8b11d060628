package integration

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/integration/reference"
	"github.com/tattle-server/tattle/server/servertest"
)

// infoSection is a section of INFO with the names of its fields, in their order if it has
// one.
type infoSection struct {
	name   string
	fields []string
}

// onlyHere are fields that Redis does not have. Its modules are not compared: tattle has
// none.
var onlyHere = map[string]bool{"tattle_version": true, "go_version": true, "module": true}

func infoFields(t *testing.T, c *servertest.Conn, sections ...any) (list []infoSection) {
	t.Helper()
	text, ok := c.Do(append([]any{"INFO"}, sections...)...).(string)
	require.True(t, ok)
	for line := range strings.SplitSeq(text, "\r\n") {
		if name, isSection := strings.CutPrefix(line, "# "); isSection {
			list = append(list, infoSection{name: name})
			continue
		}
		name, _, isField := strings.Cut(line, ":")
		if last := len(list) - 1; isField && !onlyHere[name] {
			list[last].fields = append(list[last].fields, name)
		}
	}
	for _, s := range list {
		if strings.HasSuffix(s.name, "stats") { // in Redis the order is that of a hash table
			slices.Sort(s.fields)
		}
	}
	return list
}

func TestInfoIsRedis(t *testing.T) {
	our, ref := servertest.Dial(t, servertest.Run(t).Addr()), servertest.Dial(t, reference.Start(t, reference.Redis8).Addr)
	for _, c := range []*servertest.Conn{our, ref} {
		for _, line := range []string{"SET string value EX 100", "RPUSH list a", "SADD set a", "ZADD zset 1 a", "HSET hash f v", "CONFIG RESETSTAT", "nosuch"} {
			words := []any{}
			for word := range strings.FieldsSeq(line) {
				words = append(words, word)
			}
			c.Do(words...)
		}
	}
	for _, sections := range [][]any{
		{}, {"default"}, {"all"}, {"everything"}, {"KEYSIZES", "server"}, {"nosuch"}, {"memory", "nosuch", "default"}, {"commandstats", "threads"},
	} {
		require.Equal(t, infoFields(t, ref, sections...), infoFields(t, our, sections...), sections)
	}
}
