package geo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/keyspace/geohash"
)

func BenchmarkFind(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		places, r := keyspace.NewZSet(&keyspace.DefaultLimits), rand.New(rand.NewPCG(1, 2))
		for i := range n {
			p := geohash.Point{Lon: 2 + r.Float64(), Lat: 48.5 + 0.7*r.Float64()}
			places.Put([]byte(fmt.Sprint(i)), p.Score())
		}
		area := geohash.Area{Radius: 1000 * math.Sqrt(50*73*78/math.Pi/float64(n))}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for range b.N {
				area.Center = geohash.Point{Lon: 2.2 + 0.6*r.Float64(), Lat: 48.85}
				a := searchArgs{places: places, area: area, unit: 1, count: 10}
				a.pick(a.find())
			}
		})
	}
}
