package command

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

func words(list ...string) [][]byte {
	out := make([][]byte, len(list))
	for i, w := range list {
		out[i] = []byte(w)
	}
	return out
}

func TestParseScan(t *testing.T) {
	tests := []struct {
		words [][]byte
		want  ScanArgs
		err   error
	}{
		{words("0"), ScanArgs{Count: 10}, nil},
		{words("17", "MATCH", "a*", "count", "5"), ScanArgs{17, []byte("a*"), 5}, nil},
		{words("0", "match", "*"), ScanArgs{Count: 10}, nil},
		{words("0", "match", "a", "match", "b"), ScanArgs{0, []byte("b"), 10}, nil},
		{words("0", "count", "9223372036854775807"), ScanArgs{Count: math.MaxInt32}, nil},
		{words("x"), ScanArgs{}, resp.ErrCursor},
		{words("x", "count", "0"), ScanArgs{}, resp.ErrCursor},
		{words("0", "count", "0"), ScanArgs{}, resp.ErrSyntax},
		{words("0", "count", "x"), ScanArgs{}, resp.ErrNotInteger},
		{words("0", "count"), ScanArgs{}, resp.ErrSyntax},
		{words("0", "match"), ScanArgs{}, resp.ErrSyntax},
		{words("0", "type", "set"), ScanArgs{}, resp.ErrSyntax},
	}
	for _, tt := range tests {
		got, err := ParseScan(tt.words, 0, nil)
		require.Equal(t, tt.err, err, "%s", tt.words)
		if err == nil {
			require.Equal(t, tt.want, got, "%s", tt.words)
		}
	}
}

func TestParseScanExtra(t *testing.T) {
	flag, value := false, ""
	extra := func(word []byte, rest [][]byte) (int, error) {
		switch {
		case Is(word, "flag"):
			flag = true
			return 1, nil
		case Is(word, "value") && len(rest) > 0:
			value = string(rest[0])
			return 2, nil
		case Is(word, "bad"):
			return 0, resp.ErrNotFloat
		}
		return 0, nil
	}
	got, err := ParseScan(words("scan", "3", "flag", "count", "2", "value", "count", "match", "m"), 1, extra)
	require.NoError(t, err)
	require.Equal(t, ScanArgs{3, []byte("m"), 2}, got)
	require.True(t, flag)
	require.Equal(t, "count", value)

	_, err = ParseScan(words("0", "bad"), 0, extra)
	require.Equal(t, resp.ErrNotFloat, err)
	_, err = ParseScan(words("0", "other"), 0, extra)
	require.Equal(t, resp.ErrSyntax, err)
	_, err = ParseScan(words("0", "value"), 0, extra)
	require.Equal(t, resp.ErrSyntax, err)
}

func TestParseCursor(t *testing.T) {
	good := map[string]uint64{
		"0": 0, "+0": 0, "-0": 0, "007": 7, " 5": 5, "\n+3": 3, "1\x002": 1, "18446744073709551615": math.MaxUint64,
		"-18446744073709551615": 1, "-9223372036854775809": 1<<63 - 1, " -1": math.MaxUint64,
	}
	for word, want := range good {
		got, err := ParseCursor([]byte(word))
		require.NoError(t, err, "%q", word)
		require.Equal(t, want, got, "%q", word)
	}
	for _, word := range []string{"", "-1", "-9223372036854775808", "+", "-", "+-1", "- 1", "0 ", "0x10", "1_0", "18446744073709551616"} {
		_, err := ParseCursor([]byte(word))
		require.Equal(t, resp.ErrCursor, err, "%q", word)
	}
}

func TestSignedInt(t *testing.T) {
	n, err := SignedInt([]byte("-9223372036854775807"))
	require.NoError(t, err)
	require.Equal(t, int64(-math.MaxInt64), n)
	_, err = SignedInt([]byte("-9223372036854775808"))
	require.Equal(t, resp.ErrSignedRange, err)
	_, err = SignedInt([]byte("x"))
	require.Equal(t, resp.ErrNotInteger, err)
}
