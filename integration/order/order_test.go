package order_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/integration/order"
	"github.com/tattle-server/tattle/integration/reference"
)

// tries is how often each case is tried at each gap. The long run is the command.
const tries = 200

const smallGap = 20 * time.Microsecond

// requireOrder fails for every case in which commands overtook each other. The gaps
// are lower bounds, so a slow machine makes it less strict and never wrong.
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

// TestRedisKeepsOrder shows that what the next test asks for is what Redis does.
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

// TestOrder asks for more than time allows: the server may get no processor within the
// gap and see both writes at once. For sockets the kernel knows then which came first;
// for connections in memory the server must, and is spared gap 0.
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
