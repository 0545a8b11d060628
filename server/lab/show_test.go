package lab

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server"
)

const example = `title A title
question A question?
level 2
# Prose
# of one paragraph.
open a w resp3
a> CLIENT TRACKING ON
a< OK
a> GET k
a< nil
predict What now?
w> SET k v
w< OK
a? heard
a? more
answer This.
wait tracking_total_keys 0
pass 1
info n tracking_clients
table               | what a hears @heard | and later @more
| tattle            | >invalidate [k]     | nothing
| Redis 1, Valkey 2 | nothing             | nothing
close w
client Do that.
reset
b> CLIENT GETNAME
b< b
b!
table | number @n
| Redis 8.0.2, Redis 7.0.15 | 1
`

func start(t *testing.T) (addr string) { return startServer(t).Addr().String() }

func startServer(t *testing.T) *server.Server {
	srv, err := server.Start(server.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { srv.Close() })
	return srv
}

func TestShow(t *testing.T) {
	l, err := parse("07-an-example.txt", example)
	require.NoError(t, err)
	var out strings.Builder
	var prompts []string
	term := Terminal{Out: &out, Ask: func(prompt string) string {
		prompts = append(prompts, prompt)
		return " my guess\n"
	}}
	require.NoError(t, term.Show(l, start(t)))
	require.Equal(t, []string{"your guess> "}, prompts)
	require.Equal(t, `
Lab 7: A title

A question?

Prose of one paragraph.

  a                        w                        b
  (connects, RESP3)
                           (connects, RESP3)
  > CLIENT TRACKING ON
  < OK
  > GET k
  < nil

Predict: What now?

  a                        w                        b
                           > SET k v
                           < OK
  < >invalidate [k]
  (nothing)

You said: my guess

Answer: This.

  a                        w                        b
  ... until tracking_total_keys of INFO is 0
  ... 1 ms later
  ... INFO says tracking_clients:1

What each server does:
  what a hears
    >invalidate [k]                     tattle
    nothing                             Redis 1, Valkey 2
  and later
    nothing                             tattle, Redis 1, Valkey 2

  a                        w                        b
                           (disconnects)

What a client must do: Do that.

  a                        w                        b
  ... and once more, with no keys and no connections
                                                    > CLIENT GETNAME
                                                    < b
                                                    (nothing)

All do this: Redis 8.0.2, Redis 7.0.15
  number                                1
    1                                   here (tattle `+server.Version+`, not in the table)
`, out.String())
}

// Colours are on for a terminal that wants them, and a step waits for Enter where asked to.
func TestShowOnTerminal(t *testing.T) {
	l, err := parse("07-an-example.txt", example)
	require.NoError(t, err)
	var out strings.Builder
	waits := 0
	term := Terminal{Out: &out, Colour: true, Step: true, Ask: func(prompt string) string {
		if prompt == "" {
			waits++
		}
		return ""
	}}
	require.NoError(t, term.Show(l, start(t)))
	require.Contains(t, out.String(), "\x1b[33m< >invalidate [k]\x1b[0m\n")
	require.NotContains(t, out.String(), "You said", "nothing was said")
	require.Equal(t, 17, waits)
}

// With Why each step is followed by what the server has decided.
func TestShowWhy(t *testing.T) {
	l, err := parse("07-an-example.txt", strings.Replace(example, "TRACKING ON", "TRACKING ON NOLOOP", 1))
	require.NoError(t, err)
	srv := startServer(t)
	var out strings.Builder
	term := Terminal{Out: &out, Why: Why(srv)}
	require.NoError(t, term.Show(l, srv.Addr().String()))
	require.Contains(t, out.String(), `
  > GET k
  < nil
  * a holds [k] (GET)

Predict: What now?

  a                        w                        b
                           > SET k v
                           < OK
  * invalidate [k] for a by push: sent (SET by w)
  < >invalidate [k]
  (nothing)
`)
	require.NotContains(t, out.String(), "FLUSHALL", "that was the runner")
}

func TestBadLabs(t *testing.T) {
	for _, tt := range []struct{ file, old, new, want string }{
		{"example.txt", "", "", "example.txt: a lab is named like 01-default-mode.txt"},
		{"01-x.txt", "level 2", "level 4", "01-x.txt: the level is 1, 2 or 3"},
		{"01-x.txt", "title A title", "", "01-x.txt: the lab has 0 lines of title"},
		{"01-x.txt", "level 2", "level 2\nlevel 2", "01-x.txt: the lab has 2 lines of level"},
		{"01-x.txt", "predict", "# predict", "01-x.txt: the lab has 0 lines of predict"},
		{"01-x.txt", "client Do", "# Do", "01-x.txt: the lab has 0 lines of client"},
		{"01-x.txt", "a? heard", "a?", "01-x.txt:14: a? wants a name for what has arrived"},
		{"01-x.txt", "table", "#", "01-x.txt:21: a row stands behind the end of an each"},
	} {
		_, err := parse(tt.file, strings.Replace(example, tt.old, tt.new, 1))
		require.EqualError(t, err, tt.want)
	}
	_, err := parse("01-x.txt", "title t\nquestion q\nlevel 1\npredict p\nanswer a\nclient c")
	require.EqualError(t, err, "01-x.txt: the lab has no table")
}

func TestFind(t *testing.T) {
	labs := []*Lab{{Number: 1, Name: "default-mode"}, {Number: 2, Name: "optin"}, {Number: 12, Name: "two-databases"}}
	for word, want := range map[string]int{"1": 1, "02": 2, "12": 12, "optin": 2, "12-two-databases": 12} {
		l, err := Find(labs, word)
		require.NoError(t, err)
		require.Equal(t, want, l.Number)
	}
	for word, want := range map[string]string{
		"databases": `there is no lab "databases"; there is two-databases`,
		"o":         `there is no lab "o"; there is default-mode, optin, two-databases`,
		"Optout":    `there is no lab "Optout"; there is optin`,
		"3":         `there is no lab "3"; tattle lab lists them`,
		"":          `there is no lab ""; tattle lab lists them`,
		"elephant":  `there is no lab "elephant"; tattle lab lists them`,
	} {
		_, err := Find(labs, word)
		require.EqualError(t, err, want)
	}
}

func TestCheck(t *testing.T) {
	addr := start(t)
	right, err := parse("07-right.txt", example)
	require.NoError(t, err)
	lies, err := parse("08-lies.txt", strings.Replace(example, ">invalidate [k]", ">invalidate [x]", 1))
	require.NoError(t, err)
	var out strings.Builder
	require.Equal(t, 1, Check(&out, []*Lab{right, lies}, addr))
	require.Equal(t, `ok      07-right (its table has no row for tattle `+server.Version+`)
failed  08-lies: 08-lies.txt:20: what a hears: the table says >invalidate [x], it is >invalidate [k]
`, out.String())

	require.ErrorContains(t, right.Verify(addr), "the table has no row for tattle "+server.Version+", where it would be 1")
}

// A server that was borrowed is left empty, with the settings that it had.
func TestLoan(t *testing.T) {
	srv, err := server.Start(server.Options{})
	require.NoError(t, err)
	defer srv.Close()
	do := func(words ...any) any {
		v, err := srv.Call(3, words...)
		require.NoError(t, err)
		return v
	}
	do("SET", "k", "v")
	do("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
	l, err := Borrow(srv.Addr().String())
	require.NoError(t, err)
	require.Equal(t, "tattle "+server.Version, l.Name)
	require.Equal(t, 1, l.Keys)
	do("CONFIG", "SET", "maxmemory-policy", "noeviction", "tracking-table-max-keys", "7")
	require.NoError(t, l.Return())
	require.Contains(t, fmt.Sprint(do("CONFIG", "GET", "maxmemory-policy")), "allkeys-lru")
	require.Contains(t, fmt.Sprint(do("CONFIG", "GET", "tracking-table-max-keys")), "1000000")
	require.Zero(t, do("DBSIZE"))

	do("CONFIG", "SET", "requirepass", "secret")
	_, err = Borrow(srv.Addr().String())
	require.EqualError(t, err, "NOAUTH Authentication required.")
	srv.Close()
	require.ErrorContains(t, l.Return(), "refused")
}

func TestList(t *testing.T) {
	var out strings.Builder
	List(&out, []*Lab{
		{Number: 1, Name: "a-lab", Title: "A title", Question: "What?", Level: 1},
		{Number: 2, Name: "b-lab", Title: "Another", Question: strings.Repeat("What? ", 20), Level: 2},
	})
	require.Equal(t, `
   1  a-lab (level 1): A title
      What?

   2  b-lab (level 2): Another
      What? What? What? What? What? What? What? What? What? What? What? What?
      What? What? What? What? What? What? What? What?
`, out.String())
}

// Where columns would be too narrow each line has the name of its connection.
func TestShowManyConnections(t *testing.T) {
	l, err := parse("07-an-example.txt", strings.Replace(example, "open a w resp3", "open a w c d reader resp3", 1))
	require.NoError(t, err)
	var out strings.Builder
	term := Terminal{Out: &out}
	require.NoError(t, term.Show(l, start(t)))
	require.Contains(t, out.String(), `
  a       (connects, RESP3)
  w       (connects, RESP3)
  c       (connects, RESP3)
  d       (connects, RESP3)
  reader  (connects, RESP3)
  a       > CLIENT TRACKING ON
`)
}
