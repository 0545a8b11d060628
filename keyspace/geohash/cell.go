package geohash

// MaxLon and MaxLat are the highest longitude and latitude, in degrees. Beyond that latitude
// the map of the world, a Mercator projection, is no longer a square.
const (
	MaxLon = 180
	MaxLat = 85.05112878
)

// maxSteps is how often the world is halved in each direction for a score.
const maxSteps = 26

// Point is a place in degrees.
type Point struct{ Lon, Lat float64 }

// Valid reports whether the point is on the map.
func (p Point) Valid() bool {
	return p.Lon >= -MaxLon && p.Lon <= MaxLon && p.Lat >= -MaxLat && p.Lat <= MaxLat
}

// Score returns the hash of a point, which must be valid, as the score of a sorted set.
func (p Point) Score() float64 { return float64(cellOf(p, MaxLat, maxSteps).bits) }

// FromScore returns the center of the cell of a score, whatever number that is.
func FromScore(score float64) Point {
	box := cell{toUint64(score), maxSteps}.box()
	return Point{
		min(max((box.west+box.east)/2, -MaxLon), MaxLon),
		min(max((box.south+box.north)/2, -MaxLat), MaxLat),
	}
}

// toUint64 converts a number as the processors do that Redis runs on: what is out of range
// has a result all the same.
func toUint64(f float64) uint64 {
	const half = 1 << 63
	switch {
	case f >= -half && f < half:
		return uint64(int64(f))
	case f >= half && f < 2*half:
		return uint64(int64(f-half)) ^ half
	case f >= half:
		return 0
	}
	return half
}

// alphabet is that of geohashes in text.
const alphabet = "0123456789bcdefghjkmnpqrstuvwxyz"

// Text returns the geohash of a point in the common form. There are bits for ten letters;
// the eleventh is always 0.
func (p Point) Text() string {
	bits := cellOf(p, 90, maxSteps).bits
	text := []byte("00000000000")
	for i := range 10 {
		text[i] = alphabet[bits>>(52-5*(i+1))&31]
	}
	return string(text)
}

// cell is a piece of the world: the bits of the decisions, the last ones lowest.
type cell struct {
	bits  uint64
	steps uint
}

// cellOf returns the cell of a point among latitudes up to maxLat. A point on the eastern or
// northern edge is in a cell beyond it.
func cellOf(p Point, maxLat float64, steps uint) cell {
	lat := (p.Lat + maxLat) / (2 * maxLat)
	lon := (p.Lon + MaxLon) / (2 * MaxLon)
	parts := float64(uint64(1) << steps)
	return cell{spread(uint32(lat*parts)) | spread(uint32(lon*parts))<<1, steps}
}

// box is the area of a cell in degrees.
type box struct{ west, east, south, north float64 }

func (c cell) box() box {
	lon, lat := gather(c.bits>>1), gather(c.bits)
	return box{c.edge(lon, MaxLon), c.edge(lon+1, MaxLon), c.edge(lat, MaxLat), c.edge(lat+1, MaxLat)}
}

// edge returns the lower bound, in degrees, of the cells with a number in one direction.
func (c cell) edge(number uint32, limit float64) float64 {
	parts := float64(uint64(1) << c.steps)
	return -limit + float64(float64(number)/parts*(2*limit))
}

// scores returns the scores of a cell, from min to less than max.
func (c cell) scores() (min, max float64) {
	shift := 52 - 2*c.steps
	return float64(c.bits << shift), float64((c.bits + 1) << shift)
}

// The bits of longitudes and latitudes in a hash.
const (
	lonBits = 0xaaaaaaaaaaaaaaaa
	latBits = 0x5555555555555555
)

// move returns the cell that is so many cells east and north, each -1, 0 or 1. The world has
// no end in either direction.
func (c cell) move(east, north int) cell {
	lon := shift(c.bits&lonBits, lonBits>>(64-2*c.steps), latBits>>(64-2*c.steps), east)
	lat := shift(c.bits&latBits, latBits>>(64-2*c.steps), lonBits>>(64-2*c.steps), north)
	return cell{lon | lat, c.steps}
}

// shift adds by to a number that has its bits where mask has. The bits between them, gaps,
// are set before an addition, so that it carries over them.
func shift(n, mask, gaps uint64, by int) uint64 {
	switch {
	case by > 0:
		n += gaps + 1
	case by < 0:
		n = (n | gaps) - (gaps + 1)
	default:
		return n
	}
	return n & mask
}

// spread puts a zero bit above each bit of n.
func spread(n uint32) uint64 {
	x := uint64(n)
	x = (x | x<<16) & 0x0000ffff0000ffff
	x = (x | x<<8) & 0x00ff00ff00ff00ff
	x = (x | x<<4) & 0x0f0f0f0f0f0f0f0f
	x = (x | x<<2) & 0x3333333333333333
	return (x | x<<1) & 0x5555555555555555
}

// gather takes every other bit of x, beginning with the lowest.
func gather(x uint64) uint32 {
	x &= 0x5555555555555555
	x = (x | x>>1) & 0x3333333333333333
	x = (x | x>>2) & 0x0f0f0f0f0f0f0f0f
	x = (x | x>>4) & 0x00ff00ff00ff00ff
	x = (x | x>>8) & 0x0000ffff0000ffff
	return uint32(x | x>>16)
}
