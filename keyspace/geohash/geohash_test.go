package geohash

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// What Redis 8.0.2 makes of places: ZSCORE, GEOHASH, GEOPOS.
func TestScores(t *testing.T) {
	for _, c := range []struct {
		place Point
		score float64
		text  string
		back  Point
	}{
		{Point{13.361389, 38.115556}, 3479099956230698, "sqc8b49rny0", Point{13.361389338970184, 38.1155563954963}},
		{Point{0, 0}, 3377699720527872, "s0000000000", Point{2.682209014892578e-6, 1.2673605809254695e-6}},
		{Point{-180, -85.05112878}, 0, "00bh0hbj200", Point{-179.99999731779099, -85.05112751263943}},
		{Point{180, 85.05112878}, 13510798882111488, "bp05b5048p0", Point{180, 85.05112878}},
		{Point{180, 0}, 10133099161583616, "80000000000", Point{180, 1.2673605809254695e-6}},
		{Point{-1e-07, 1e-09}, 1876499844737706, "ebpbpbpbpb0", Point{-2.682209014892578e-6, 1.2673605809254695e-6}},
		{Point{179.9999999, -85.05}, 3002399751663611, "pbzupvpgzf0", Point{179.99999731779099, -85.04999956172352}},
		{Point{2.3522, 48.8566}, 3663832779122514, "u09tvw0f640", Point{2.35219806432724, 48.8565995303493}},
	} {
		require.True(t, c.place.Valid())
		require.Equal(t, c.score, c.place.Score())
		back := FromScore(c.score)
		require.Equal(t, c.back, back)
		require.Equal(t, c.text, back.Text())
	}
	for _, p := range []Point{{180.1, 0}, {0, 85.06}, {math.Inf(1), 0}, {0, math.NaN()}} {
		require.False(t, p.Valid(), p)
	}
}

// A sorted set may have any score.
func TestScoresOfOthers(t *testing.T) {
	corner := Point{-179.99999731779099, -85.05112751263943}
	for score, want := range map[float64]Point{
		-1:                   {180, 85.05112878},
		math.Inf(1):          corner,
		math.Inf(-1):         {180, -85.05112751263943},
		1e300:                corner,
		1 << 52:              {-179.99999731779099, 85.05112878},
		1 << 63:              {180, -85.05112751263943},
		18446744073709551615: corner,
		1.5:                  {-179.99999731779099, -85.05112497791825},
		-5e15:                {180, 85.05112878},
		4294967295:           {-179.64844018220901, -84.88501456146213},
		18446744069414584320: {180, 85.05112878},
	} {
		require.Equal(t, want, FromScore(score), score)
	}
}

func TestBits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		lat, lon := r.Uint32(), r.Uint32()
		bits := spread(lat) | spread(lon)<<1
		require.Equal(t, lat, gather(bits))
		require.Equal(t, lon, gather(bits>>1))
	}
}

// A neighbour is one column or row further, and the world is round in both directions.
func TestMove(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		steps := uint(1 + r.IntN(maxSteps))
		n := uint32(1) << steps
		lon, lat := r.Uint32()%n, r.Uint32()%n
		if r.IntN(2) == 0 {
			lon, lat = (n-1)*(lon&1), (n-1)*(lat&1)
		}
		c := cell{spread(lat) | spread(lon)<<1, steps}
		for east := -1; east <= 1; east++ {
			for north := -1; north <= 1; north++ {
				lon, lat := (lon+uint32(east))&(n-1), (lat+uint32(north))&(n-1)
				require.Equal(t, cell{spread(lat) | spread(lon)<<1, steps}, c.move(east, north))
			}
		}
	}
}

// Whatever lies in an area has a score in one of its ranges. Areas that reach a pole or the
// date line are left out: there Redis does not find everything.
func TestRangesCoverArea(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	between := func(a, b float64) float64 { return a + r.Float64()*(b-a) }
	for range 2000 {
		a := Area{Center: Point{between(-120, 120), between(-50, 50)}, Radius: math.Exp(between(0, 14))}
		if r.IntN(2) == 0 {
			a.Box, a.Width, a.Height = true, a.Radius*between(0, 2), a.Radius*between(0, 2)
		}
		ranges, bounds := a.Ranges(), a.bounds()
		require.LessOrEqual(t, len(ranges), 9)
		for range 20 {
			p := FromScore(Point{between(bounds.west, bounds.east), between(bounds.south, bounds.north)}.Score())
			if _, inside := a.Distance(p); !inside {
				continue
			}
			found := false
			for _, s := range ranges {
				found = found || s.Min <= p.Score() && p.Score() < s.Max
			}
			require.True(t, found, "%+v %+v", a, p)
		}
	}
}

// Areas of any size end up with cells that exist.
func TestRangesOfOddAreas(t *testing.T) {
	for _, center := range []Point{{0, 0}, {180, 85.05112878}, {-180, -85.05112878}, {180, -85}, {12, 80.5}} {
		for _, size := range []float64{0, 5e-324, 1e-10, 1, 1e7, 1e300, math.Inf(1)} {
			for _, a := range []Area{{Center: center, Radius: size}, {Center: center, Box: true, Width: size, Height: size}} {
				for _, r := range a.Ranges() {
					require.Less(t, r.Min, r.Max)
				}
				_, inside := a.Distance(center)
				require.True(t, inside)
			}
		}
	}
}

func TestDistance(t *testing.T) {
	palermo, catania := FromScore(3479099956230698), FromScore(3479447370796909)
	require.Equal(t, 166274.15156960033, Distance(palermo, catania))
	require.Equal(t, Distance(palermo, catania), Distance(catania, palermo))
	require.Zero(t, Distance(palermo, palermo))
	require.InDelta(t, math.Pi*earthRadius, Distance(Point{-90, 0}, Point{90, 0}), 1e-6)
	require.InDelta(t, 0, Distance(Point{-180, 50}, Point{180, 50}), 1e-6)
}

func BenchmarkDistance(b *testing.B) {
	p := Point{13.361389, 38.115556}
	for i := range b.N {
		Distance(p, Point{float64(i%180) + 0.5, float64(i % 80)})
	}
}
