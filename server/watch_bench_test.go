package server

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/tracking"
)

// What an event costs the cycle without a watcher, and with watchers that never read.
func BenchmarkWatchers(b *testing.B) {
	for name, watchers := range map[string]int{"none": 0, "one": 1, "ten": 10} {
		b.Run(name, func(b *testing.B) {
			s, err := newServer(Options{})
			require.NoError(b, err)
			defer s.Close()
			for range watchers {
				s.Watch(tracking.Remembered)
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
