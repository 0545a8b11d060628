package sessions

import (
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	session := Session{
		{'a', []string{"SET", "k", "a value", ""}},
		{'b', []string{"CLIENT", "KILL", "ID", "$a'"}},
		{'c', []string{"EVAL", `return "x"`, "0", "#", "\r\n\x00"}},
		{'e', []string{Reconnect}},
	}
	parsed, err := Parse(strings.NewReader("# why\n\n" + session.String()))
	require.NoError(t, err)
	require.Equal(t, session, parsed)

	for _, mode := range []Mode{Pipeline, Async} {
		parsed, err := Parse(strings.NewReader("# why\n" + session.in(mode).String()))
		require.NoError(t, err)
		found, steps := parsed.mode()
		require.Equal(t, mode, found)
		require.Equal(t, session, steps)
	}

	for _, bad := range []string{"* !fast", "* !async now", "f GET k", "a", "ab GET k", `a GET "k`} {
		_, err := Parse(strings.NewReader(bad))
		require.ErrorContains(t, err, "line 1: ")
	}
}

func TestCutFrames(t *testing.T) {
	whole := []string{"+OK\r\n", "*2\r\n$1\r\na\r\n%1\r\n+k\r\n*-1\r\n", "$-1\r\n", "_\r\n", ">1\r\n=5\r\ntxt:x\r\n", "~0\r\n"}
	all := strings.Join(whole, "")
	frames, rest := cutFrames([]byte(all))
	require.Equal(t, whole, frames)
	require.Empty(t, rest)
	for n := range all {
		frames, rest := cutFrames([]byte(all[:n]))
		require.Equal(t, all[:n], strings.Join(frames, "")+string(rest))
		require.Equal(t, strings.Join(whole[:len(frames)], ""), strings.Join(frames, ""))
	}
}

func TestInOrder(t *testing.T) {
	for given, want := range map[string]string{
		"*2\r\n$1\r\n0\r\n*2\r\n+b\r\n+a\r\n": "*2\r\n$1\r\n0\r\n*2\r\n+a\r\n+b\r\n",
		"~2\r\n:2\r\n:1\r\n":                  "~2\r\n:1\r\n:2\r\n",
		"*0\r\n":                              "*0\r\n",
		"*-1\r\n":                             "*-1\r\n",
		"+*\r\n":                              "+*\r\n",
		">2\r\n+b\r\n+a\r\n":                  ">2\r\n+b\r\n+a\r\n",
		"*2\r\n$10\r\ninvalidate\r\n$-1\r\n":  "*2\r\n$10\r\ninvalidate\r\n$-1\r\n",
	} {
		require.Equal(t, []string{want}, inOrder([]string{given}))
	}
}

func TestMonitored(t *testing.T) {
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	s := &side{control: &control{nc: here}}
	require.Equal(t, []string{"+[3 lua] \"GET\" \"k\"\r\n", "+OK\r\n", "+[0 1.2.3.4:5] \"PING\"\r\n"}, s.monitored([]string{
		"+1795295126.111295 [3 lua] \"GET\" \"k\"\r\n", "+OK\r\n", "+1795295126.111295 [0 1.2.3.4:5] \"PING\"\r\n",
	}))
}

func TestSame(t *testing.T) {
	for _, test := range []struct {
		ref, our string
		want     bool
	}{
		{":5\r\n", ":5\r\n", true},
		{":5\r\n", ":6\r\n", false},
		{":99999\r\n", ":100000\r\n", true},
		{":1700000000123\r\n", ":1700000001123\r\n", true},
		{":1700000000123\r\n", ":1700000009123\r\n", false},
		{"*1\r\n:99999\r\n", ":99999\r\n", false},
		{">2\r\n$10\r\ninvalidate\r\n_\r\n", ">2\r\n$10\r\ninvalidate\r\n$-1\r\n", true},
	} {
		require.Equal(t, test.want, same(test.ref, test.our), "%q %q", test.ref, test.our)
	}
}

// TestTemplates makes sure that every template can be drawn.
func TestTemplates(t *testing.T) {
	for _, k := range slices.Concat(kinds, waited, unwaited) {
		for _, template := range k.templates {
			parts, err := split(template)
			require.NoError(t, err)
			for _, word := range parts {
				if m := hole.FindStringSubmatch(word); m != nil {
					require.NotEmpty(t, words[m[1]], "%s in %s", word, template)
				}
			}
		}
	}
}
