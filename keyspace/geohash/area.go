package geohash

import "math"

// earthRadius is in meters, the quadratic mean of WGS 84.
const earthRadius = 6372797.560856

// halfMercator is about half the width in meters of the map of the world.
const halfMercator = 20037726.37

// Area is a circle or a box around a center. Lengths are in meters.
type Area struct {
	Center        Point
	Radius        float64
	Box           bool
	Width, Height float64 // of a box, whose western and eastern sides are meridians
}

// Range is the scores from Min to less than Max.
type Range struct{ Min, Max float64 }

// Distance returns the distance of a point from the center, and whether it lies in the area.
func (a *Area) Distance(p Point) (meters float64, inside bool) {
	if a.Box {
		if latDistance(p.Lat, a.Center.Lat) > a.Height/2 ||
			Distance(p, Point{a.Center.Lon, p.Lat}) > a.Width/2 {
			return 0, false
		}
		return Distance(a.Center, p), true
	}
	// Most places that a search looks at are outside, and there is less to compute for
	// that: neither the difference of latitudes nor the chord is longer than the arc.
	if meters = latDistance(a.Center.Lat, p.Lat); meters*slack > a.Radius {
		return 0, false
	}
	if h, meridian := haversine(a.Center, p); !meridian {
		if h <= 1 && 2*earthRadius*math.Sqrt(h)*slack > a.Radius {
			return 0, false
		}
		meters = arc(h)
	}
	return meters, !(meters > a.Radius)
}

// slack is more than what rounding changes in a distance.
const slack = 1 - 1e-12

// Distance returns the distance of two points in meters, along a great circle of a sphere.
func Distance(p, q Point) float64 {
	h, meridian := haversine(p, q)
	if meridian {
		return latDistance(p.Lat, q.Lat)
	}
	return arc(h)
}

// haversine returns the square of the sine of half the angle between two points, or that
// they are on one meridian.
func haversine(p, q Point) (h float64, meridian bool) {
	v := sin((radians(q.Lon) - radians(p.Lon)) / 2)
	if v == 0 {
		return 0, true
	}
	pLat, qLat := radians(p.Lat), radians(q.Lat)
	u := sin((qLat - pLat) / 2)
	return float64(u*u) + float64(cos(pLat)*cos(qLat)*v*v), false
}

// arc returns the distance of two points from their haversine.
func arc(h float64) float64 { return 2 * earthRadius * asin(math.Sqrt(h)) }

// latDistance is Distance for points on one meridian.
func latDistance(p, q float64) float64 {
	return earthRadius * math.Abs(radians(q)-radians(p))
}

func radians(degrees float64) float64 { return float64(degrees * (math.Pi / 180)) }
func degrees(radians float64) float64 { return radians / (math.Pi / 180) }

// Ranges returns the scores among which those of the area are, in the order in which Redis
// looks at them: the cell of the center, the four beside it, the four at its corners. Cells
// that the area does not reach are left out; a score may be in two ranges if the area is
// very large.
func (a *Area) Ranges() []Range {
	bounds := a.bounds()
	steps := a.steps()
	center := cellOf(a.Center, MaxLat, steps)
	if steps > 1 && !center.reaches(bounds) {
		steps--
		center = cellOf(a.Center, MaxLat, steps)
	}
	cells := []cell{center}
	for _, d := range [...]struct{ east, north int }{
		{0, 1}, {0, -1}, {1, 0}, {-1, 0}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1},
	} {
		next := center.move(d.east, d.north)
		if steps >= 2 && center.within(bounds, d.east, d.north) || len(cells) > 1 && next == cells[len(cells)-1] {
			continue
		}
		cells = append(cells, next)
	}
	ranges := make([]Range, len(cells))
	for i, c := range cells {
		ranges[i].Min, ranges[i].Max = c.scores()
	}
	return ranges
}

// reaches reports whether a cell and those beside it cover the bounds.
func (c cell) reaches(bounds box) bool {
	return !(c.move(0, 1).box().north < bounds.north || c.move(0, -1).box().south > bounds.south ||
		c.move(1, 0).box().east < bounds.east || c.move(-1, 0).box().west > bounds.west)
}

// within reports whether the bounds end inside of the cell in one of two directions, so that
// nothing beyond it is of interest there.
func (c cell) within(bounds box, east, north int) bool {
	b := c.box()
	return north < 0 && b.south < bounds.south || north > 0 && b.north > bounds.north ||
		east < 0 && b.west < bounds.west || east > 0 && b.east > bounds.east
}

// steps returns how small the cells are to be, so that nine of them cover the area.
func (a *Area) steps() uint {
	reach := a.Radius
	if a.Box {
		reach = math.Sqrt(float64(a.Width/2*(a.Width/2)) + float64(a.Height/2*(a.Height/2)))
	}
	if reach == 0 {
		return maxSteps
	}
	steps := -1
	for ; reach < halfMercator; reach *= 2 {
		steps++
	}
	if lat := math.Abs(a.Center.Lat); lat > 80 {
		steps -= 2 // meridians are close to each other there
	} else if lat > 66 {
		steps--
	}
	return uint(min(max(steps, 1), maxSteps))
}

// bounds returns a box in degrees around the area. Its sides are as long as the side nearer
// to the pole needs.
func (a *Area) bounds() box {
	width, height := a.Radius, a.Radius
	if a.Box {
		width, height = a.Width/2, a.Height/2
	}
	lat := degrees(height / earthRadius)
	nearer := a.Center.Lat + lat
	if a.Center.Lat < 0 {
		nearer = a.Center.Lat - lat
	}
	lon := degrees(width / earthRadius / cos(radians(nearer)))
	return box{a.Center.Lon - lon, a.Center.Lon + lon, a.Center.Lat - lat, a.Center.Lat + lat}
}
