package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/internal/transcript"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

// rules is how many rules of client tracking there are, each with a page in rules.
const rules = 49

// The contract of client tracking, rule by rule. It is played on the server at
// TATTLE_TEST_ADDR, if there is one; that loses its keys and some of its settings.
func TestRules(t *testing.T) {
	for rule := 1; rule <= rules; rule++ {
		pages, err := filepath.Glob(fmt.Sprintf("rules/%02d-*.txt", rule))
		require.NoError(t, err)
		require.Len(t, pages, 1, "each rule has one page")
		play(t, pages[0])
	}
}

// What commands do beside tracking.
func TestPages(t *testing.T) {
	pages, err := filepath.Glob("pages/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	for _, path := range pages {
		play(t, path)
	}
}

func play(t *testing.T, path string) {
	t.Run(filepath.Base(path), func(t *testing.T) {
		page, err := transcript.Load(path)
		require.NoError(t, err)
		addr := os.Getenv("TATTLE_TEST_ADDR")
		if addr == "" {
			addr = servertest.Run(t).Addr()
		}
		require.NoError(t, page.Run(addr))
	})
}

// What follows belongs to the rules and is on no page, each for a reason of its own.

// Rule 27. Which keys leave the table is left to chance, so that only a count can tell
// that each is told once; and they are many, as each check takes out a bounded number.
func TestRule27_TakenAtRandom(t *testing.T) {
	for _, test := range []struct{ keys, limit int }{{20, 5}, {2000, 10}} {
		t.Run(fmt.Sprint(test.keys), func(t *testing.T) {
			w := newWorld(t)
			a, read := w.v3(), map[any]bool{}
			a.ok("CLIENT TRACKING ON")
			line := "EXISTS"
			for i := range test.keys {
				line += fmt.Sprintf(" k%d", i)
				read[fmt.Sprintf("k%d", i)] = true
			}
			a.does(int64(0), line)
			require.Equal(t, test.keys, w.stat("tracking_total_keys"))
			w.admin.ok(fmt.Sprintf("CONFIG SET tracking-table-max-keys %d", test.limit))
			w.until(func() bool { return w.stat("tracking_total_keys") == test.limit })
			for range test.keys - test.limit {
				key := a.Read().(resp.Push)[1].([]any)[0]
				require.True(t, read[key], "%v is told once, and was read", key)
				delete(read, key)
			}
			a.gets()
		})
	}
}

// Rule 35. Two that send at once, without waiting for answers, meet in no order that a
// page could write down.
func TestRule35_UnderFire(t *testing.T) {
	const rounds = 300
	w := newWorld(t)
	a, b := w.v3(), w.v3()
	a.ok("CLIENT TRACKING ON BCAST PREFIX k")
	w.admin.do("RPUSH list " + strings.Repeat("element ", 300))
	fire, want := []string{}, []any{}
	for i := range rounds {
		fire = append(fire, fmt.Sprintf("MSET k%d v x%d v", i, i))
		want = append(want, "OK")
	}
	whole := a.do("LRANGE list 0 -1")
	for range rounds / 10 {
		b.pipe(fire[:10]...)
		a.pipe("LRANGE list 0 -1", "SET x v", "LRANGE list 0 -1")
		fire = fire[10:]
	}
	b.gets(want...)
	a.send("ECHO end")
	replies, told := 0, map[any]bool{}
	for v := a.Read(); v != "end"; v = a.Read() {
		push, isPush := v.(resp.Push)
		switch {
		case isPush:
			for _, key := range push[1].([]any) {
				require.False(t, told[key], "%v is told twice", key)
				told[key] = true
			}
			continue
		case replies%3 == 1:
			require.Equal(t, "OK", v)
		default:
			require.Equal(t, whole, v)
		}
		replies++
	}
	require.Equal(t, rounds/10*3, replies)
	require.Len(t, told, rounds)
}

// Rule 36. A push that is late is late now and then: it takes many rounds to meet one.
func TestRule36_ManyRounds(t *testing.T) {
	w := newWorld(t)
	byDefault, byPrefix, target, source := w.v3(), w.v3(), w.v3(), w.v2()
	byDefault.ok("CLIENT TRACKING ON")
	byPrefix.ok("CLIENT TRACKING ON BCAST PREFIX k")
	source.does("OK", "CLIENT TRACKING ON REDIRECT", target.id)
	subscribed := w.v2()
	subscribed.do("SUBSCRIBE __redis__:invalidate")
	w.v2().does("OK", "CLIENT TRACKING ON BCAST PREFIX k REDIRECT", subscribed.id)
	for i := range 100 {
		key := fmt.Sprintf("k%d", i)
		byDefault.does(nil, "GET", key)
		source.does(nil, "GET", key)
		w.admin.does("OK", "SET", key, "v")
		for _, p := range []peer{byDefault, byPrefix, target} {
			p.send("PING")
			p.next(inv(key), "PONG")
		}
		subscribed.send("PING")
		subscribed.next([]any{"message", "__redis__:invalidate", []any{key}}, []any{"pong", ""})
	}
}

// Rule 44. Thousands of prefixes are too many to write down. That the cost is as
// promised the benchmarks of prefixtable and tracking show.
func TestRule44_ThousandsOfPrefixes(t *testing.T) {
	const prefixes = 2000
	w := newWorld(t)
	a, b := w.v3(), w.v3()
	var args []any
	for i := range prefixes {
		args = append(args, "PREFIX", fmt.Sprintf("t%04d:", i))
	}
	a.does("OK", "CLIENT TRACKING ON BCAST", args...)
	b.ok("CLIENT TRACKING ON BCAST PREFIX t0042:k PREFIX t004:")
	require.Equal(t, prefixes+2, w.stat("tracking_total_prefixes"))
	w.admin.ok("MSET t0042:k v t1999: v t9999:k v t v")
	a.gets(inv("t0042:k"), inv("t1999:"))
	b.gets(inv("t0042:k"))
}
