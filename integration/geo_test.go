package integration

import (
	"fmt"
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// Searches of random areas among random places find the same ones in the same order, with
// the same distances, positions and hashes. Places gather where cells meet: at the poles, on
// the date line, at the middle of the map; and some are at the very same place.
func TestGeoIsRedis(t *testing.T) {
	compareRandom(t, 60, func(b *both, _ int) {
		g := newGeo(b)
		for range 4 {
			g.addPlaces(1 + b.random.IntN(1<<b.random.IntN(9)))
			b.do(g.members("GEOPOS")...)
			b.do(g.members("GEOHASH")...)
			for range 40 {
				b.do("GEODIST", "g", g.member(), g.member(), b.one("m", "km", "FT", "mi"))
				b.do(g.search()...)
				b.do(g.store()...)
				b.do("ZRANGE", "d", 0, -1)
			}
		}
	})
}

// A distance that is stored differs from Redis's in no more than the last bit, and seldom in
// that: what the C library computes is the nearest number but for one time in 700.
func TestStoredDistancesAreRedis(t *testing.T) {
	stored, differ := 0, 0
	compareRandom(t, 20, func(b *both, _ int) {
		g := newGeo(b)
		g.addPlaces(500)
		for range 20 {
			lon, lat := g.point()
			b.do("GEOSEARCHSTORE", "d", "g", "FROMLONLAT", lon, lat, "BYRADIUS", 25000, "km", "STOREDIST")
			b.compare(t)
			want, got := b.ref.Do("ZRANGE", "d", 0, -1, "WITHSCORES").([]any), b.our.Do("ZRANGE", "d", 0, -1, "WITHSCORES").([]any)
			require.Len(t, got, len(want))
			scores := scoresOf(t, got)
			for member, score := range scoresOf(t, want) {
				stored++
				if score != scores[member] {
					differ++
					require.InEpsilon(t, score, scores[member], 1e-15, member)
				}
			}
		}
	})
	t.Logf("%d of %d distances differ in the last bit", differ, stored)
	require.Less(t, differ*100, stored)
}

func scoresOf(t *testing.T, pairs []any) map[any]float64 {
	scores := map[any]float64{}
	for i := 0; i < len(pairs); i += 2 {
		var err error
		scores[pairs[i]], err = strconv.ParseFloat(pairs[i+1].(string), 64)
		require.NoError(t, err)
	}
	return scores
}

// geo makes places around a few points.
type geo struct {
	*both
	lon, lat, size float64 // around which the next ones are, and within what, in degrees
	last           [2]string
	added          int
}

func newGeo(b *both) *geo { return &geo{both: b, last: [2]string{"0", "0"}} }

// somewhere chooses where the next places are.
func (g *geo) somewhere() {
	r := g.random
	g.lon, g.lat = r.Float64()*360-180, r.Float64()*170-85
	switch r.IntN(6) {
	case 0:
		g.lon = 180
	case 1:
		g.lat = 85
	case 2:
		g.lat = -85
	case 3:
		g.lon, g.lat = 0, 0
	case 4:
		g.lon, g.lat = 180, 85
	}
	g.size = 180 * math.Exp(-r.Float64()*15)
}

// point returns a longitude and a latitude; they are on the map.
func (g *geo) point() (lon, lat string) {
	x := math.Mod(g.lon+(g.random.Float64()*2-1)*g.size+540, 360) - 180
	y := min(max(g.lat+(g.random.Float64()*2-1)*g.size, -85.05112878), 85.05112878)
	switch g.random.IntN(20) {
	case 0:
		return g.last[0], g.last[1]
	case 1:
		x = math.Round(x)
	case 2:
		y = math.Round(y)
	}
	g.last = [2]string{fmt.Sprint(x), fmt.Sprint(y)}
	return g.last[0], g.last[1]
}

func (g *geo) addPlaces(n int) {
	g.somewhere()
	for range n {
		lon, lat := g.point()
		line := []any{"GEOADD", "g"}
		for g.random.IntN(8) == 0 {
			line = append(line, g.one("NX", "XX", "CH"))
		}
		g.do(append(line, lon, lat, fmt.Sprint("m", g.added))...)
		g.added += min(1, g.random.IntN(20))
	}
	g.do("ZADD", "g", g.one("1.5", "4503599627370495", "4503599627370496", "-1", "inf", "1e300", "123456789012345"), "odd")
}

func (g *geo) member() string {
	if g.random.IntN(30) == 0 {
		return g.one("odd", "none")
	}
	return fmt.Sprint("m", g.random.IntN(g.added+1))
}

func (g *geo) members(command string) []any {
	line := []any{command, "g", "odd", "none"}
	for i := range g.added {
		line = append(line, fmt.Sprint("m", i))
	}
	return line
}

// length returns a length in a unit, of any order of magnitude up to around the world.
func (g *geo) length() string {
	if g.random.IntN(30) == 0 {
		return g.one("0", "inf", "1e308", "1e-320")
	}
	return fmt.Sprintf("%.6f", math.Exp(g.random.Float64()*18))
}

// area returns the words of a center and an area.
func (g *geo) area() []any {
	if g.random.IntN(4) == 0 {
		g.somewhere()
	}
	lon, lat := g.point()
	words := []any{"FROMLONLAT", lon, lat}
	if g.random.IntN(2) == 0 {
		words = []any{"FROMMEMBER", g.member()}
	}
	unit := g.one("m", "m", "km", "ft", "mi")
	if g.random.IntN(2) == 0 {
		return append(words, "BYRADIUS", g.length(), unit)
	}
	return append(words, "BYBOX", g.length(), g.length(), unit)
}

// options returns some of those that both commands take.
func (g *geo) options() (words []any) {
	if g.random.IntN(3) == 0 {
		words = append(words, g.one("ASC", "DESC"))
	}
	if g.random.IntN(3) == 0 {
		words = append(words, "COUNT", 1+g.random.IntN(1<<g.random.IntN(8)))
		if g.random.IntN(3) == 0 {
			words = append(words, "ANY")
		}
	}
	return words
}

func (g *geo) search() []any {
	line := append([]any{"GEOSEARCH", "g"}, g.area()...)
	line = append(line, g.options()...)
	for _, with := range []string{"WITHDIST", "WITHHASH", "WITHCOORD"} {
		if g.random.IntN(3) > 0 {
			line = append(line, with)
		}
	}
	return line
}

func (g *geo) store() []any {
	if g.random.IntN(3) > 0 {
		return append(append([]any{"GEOSEARCHSTORE", "d", "g"}, g.area()...), g.options()...)
	}
	lon, lat := g.point()
	line := []any{"GEORADIUS", "g", lon, lat, g.length(), "m"}
	if g.random.IntN(2) == 0 {
		line = []any{"GEORADIUSBYMEMBER", "g", g.member(), g.length(), "m"}
	}
	if g.random.IntN(2) == 0 {
		line = append(line, "STORE", "d")
	}
	return append(line, g.options()...)
}
