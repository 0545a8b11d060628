package server

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/internal/watch"
)

// What Redis 8.0.2 draws of the same samples.
func TestDrawLatency(t *testing.T) {
	var b strings.Builder
	drawLatency(&b, []watch.Spike{
		{Unix: 87, MS: 10}, {Unix: 88, MS: 20}, {Unix: 89, MS: 32}, {Unix: 90, MS: 40}, {Unix: 91, MS: 100}, {Unix: 92, MS: 50}, {Unix: 94, MS: 206},
	}, 10, 206, 100)
	require.Equal(t, `
      #
      |
    # |
__oo|#|
       
1111986
3210sss
ssss   
`, "\n"+b.String())
	b.Reset()
	drawLatency(&b, []watch.Spike{{Unix: 99, MS: 10}}, 10, 10, 100)
	require.Equal(t, " \n \n \n_\n \n1\ns\n", b.String())
}

func TestAge(t *testing.T) {
	for seconds, want := range map[int64]string{0: "0s", 59: "59s", 60: "1m", 3599: "59m", 3600: "1h", 86399: "23h", 86400: "1d"} {
		require.Equal(t, want, age(seconds))
	}
}
