package order_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/integration/order"
	"github.com/tattle-server/tattle/integration/reference"
)

// tries is how often each case is tried at each gap. For a long run, use the command.
const tries = 200

const smallGap = 20 * time.Microsecond

// requireOrder fails for every case in which commands overtook each other. The gaps are
// lower bounds, so on a slow machine it is less strict, but never wrong.
func requireOrder(t *testing.T, srv *order.Server, kind string, gaps ...time.Duration) {
	t.Helper()
	t.Cleanup(srv.Close)
	for _, cs := range order.Cases() {
		t.Run(cs.Name, func(t *testing.T) {
			for _, gap := range gaps {
				n, err := order.Measure(srv, kind, cs, gap, tries)
				require.NoError(t, err)
				require.Zero(t, n.Inversions, "of %d at %v, such as %s", n.Tries, gap, n.Example)
			}
		})
	}
}

// TestRedisKeepsOrder shows that Redis passes the next test.
func TestRedisKeepsOrder(t *testing.T) {
	reference.Start(t, reference.Redis8).Close() // or skip
	for _, kind := range []string{order.TCP, order.Unix} {
		t.Run(kind, func(t *testing.T) {
			srv, err := order.Redis()
			require.NoError(t, err)
			requireOrder(t, srv, kind, 0, smallGap)
		})
	}
}

// TestOrder demands the order even if the server gets no processor within the gap and sees
// both writes at once. For sockets, the kernel knows which write came first. For
// connections in memory the server itself must know, and gap 0 is left out.
func TestOrder(t *testing.T) {
	gaps := map[string][]time.Duration{
		order.TCP: {0, smallGap, 5 * smallGap}, order.Unix: {0, smallGap, 5 * smallGap}, order.Memory: {smallGap, 5 * smallGap},
	}
	for kind, gaps := range gaps {
		t.Run(kind, func(t *testing.T) {
			srv, err := order.Embedded(t)
			require.NoError(t, err)
			requireOrder(t, srv, kind, gaps...)
		})
	}
}

func TestWorse(t *testing.T) {
	seen := func(n ...int) (counts []order.Count) {
		for _, i := range n {
			counts = append(counts, order.Count{Tries: 10, Inversions: i})
		}
		return counts
	}
	rows := []order.Row{
		{Case: "get", Server: "redis", Kind: order.TCP, Counts: seen(1, 0)},
		{Case: "get", Server: "redis", Kind: order.TCP, Loaded: true, Counts: seen(0, 0)},
		{Case: "get", Server: "tattle", Kind: order.TCP, Counts: seen(1, 0)},
		{Case: "get", Server: "tattle", Kind: order.TCP, Loaded: true, Counts: seen(0, 1)},
		{Case: "get", Server: "tattle", Kind: order.Memory, Counts: seen(2, 0)},
		{Case: "exec", Server: "tattle", Kind: order.TCP, Counts: seen(0, 0)},
	}
	require.Equal(t, rows[3:], order.Worse(rows, "redis"), "what has nothing to compare with is worse too")
}
