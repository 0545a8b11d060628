package torture_test

import (
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/integration/torture"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
)

// length is how long each attack lasts. For a long run, use the command, or
// TATTLE_TORTURE=10m.
func length(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("TATTLE_TORTURE")
	if text == "" {
		return 3 * time.Second
	}
	d, err := time.ParseDuration(text)
	require.NoError(t, err)
	return d
}

// serve starts a server in this process and returns its address.
func serve(t *testing.T) string {
	t.Helper()
	cfg := config.New()
	cfg.Port, cfg.Dir, cfg.SavePoints, cfg.EnableDebugCommand = 0, t.TempDir(), nil, config.AccessYes
	srv, err := server.Start(server.Options{Config: cfg})
	require.NoError(t, err)
	t.Cleanup(func() { srv.Close() })
	require.NoError(t, srv.Listen("tcp", "127.0.0.1:0"))
	return srv.Addr().String()
}

// attack makes an attack on the server at an address.
func attack(t *testing.T, name, addr string, d time.Duration) *torture.Report {
	t.Helper()
	attacks, err := torture.Named(name)
	require.NoError(t, err)
	reports, err := torture.Options{
		Attacks: attacks, For: d, Seed: uint64(time.Now().UnixNano()), Log: io.Discard,
		Target: func() (*torture.Target, error) { return torture.At(addr) },
	}.Run()
	require.NoError(t, err)
	require.Len(t, reports, 1)
	t.Log(reports[0])
	return reports[0]
}

// did are counts without which an attack was none.
var did = map[string][]string{
	"coherence": {"hits", "writes", "INCR", "FLUSHDB", "invalidations", "kills", "copies compared at rest"},
	"commands":  {"commands", "errors"},
	"restore":   {"payloads", "accepted", "libraries accepted"},
	"rdb":       {"files", "loaded"},
	"sandbox":   {"heavy scripts", "scripts"},
	"churn":     {"connections"},
	"soak":      {"hits", "commands", "payloads", "connections"},
}

// TestAttacks makes every attack for a short time. The server is in this process, so
// with -race the detector watches it as well.
func TestAttacks(t *testing.T) {
	for _, a := range torture.Attacks() {
		t.Run(a.Name, func(t *testing.T) {
			report := attack(t, a.Name, serve(t), length(t))
			report.WriteFindings(os.Stdout)
			require.Empty(t, report.Findings)
			for _, what := range did[a.Name] {
				require.Positive(t, report.Count(what), what)
			}
		})
	}
}

// TestAttacksFindMistakes puts between the attack and the server something that makes the
// mistake that the attack is there to find.
func TestAttacksFindMistakes(t *testing.T) {
	for _, c := range []struct {
		name, attack, finding string
		mistake               mistake
	}{
		{"an invalidation is lost", "coherence", "a cache of mode", mistake{lose: ">2\r\n$10\r\ninvalidate\r\n", every: 10}},
		{"a write is acknowledged and lost", "coherence", "version", mistake{from: "\r\nRENAME\r\n", to: "\r\nEXISTS\r\n", every: 5}},
		{"a reply comes twice", "commands", "replies to", mistake{from: "+QUEUED\r\n", to: "+QUEUED\r\n+QUEUED\r\n", every: 20}},
		{"a reply is not well-formed", "commands", "ended", mistake{from: "-ERR ", to: "!ERR ", every: 20}},
		{"a dump cannot be restored", "restore", "its own DUMP", mistake{from: "\x0c\x00", to: "\x0c\x01", every: 1}},
		{"a script finds something else", "sandbox", "the machine is another", mistake{from: "number 57", to: "number 58", every: 10}},
		{"an invalidation is lost in the soak", "soak", "a cache of mode", mistake{lose: ">2\r\n$10\r\ninvalidate\r\n", every: 10}},
		{"clients that are gone stay", "churn", "there is still", mistake{stay: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			report := attack(t, c.attack, interpose(t, serve(t), c.mistake), length(t))
			require.NotEmpty(t, report.Findings)
			require.Contains(t, report.Findings[0].What, c.finding)
		})
	}
}

func TestOnlyLoopback(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:1", "127.8.9.10:1", "[::1]:1", "localhost:1"} {
		_, err := torture.At(addr)
		require.NoError(t, err, addr)
	}
	for _, addr := range []string{"10.0.0.1:6379", "0.0.0.0:6379", "[::]:6379", "example.com:6379", ":6379"} {
		_, err := torture.At(addr)
		require.ErrorContains(t, err, "loopback addresses only", addr)
	}
}

func TestNamed(t *testing.T) {
	chosen, err := torture.Named("soak,churn")
	require.NoError(t, err)
	require.Equal(t, "soak", chosen[0].Name)
	require.Equal(t, "churn", chosen[1].Name)
	_, err = torture.Named("churn,nosuch")
	require.ErrorContains(t, err, "nosuch")
}
