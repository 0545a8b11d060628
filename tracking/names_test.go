package tracking

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Every kind, cause, route and outcome is found by its text.
func TestNames(t *testing.T) {
	for k := range kinds {
		got, ok := KindNamed(k.String())
		require.True(t, ok, k)
		require.Equal(t, k, got)
	}
	for o := range outcomes {
		got, ok := OutcomeNamed(o.String(), o.Rule())
		require.True(t, ok, o)
		require.Equal(t, o, got)
	}
	for c := Write; c <= Flush; c++ {
		got, ok := CauseNamed(c.String())
		require.True(t, ok, c)
		require.Equal(t, c, got)
	}
	require.Panics(t, func() { _ = (Flush + 1).String() }, "Flush is the last cause")
	for r := Push; r <= Broadcast; r++ {
		got, ok := RouteNamed(r.String())
		require.True(t, ok, r)
		require.Equal(t, r, got)
	}
	require.Panics(t, func() { _ = (Broadcast + 1).String() }, "Broadcast is the last route")
	_, ok := KindNamed("")
	require.False(t, ok)
	_, ok = OutcomeNamed(NoLoop.String(), 1)
	require.False(t, ok)
}
