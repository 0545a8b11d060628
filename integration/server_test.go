package integration

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/servertest"
)

// patience is how long to wait for a condition. It only ends tests that would wait for
// ever.
const patience = 10 * time.Second

// peer is the server under test and a plain connection to it, which plays the
// client that writes behind the caches' backs.
type peer struct {
	*servertest.Conn
	t    *testing.T
	addr string
}

// start starts a server that ends with the test. If TATTLE_TEST_ADDR is set, it empties and
// uses the server at that address instead, so that the tests themselves can be tried on
// another implementation.
func start(t *testing.T) *peer {
	t.Helper()
	addr := os.Getenv("TATTLE_TEST_ADDR")
	if addr == "" {
		addr = servertest.Run(t).Addr()
	}
	p := &peer{Conn: servertest.Dial(t, addr), t: t, addr: addr}
	p.run("FLUSHALL")
	p.run("CONFIG", "RESETSTAT")
	return p
}

// run sends a command that must be answered by OK.
func (p *peer) run(args ...any) {
	p.t.Helper()
	require.Equal(p.t, "OK", p.Do(args...), "%v", args)
}

// calls returns how often the server has run a command, by its own count.
func (p *peer) calls(command string) int {
	p.t.Helper()
	return p.figure("commandstats", "cmdstat_"+command+":calls=")
}

// figure returns the number that follows some text in a section of INFO, or 0 if
// the text is not there.
func (p *peer) figure(section, before string) int {
	p.t.Helper()
	info, _ := p.Do("INFO", section).(string)
	_, rest, found := strings.Cut(info, before)
	if !found {
		return 0
	}
	digits, _, _ := strings.Cut(strings.ReplaceAll(rest, ",", "\r"), "\r")
	n, err := strconv.Atoi(digits)
	require.NoError(p.t, err)
	return n
}

// set changes a setting until the end of the test.
func (p *peer) set(name, value string) {
	p.t.Helper()
	old := p.Do("CONFIG", "GET", name).([]any)
	p.run("CONFIG", "SET", name, value)
	p.t.Cleanup(func() {
		c := servertest.Dial(p.t, p.addr)
		defer c.Close()
		c.Do("CONFIG", "SET", name, old[1])
	})
}

// await waits until a condition is true.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(patience)
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for !condition() {
		select {
		case <-again.C:
		case <-deadline:
			require.FailNow(t, "waited in vain", "%s", what)
		}
	}
}

// receive waits for the next value of a channel.
func receive[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		require.FailNow(t, "waited in vain", "%s", what)
		panic("unreachable")
	}
}
