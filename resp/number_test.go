package resp_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// The texts are Redis 8.0.2's replies to ZSCORE.
func TestAppendDouble(t *testing.T) {
	for want, f := range map[string]float64{
		"0": 0, "-0": math.Copysign(0, -1), "3": 3, "-3": -3, "0.1": 0.1, "3.5": 3.5,
		"inf": math.Inf(1), "-inf": math.Inf(-1), "nan": math.NaN(),
		"100000000000000000": 1e17, "1e+20": 1e20, "1e+21": 1e21, "1e+22": 1e22,
		"123456789012345680":      123456789012345678,
		"1152921504606846976":     1 << 60,
		"4611686018427387904":     1 << 62,
		"9223372036854776000":     1 << 63,
		"0.00001":                 1e-5,
		"0.000001":                1e-6,
		"1e-7":                    1e-7,
		"1.5e-7":                  1.5e-7,
		"5e-324":                  5e-324,
		"1.7976931348623157e+308": math.MaxFloat64,
		"1.1111111111111111e+254": 1.1111111111111111e254,
	} {
		require.Equal(t, want, string(resp.AppendDouble(nil, f)))
	}
}

func TestAppendDoubleReadsBack(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, seed))
	for range 200_000 {
		f := math.Float64frombits(r.Uint64())
		if math.IsNaN(f) {
			continue
		}
		text := string(resp.AppendDouble(nil, f))
		got, err := strconv.ParseFloat(text, 64)
		require.NoError(t, err)
		require.Equal(t, f, got, "seed %d: %s", seed, text)
	}
}

func TestAddLongDouble(t *testing.T) {
	const largest = "1.18973149535723176502e4932"
	for _, c := range []struct{ current, increment, sum string }{
		{"0", "3.0", "3"},
		{"0", "-0", "0"},
		{"10.50", "0.1", "10.6"},
		{"5.0e3", "2.0e2", "5200"},
		{"3", "1.00000000000000011", "4.00000000000000011"},
		{"0.1", "0.2", "0.3"},
		{"0", "1e-18", "0"},
		{"0", "0x1.8p1", "3"},
		{"0", "0X.8", "0.5"},
		{"0", "36893488147419103233", "36893488147419103232"},
		{"-1", "+.5", "-0.5"},
		{"0", "1e-4950", "0"},
	} {
		got, err := resp.AddLongDouble([]byte(c.current), []byte(c.increment))
		require.NoError(t, err)
		require.Equal(t, c.sum, string(got))
	}
	for _, word := range []string{
		"", " ", " 1", "1 ", "abc", "1e", "1e+", "1.5.5", "0x", "0x1p", "nan", "1_0", "1\x00", "--1",
		"1e4933", "1e-4951", "1e99999999999", "0x1p16384", "0x1p-16446", strings.Repeat("1", 5120),
	} {
		_, err := resp.AddLongDouble([]byte("1"), []byte(word))
		require.Equal(t, resp.ErrNotFloat, err, "%q", word)
		_, err = resp.AddLongDouble([]byte(word), []byte("1"))
		require.Equal(t, resp.ErrNotFloat, err, "%q", word)
	}
	for _, pair := range [][2]string{{"inf", "1"}, {"1", "-Infinity"}, {"inf", "-inf"}, {largest, largest}} {
		_, err := resp.AddLongDouble([]byte(pair[0]), []byte(pair[1]))
		require.Equal(t, resp.ErrNaN, err, "%v", pair)
	}
}

// FuzzAppendDouble makes sure that what is written is the same number, in no more digits than
// it takes.
func FuzzAppendDouble(f *testing.F) {
	for _, n := range []float64{0, math.Copysign(0, -1), 0.1, 1e21, 1e-7, 5e-324, math.MaxFloat64, 123456789.125, 9007199254740993, math.Inf(-1)} {
		f.Add(math.Float64bits(n))
	}
	f.Fuzz(func(t *testing.T, bits uint64) {
		n := math.Float64frombits(bits)
		text := string(resp.AppendDouble(nil, n))
		again, err := strconv.ParseFloat(text, 64)
		require.NoError(t, err)
		if math.IsNaN(n) {
			require.True(t, math.IsNaN(again), text)
			return
		}
		require.Equal(t, bits, math.Float64bits(again), text)
		require.LessOrEqual(t, len(text), 32)
	})
}

func FuzzParseLongDouble(f *testing.F) {
	for _, word := range []string{"1", "-0x1p5", "1e-4951", ".", "inf", "0e9999999999999"} {
		f.Add([]byte(word))
	}
	f.Fuzz(func(t *testing.T, word []byte) {
		n, ok := resp.ParseLongDouble(word)
		if !ok || n.IsInf() {
			return
		}
		_, ok = resp.ParseLongDouble(resp.FormatLongDouble(n))
		require.True(t, ok)
	})
}

func BenchmarkAppendDouble(b *testing.B) {
	var buf [32]byte
	for b.Loop() {
		resp.AppendDouble(buf[:0], 1234.5678)
	}
}
