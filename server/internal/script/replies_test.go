package script

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// recorded is a script and what Redis 8.0.2 did with it.
type recorded struct {
	line   int
	script string
	calls  [][2]string // command, its words joined by zero bytes, and reply
	want   map[int]string
}

// TestReplies runs the scripts of testdata/replies.txt.
func TestReplies(t *testing.T) {
	e := New("8.0.2")
	for _, r := range readRecorded(t) {
		for _, proto := range []int{2, 3} {
			out := resp.Writer{Proto: proto}
			h := &player{t: t, calls: r.calls}
			if s, err := e.Load([]byte(r.script), false); err != nil {
				out.Error(err)
			} else {
				e.Run(h, s, words("key1"), words("arg1", "arg2"), &out)
			}
			require.Equal(t, r.want[proto], string(out.Buf), "line %d, RESP%d: %s", r.line, proto, r.script)
			require.Empty(t, h.calls, r.script)
		}
	}
}

func readRecorded(t *testing.T) (all []*recorded) {
	t.Helper()
	f, err := os.Open("testdata/replies.txt")
	require.NoError(t, err)
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	var last *recorded
	for n := 1; in.Scan(); n++ {
		kind, rest, _ := strings.Cut(in.Text(), " ")
		switch kind {
		case "script":
			last = &recorded{line: n, script: unquote(t, rest), want: map[int]string{}}
			all = append(all, last)
		case "call":
			command, err := strconv.QuotedPrefix(rest)
			require.NoError(t, err)
			reply := unquote(t, strings.TrimSpace(rest[len(command):]))
			last.calls = append(last.calls, [2]string{unquote(t, command), reply})
		case "want2":
			last.want[2] = unquote(t, rest)
		case "want3":
			last.want[3] = unquote(t, rest)
		}
	}
	require.NoError(t, in.Err())
	return all
}

func unquote(t *testing.T, s string) string {
	t.Helper()
	text, err := strconv.Unquote(s)
	require.NoError(t, err, s)
	return text
}

func words(s ...string) (b [][]byte) {
	for _, w := range s {
		b = append(b, []byte(w))
	}
	return b
}

// player is a host that answers as recorded.
type player struct {
	t     *testing.T
	calls [][2]string
}

func (p *player) Call(args [][]byte, out *resp.Writer) {
	var b []string
	for _, a := range args {
		b = append(b, string(a))
	}
	require.NotEmpty(p.t, p.calls, "%q", b)
	require.Equal(p.t, p.calls[0][0], strings.Join(b, "\x00"))
	out.Raw([]byte(p.calls[0][1]))
	p.calls = p.calls[1:]
}

func (p *player) Allowed(args [][]byte) (allowed, known bool) { return true, string(args[0]) == "get" }
func (*player) Breathe()                                      {}

func (p *player) Log(Level, string) {}
