package geo

import (
	"math"
	"strconv"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/keyspace/geohash"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

const errUnit = resp.Error("ERR unsupported unit provided. please use M, KM, FT, MI")

// parsePoint reads the longitude and the latitude that words begin with.
func parsePoint(words [][]byte) (p geohash.Point, err error) {
	if p.Lon, err = command.Float(words[0]); err != nil {
		return p, err
	}
	if p.Lat, err = command.Float(words[1]); err != nil {
		return p, err
	}
	if !p.Valid() {
		return p, resp.Errorf("ERR invalid longitude,latitude pair %s,%s", sixDecimals(p.Lon), sixDecimals(p.Lat))
	}
	return p, nil
}

// sixDecimals writes a number as C's printf does with %f.
func sixDecimals(f float64) string {
	if math.IsInf(f, 0) {
		return string(resp.AppendDouble(nil, f))
	}
	return strconv.FormatFloat(f, 'f', 6, 64)
}

// parseUnit returns the length of a unit in meters.
func parseUnit(word []byte) (float64, error) {
	switch {
	case command.Is(word, "m"):
		return 1, nil
	case command.Is(word, "km"):
		return 1000, nil
	case command.Is(word, "ft"):
		return 0.3048, nil
	case command.Is(word, "mi"):
		return 1609.34, nil
	}
	return 0, errUnit
}

// read returns the places that a command reads, or nil if there are none.
func read(c *command.Call, key []byte) (*keyspace.ZSet, error) {
	return keyspace.As[*keyspace.ZSet](c.DB.LookupRead(key))
}

// placeOf returns where a member is, and whether it is there. z may be nil.
func placeOf(z *keyspace.ZSet, member []byte) (p geohash.Point, ok bool) {
	if z == nil {
		return p, false
	}
	score, ok := z.Score(member)
	return geohash.FromScore(score), ok
}

// describing makes the handler of GEOPOS and GEOHASH: key [member ...]. write replies where
// one of the members is, missing that it is nowhere.
func describing(write func(*resp.Writer, geohash.Point), missing func(*resp.Writer)) func(*command.Call) error {
	return func(c *command.Call) error {
		z, err := read(c, c.Args[1])
		if err != nil {
			return err
		}
		members := c.Args[2:]
		c.Out.Array(len(members))
		for _, m := range members {
			if p, ok := placeOf(z, m); ok {
				write(c.Out, p)
			} else {
				missing(c.Out)
			}
		}
		return nil
	}
}

func writePoint(w *resp.Writer, p geohash.Point) {
	w.Array(2)
	w.Double(p.Lon)
	w.Double(p.Lat)
}

func writeText(w *resp.Writer, p geohash.Point) { w.BulkString(p.Text()) }

// runGeodist is GEODIST key member member [unit]
func runGeodist(c *command.Call) error {
	unit, err := 1.0, error(nil)
	switch {
	case len(c.Args) > 5:
		return resp.ErrSyntax
	case len(c.Args) == 5:
		if unit, err = parseUnit(c.Args[4]); err != nil {
			return err
		}
	}
	z, err := read(c, c.Args[1])
	if err != nil {
		return err
	}
	p, ok1 := placeOf(z, c.Args[2])
	q, ok2 := placeOf(z, c.Args[3])
	if !ok1 || !ok2 {
		c.Out.Null()
		return nil
	}
	writeDistance(c.Out, geohash.Distance(p, q)/unit)
	return nil
}

// writeDistance writes a distance with four decimals.
func writeDistance(w *resp.Writer, distance float64) {
	const decimals, scale = 4, 1e4
	b := strconv.AppendInt(nil, int64(math.RoundToEven(distance*scale)), 10)
	for len(b) <= decimals {
		b = append([]byte{'0'}, b...)
	}
	point := len(b) - decimals
	w.Bulk(append(append(append(make([]byte, 0, 32), b[:point]...), '.'), b[point:]...))
}

var placeRows = []command.Row{
	{Name: "geopos", Arity: -2, Since: "3.2.0", Run: describing(writePoint, (*resp.Writer).NullArray), Summary: "Returns where members are",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
	{Name: "geohash", Arity: -2, Since: "3.2.0", Run: describing(writeText, (*resp.Writer).Null), Summary: "Returns where members are as geohashes in text",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
	{Name: "geodist", Arity: -4, Since: "3.2.0", Run: runGeodist, Summary: "Returns the distance of two members",
		Flags: command.ReadOnly, Keys: command.Key(command.RO | command.Access)},
}
