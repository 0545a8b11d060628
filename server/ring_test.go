package server

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/tracking"
)

// The ring of a watcher does what a slice would do that is cut at its size.
func TestRingAgainstASlice(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, size := range []int{1, 2, 15, 16, 17, 50, 1000} {
		w := &Watcher{size: size, more: make(chan struct{}, 1), ended: make(chan struct{})}
		var model []tracking.Event
		var seq, dropped uint64
		for range 3000 {
			if r.IntN(3) > 0 {
				seq += 1 + r.Uint64N(3)
				w.put(tracking.Event{Seq: seq})
				model = append(model, tracking.Event{Seq: seq})
				if len(model) > size {
					model = model[1:]
					dropped++
				}
			} else if len(model) > 0 {
				e, err := w.Next(context.Background())
				require.NoError(t, err)
				require.Equal(t, model[0], e)
				model = model[1:]
			}
			require.Equal(t, dropped, w.Dropped())
			if r.IntN(20) > 0 {
				continue
			}
			after := r.Uint64N(seq + 2)
			var want []tracking.Event
			for _, e := range model {
				if e.Seq > after {
					want = append(want, e)
				}
			}
			require.Equal(t, want, w.Since(after))
		}
	}
}

// What an event costs the cycle, with nobody who watches, and with one who never reads.
func BenchmarkWatchers(b *testing.B) {
	for name, watchers := range map[string]int{"none": 0, "one": 1, "ten": 10} {
		b.Run(name, func(b *testing.B) {
			s, err := newServer(Options{})
			require.NoError(b, err)
			defer s.Close()
			for range watchers {
				s.Watch(1000, tracking.Remembered)
			}
			e := tracking.Event{Kind: tracking.Remembered, Client: 1}
			b.ReportAllocs()
			for b.Loop() {
				if s.events.kinds.Has(tracking.Remembered) {
					s.emit(e)
				}
			}
		})
	}
}
