package reference

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStart(t *testing.T) {
	for _, v := range All() {
		t.Run(v.Name, func(t *testing.T) {
			s := Start(t, v, "--maxmemory", "100mb")
			other := Start(t, v)
			require.NotEqual(t, s.Addr, other.Addr)
			conn, err := net.Dial("tcp", s.Addr)
			require.NoError(t, err)
			conn.Close()
			s.Close()
			_, err = net.Dial("tcp", s.Addr)
			require.Error(t, err)
		})
	}
}

func TestWhatDoesNotStartSaysWhy(t *testing.T) {
	Start(t, Redis8) // or skip
	p, err := Bring(Redis8)
	require.NoError(t, err)
	_, err = p.Run("--no-such-setting", "1")
	require.ErrorContains(t, err, "redis 8.0.2 ended at once")
	require.ErrorContains(t, err, "no-such-setting")
}

func TestNamed(t *testing.T) {
	v, ok := Named("valkey8")
	require.True(t, ok)
	require.Equal(t, Valkey8, v)
	_, ok = Named("redis")
	require.False(t, ok)
}
