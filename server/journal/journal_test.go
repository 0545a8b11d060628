package journal_test

import (
	"context"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/journal"
	"github.com/tattle-server/tattle/tracking"
)

// A journal has the last of what was put into it, and its readers what a slice would have.
func TestJournalAgainstASlice(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, limit := range []int{0, 1_000, 10_000, 1_000_000} {
		j := journal.New(limit)
		all, some := j.Reader(0, tracking.KindsOf()), j.Reader(0, tracking.KindsOf(tracking.Began))
		var model []tracking.Event
		var read, lost uint64
		for i := range 5_000 {
			e := tracking.Event{Seq: uint64(2*i + 2), Kind: tracking.Kind(r.IntN(3) + int(tracking.Connected)), Text: strings.Repeat("x", r.IntN(300))}
			j.Put(e)
			model = append(model, e)
			for r.IntN(4) == 0 && all.Last() > read {
				first, err := all.Next(context.Background())
				require.NoError(t, err)
				for _, got := range all.Take([]tracking.Event{first}, r.IntN(600)) {
					if got.Seq > read+2 {
						lost += (got.Seq - read - 2) / 2
					}
					read = got.Seq
					require.Equal(t, model[got.Seq/2-1], got)
				}
			}
		}
		state := j.State()
		require.Equal(t, len(model), state.Events+int(state.Dropped))
		require.True(t, state.Bytes <= limit || state.Events == 1)
		rest := model[state.Dropped:]
		require.Equal(t, rest, j.Since(0))
		require.Equal(t, rest[len(rest)/2:], all.Since(rest[len(rest)/2].Seq-1))
		require.Equal(t, [2]uint64{rest[0].Seq, rest[len(rest)-1].Seq}, [2]uint64{state.First, state.Last})

		began := j.Since(0, tracking.Began)
		require.Equal(t, began, some.Since(0))
		require.Equal(t, began, all.Since(0, tracking.Began))
		require.Empty(t, some.Since(0, tracking.Ended), "the reader has not asked for it")
		if rest[0].Seq > read {
			lost += (rest[0].Seq - read - 2) / 2
		}
		require.Equal(t, lost, all.Dropped())
		some.End()
		n := 0
		for range some.All() {
			n++
		}
		require.Equal(t, len(began), n)

		j.SetLimit(1)
		require.Equal(t, model[len(model)-1:], j.Since(0))
	}
}

// A reader that has ended has what was there, and nothing that comes later.
func TestReaderThatHasEnded(t *testing.T) {
	j := journal.New(1 << 20)
	r := j.Reader(0, tracking.KindsOf())
	j.Put(tracking.Event{Seq: 1})
	r.End()
	r.End()
	j.Put(tracking.Event{Seq: 2})
	require.Len(t, r.Since(0), 1)
	_, err := r.Next(context.Background())
	require.NoError(t, err)
	_, err = r.Next(context.Background())
	require.ErrorIs(t, err, io.EOF)
	late := j.Reader(1, tracking.KindsOf())
	e, err := late.Next(context.Background())
	require.NoError(t, err)
	require.Equal(t, uint64(2), e.Seq)
}

// Several goroutines may share a reader: each event goes to one of them.
func TestReaderOfManyGoroutines(t *testing.T) {
	j := journal.New(1 << 20)
	r := j.Reader(0, tracking.KindsOf())
	const readers, events = 4, 2_000
	counts := make(chan int, readers)
	for range readers {
		go func() {
			n := 0
			for range r.All() {
				n++
			}
			counts <- n
		}()
	}
	for i := range uint64(events) {
		j.Put(tracking.Event{Seq: i + 1})
	}
	r.End()
	sum := 0
	for range readers {
		sum += <-counts
	}
	require.Equal(t, events, sum)
}
