package geohash

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// preciseSin adds up the series.
func preciseSin(x *big.Float) *big.Float {
	total, term := precise(0), precise(0).Set(x)
	square := precise(0).Mul(x, x)
	for i := 1; i < 80; i += 2 {
		total.Add(total, term)
		term.Neg(term.Mul(term, square))
		term.Quo(term, precise(float64((i+1)*(i+2))))
	}
	return total
}

// nearestFloat rounds a number once.
func nearestFloat(x *big.Float) float64 {
	f, _ := x.Float64()
	return f
}

// Each function gives the nearest float64, or for one in some ten thousand numbers the one
// after it.
func TestTrigonometryIsRounded(t *testing.T) {
	const numbers = 3000
	r := rand.New(rand.NewPCG(1, 2))
	halfPi, _ := precise(0).SetString("1.57079632679489661923132169163975144209858469968755291048747")
	wrong := map[string]int{}
	check := func(name string, want, got float64) {
		if want != got {
			wrong[name]++
			require.InEpsilon(t, want, got, 3e-16, name)
		}
	}
	for i := range numbers {
		x := (r.Float64()*2 - 1) * []float64{math.Pi, 1.5, 0.02, 1e-9}[i%4]
		check("sin", nearestFloat(preciseSin(precise(x))), sin(x))
		check("cos", nearestFloat(preciseSin(precise(0).Sub(halfPi, precise(x)))), cos(x))
		// The middle between the result and its neighbours is on the right side.
		ratio := math.Abs(x) / math.Pi
		y := asin(ratio)
		if below, above := middle(y, math.Inf(-1)), middle(y, math.Inf(1)); preciseSin(below).Cmp(precise(ratio)) > 0 || preciseSin(above).Cmp(precise(ratio)) < 0 {
			wrong["asin"]++
			require.InEpsilon(t, math.Asin(ratio), y, 5e-16)
		}
	}
	for name, n := range wrong {
		require.LessOrEqual(t, n, 3, name)
	}
}

func middle(x, towards float64) *big.Float {
	sum := precise(0).Add(precise(x), precise(math.Nextafter(x, towards)))
	return sum.Quo(sum, precise(2))
}

func TestTrigonometryAtTheEnds(t *testing.T) {
	require.Equal(t, 0.0, sin(0))
	require.Equal(t, 1.0, cos(0))
	require.Equal(t, 0.0, asin(0))
	require.Equal(t, math.Pi/2, asin(1))
	require.Equal(t, 1.2246467991473532e-16, sin(math.Pi))
	require.Equal(t, -1.0, cos(-math.Pi))
	require.Equal(t, math.Sin(1e6), sin(1e6))
	for _, f := range []float64{sin(math.Inf(1)), cos(math.Inf(-1)), asin(1.1), sin(math.NaN()), asin(math.NaN())} {
		require.True(t, math.IsNaN(f))
	}
}
