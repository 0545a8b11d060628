package watch

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A limit that is set much lower gives the memory of the log back.
func TestSlowlogShrinks(t *testing.T) {
	var l Slowlog
	for i := range 10_000 {
		l.Add(Slow{Took: time.Duration(i)}, 10_000)
	}
	l.Trim(10)
	require.Equal(t, 10, l.Len())
	require.LessOrEqual(t, cap(l.list), 20)
	for s := range l.Newest(1) {
		require.Equal(t, int64(9999), s.ID)
	}
}
