package strings

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// silent is a listener that ignores changes.
type silent struct{}

func (silent) Modified(*keyspace.DB, []byte, keyspace.Cause)      {}
func (silent) Ready(*keyspace.DB, []byte)                         {}
func (silent) Event(*keyspace.DB, keyspace.Class, string, []byte) {}

func newCall(args ...string) *command.Call {
	ks := keyspace.New(1, silent{}, rand.New(rand.NewPCG(1, 2)))
	c := &command.Call{Out: &resp.Writer{}, DB: ks.DB(0)}
	setArgsOf(c, args...)
	return c
}

func setArgsOf(c *command.Call, args ...string) {
	c.Args = nil
	for _, a := range args {
		c.Args = append(c.Args, []byte(a))
	}
}

// allocations counts the allocations of one run of a call whose reply buffer is warm.
func allocations(t *testing.T, c *command.Call, run func(*command.Call) error) float64 {
	t.Helper()
	return testing.AllocsPerRun(100, func() {
		c.Out.Buf = c.Out.Buf[:0]
		require.NoError(t, run(c))
	})
}

func TestGetAndSetDoNotAllocate(t *testing.T) {
	c := newCall("set", "key", "value")
	require.NoError(t, runSet(c))
	require.Zero(t, allocations(t, c, runSet), "SET over a value of the same length")
	setArgsOf(c, "set", "key", "other", "PX", "10000")
	require.Zero(t, allocations(t, c, runSet), "SET with a time to live")
	setArgsOf(c, "get", "key")
	require.Zero(t, allocations(t, c, runGet))
	setArgsOf(c, "incr", "n")
	require.NoError(t, runIncr(c))
	require.Zero(t, allocations(t, c, runIncr))
}

func TestSetCopiesItsValue(t *testing.T) {
	c := newCall("set", "key", "value")
	require.NoError(t, runSet(c))
	copy(c.Args[2], "XXXXX")
	require.Equal(t, "value", string(c.DB.Peek([]byte("key")).Str()))
}

func TestSetGivesBackALargeBuffer(t *testing.T) {
	c := newCall("set", "key", string(make([]byte, 10_000)))
	require.NoError(t, runSet(c))
	setArgsOf(c, "set", "key", "small")
	require.NoError(t, runSet(c))
	require.Less(t, cap(c.DB.Peek([]byte("key")).Str()), 100)
}

func BenchmarkSet(b *testing.B) { benchmark(b, runSet, "set", "key", "value") }
func BenchmarkGet(b *testing.B) { benchmark(b, runGet, "get", "key") }

func benchmark(b *testing.B, run func(*command.Call) error, args ...string) {
	c := newCall("set", "key", "value")
	if err := runSet(c); err != nil {
		b.Fatal(err)
	}
	setArgsOf(c, args...)
	b.ReportAllocs()
	for b.Loop() {
		c.Out.Buf = c.Out.Buf[:0]
		if err := run(c); err != nil {
			b.Fatal(err)
		}
	}
}
