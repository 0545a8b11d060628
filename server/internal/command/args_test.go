package command_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

func TestParseInt(t *testing.T) {
	for word, want := range map[string]int64{
		"0": 0, "-1": -1, "42": 42, "9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64,
	} {
		got, ok := command.ParseInt([]byte(word))
		require.True(t, ok, word)
		require.Equal(t, want, got)
	}
	for _, word := range []string{"", "-", "+1", "-0", "01", "-01", " 1", "1 ", "1_0", "0x1", "1.0", "9223372036854775808"} {
		_, ok := command.ParseInt([]byte(word))
		require.False(t, ok, "%q", word)
	}
}

func TestParseFloat(t *testing.T) {
	for word, want := range map[string]float64{
		"0": 0, "+1": 1, "-1": -1, "1.": 1, ".5": 0.5, "1e5": 1e5, "0e5000": 0, "0x0p99999": 0, "3e-324": 5e-324,
		"0x10": 16, "0X1p3": 8, "0x.8": 0.5, "-0x1": -1, "+inf": math.Inf(1), "-Infinity": math.Inf(-1), "007": 7,
	} {
		got, ok := command.ParseFloat([]byte(word))
		require.True(t, ok, word)
		require.Equal(t, want, got)
	}
	for _, word := range []string{
		"", " 1", "1 ", "1\n", "1\x00", ".", "-", "++1", "1e", "1e+", "0x", "0x1p", "1_000", "0x_1", "nan", "-nan", "nan(1)",
		"infinit", "1e400", "1e-400", "2e-324", "0x1p99999", "0x1p-99999", "1d", "e5",
	} {
		_, ok := command.ParseFloat([]byte(word))
		require.False(t, ok, "%q", word)
	}
}

func TestTimeout(t *testing.T) {
	for word, want := range map[string]int64{
		"0": 0, "1": 1000, "1.5": 1500, "0.0001": 1, "-0.0001": 0, "0x10": 16000, "9.2e15": 9_200_000_000_000_000_000,
	} {
		got, err := command.Timeout([]byte(word))
		require.NoError(t, err, word)
		require.Equal(t, want, got, word)
	}
	const tooLong = resp.Error("ERR timeout is out of range")
	for word, want := range map[string]error{
		"abc": resp.ErrTimeout, "nan": resp.ErrTimeout, "1e5000": resp.ErrTimeout, "": resp.ErrTimeout,
		"-1": resp.ErrTimeoutNeg, "-inf": resp.ErrTimeoutNeg, "-1e400": resp.ErrTimeoutNeg,
		"inf": tooLong, "1e400": tooLong, "9223372036854775": tooLong,
	} {
		_, err := command.Timeout([]byte(word))
		require.Equal(t, want, err, word)
	}
}

func TestClip(t *testing.T) {
	tests := []struct {
		first, last int64
		from, to    int
	}{
		{0, -1, 0, 5}, {1, 2, 1, 3}, {-2, -1, 3, 5}, {-100, 100, 0, 5}, {3, 1, 0, 0}, {5, 9, 0, 0}, {0, -6, 0, 0},
		{4, math.MaxInt64, 4, 5}, {math.MinInt64, math.MinInt64, 0, 0}, {math.MinInt64, math.MaxInt64, 0, 5},
	}
	for _, tt := range tests {
		from, to := command.Clip(tt.first, tt.last, 5)
		require.Equal(t, [2]int{tt.from, tt.to}, [2]int{from, to}, "%d %d", tt.first, tt.last)
	}
	from, to := command.Clip(0, -1, 0)
	require.Equal(t, [2]int{0, 0}, [2]int{from, to})
}
