package integration

import (
	"math/rand/v2"
	"os"
	"reflect"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/integration/reference"
	"github.com/tattle-server/tattle/server/servertest"
)

// both are tattle and Redis 8.0.2, which get the same random commands.
type both struct {
	our, ref *servertest.Conn
	random   *rand.Rand
	lines    [][]any
	compared int
}

// compareRandom calls round for TATTLE_ROUNDS rounds, or as many as given, and compares
// what both servers reply to the commands of each.
func compareRandom(t *testing.T, rounds int, round func(b *both, i int)) {
	seed := uint64(number(t, "TATTLE_SEED", 1))
	rounds = number(t, "TATTLE_ROUNDS", rounds)
	t.Logf("TATTLE_SEED=%d TATTLE_ROUNDS=%d", seed, rounds)
	b := &both{our: servertest.Run(t).Connect(t), ref: servertest.Dial(t, reference.Start(t, reference.Redis8).Addr)}
	for i := range rounds {
		b.random = rand.New(rand.NewPCG(seed, uint64(i)))
		b.do("FLUSHALL")
		round(b, i)
		b.compare(t)
	}
	t.Logf("compared the replies to %d commands", b.compared)
}

// number reads a number from the environment.
func number(t *testing.T, name string, otherwise int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, name)
	return n
}

// do adds a command to those of the round.
func (b *both) do(words ...any) { b.lines = append(b.lines, words) }

// compare sends the commands of the round.
func (b *both) compare(t *testing.T) {
	t.Helper()
	want, got := pipeline(b.ref, b.lines), pipeline(b.our, b.lines)
	for i := range want {
		if !reflect.DeepEqual(want[i], got[i]) {
			t.Fatalf("after %q\n%.300q\n\tRedis:  %.2000q\n\ttattle: %.2000q", b.lines[max(0, i-5):i], b.lines[i], want[i], got[i])
		}
	}
	b.compared += len(b.lines)
	b.lines = nil
}

// one returns one of several words.
func (b *both) one(words ...string) string { return words[b.random.IntN(len(words))] }
