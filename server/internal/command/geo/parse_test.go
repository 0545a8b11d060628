package geo

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/keyspace/geohash"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

func words(line string) (words [][]byte) {
	for _, w := range strings.Fields(line) {
		words = append(words, []byte(w))
	}
	return words
}

func TestParseAdd(t *testing.T) {
	for _, c := range []struct {
		line    string
		only    command.Condition
		ch      bool
		members string
		err     error
	}{
		{"geoadd k 1 2 a", 0, false, "a", nil},
		{"geoadd k nx CH 1 2 a 3 4 b", command.NX, true, "a b", nil},
		{"geoadd k XX XX 180 -85.05112878 a", command.XX, false, "a", nil},
		{"geoadd k nx xx 1 2 a", 0, false, "", resp.ErrSyntax},
		{"geoadd k nx nx nx", 0, false, "", resp.ErrSyntax},
		{"geoadd k 1 2 a 3", 0, false, "", resp.ErrSyntax},
		{"geoadd k 1 2 a nx 3 4", 0, false, "", resp.ErrNotFloat},
		{"geoadd k nan 2 a", 0, false, "", resp.ErrNotFloat},
		{"geoadd k 180.5 2 a", 0, false, "", resp.Error("ERR invalid longitude,latitude pair 180.500000,2.000000")},
		{"geoadd k inf -inf a", 0, false, "", resp.Error("ERR invalid longitude,latitude pair inf,-inf")},
	} {
		a, err := parseAdd(words(c.line))
		require.Equal(t, c.err, err, c.line)
		if err != nil {
			continue
		}
		require.Equal(t, c.only, a.only, c.line)
		require.Equal(t, c.ch, a.ch, c.line)
		var members []string
		for i := 1; i < len(a.pairs); i += 2 {
			members = append(members, string(a.pairs[i]))
		}
		require.Equal(t, strings.Fields(c.members), members, c.line)
		require.Len(t, a.scores, len(members))
	}
}

var (
	radius      = form{stores: true}
	radiusRO    = form{}
	byMember    = form{member: true, stores: true}
	search      = form{options: true}
	searchStore = form{options: true, stores: true}
)

// What is wrong is found in this order: by the words, then what does not go together.
func TestParseSearchRefuses(t *testing.T) {
	places := keyspace.NewZSet(&keyspace.DefaultLimits)
	places.Put([]byte("a"), geohash.Point{Lon: 1, Lat: 2}.Score())
	for _, c := range []struct {
		form form
		line string
		err  string
	}{
		{radius, "georadius k 1 x 1 m", "value is not a valid float"},
		{radius, "georadius k 1 86 x y", "invalid longitude,latitude pair 1.000000,86.000000"},
		{radius, "georadius k 1 2 x y", "need numeric radius"},
		{radius, "georadius k 1 2 -1 y", "radius cannot be negative"},
		{radius, "georadius k 1 2 1 y bad", "unsupported unit provided. please use M, KM, FT, MI"},
		{radius, "georadius k 1 2 1 m bad", "syntax error"},
		{radius, "georadius k 1 2 1 m count", "syntax error"},
		{radius, "georadius k 1 2 1 m store", "syntax error"},
		{radius, "georadius k 1 2 1 m count x", "value is not an integer or out of range"},
		{radius, "georadius k 1 2 1 m count 0 bad", "COUNT must be > 0"},
		{radius, "georadius k 1 2 1 m any", "the ANY argument requires COUNT argument"},
		{radius, "georadius k 1 2 1 m any store d withhash", "STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options"},
		{radius, "georadius k 1 2 1 m frommember a", "syntax error"},
		{radiusRO, "georadius_ro k 1 2 1 m store d", "syntax error"},
		{byMember, "georadiusbymember k none x y", "could not decode requested zset member"},
		{byMember, "georadiusbymember k a x y", "need numeric radius"},
		{search, "geosearch k frommember none bad", "could not decode requested zset member"},
		{search, "geosearch k frommember a fromlonlat 1 2 byradius 1 m", "syntax error"},
		{search, "geosearch k fromlonlat 1 2 frommember a byradius 1 m", "syntax error"},
		{search, "geosearch k frommember a byradius 1 m bybox 1 1 m", "syntax error"},
		{search, "geosearch k frommember a bybox 1 1 m byradius 1 m", "syntax error"},
		{search, "geosearch k frommember a bybox 1 1", "syntax error"},
		{search, "geosearch k frommember a bybox x y m", "need numeric width"},
		{search, "geosearch k frommember a bybox 1 y m", "need numeric height"},
		{search, "geosearch k frommember a bybox 1 -1 y", "height or width cannot be negative"},
		{search, "geosearch k frommember a byradius 1 m storedist", "syntax error"},
		{search, "GeoSearch k byradius 1 m any", "exactly one of FROMMEMBER or FROMLONLAT can be specified for GeoSearch"},
		{search, "geosearch k frommember a any", "exactly one of BYRADIUS and BYBOX can be specified for geosearch"},
		{searchStore, "geosearchstore d k frommember a byradius 1 m store d", "syntax error"},
		{searchStore, "geosearchstore d k withdist asc desc any", "GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options"},
	} {
		a := searchArgs{form: c.form, places: places}
		err := a.parse(words(c.line)[1:])
		if err == nil {
			err = a.check(words(c.line)[0])
		}
		require.Equal(t, resp.Error("ERR "+c.err), err, c.line)
	}
}

func TestParseSearch(t *testing.T) {
	center := geohash.Point{Lon: 1, Lat: 2}
	circle := geohash.Area{Center: center, Radius: 3000}
	for _, c := range []struct {
		line string
		want searchArgs
	}{
		{"georadius k 1 2 3 km", searchArgs{form: radius, area: circle, unit: 1000}},
		{"georadius k 1 2 3 km STORE d STOREDIST e asc", searchArgs{form: radius, area: circle, unit: 1000,
			destination: []byte("e"), storeDistances: true, order: nearest}},
		{"georadius k 1 2 3 km count 5 any desc withcoord withdist withhash", searchArgs{form: radius, area: circle, unit: 1000,
			count: 5, any: true, order: farthest, withCoord: true, withDist: true, withHash: true}},
		{"georadiusbymember k none x y", searchArgs{form: byMember}},
		{"geosearch k fromlonlat 1 2 byradius 3 km", searchArgs{form: search, area: circle, unit: 1000, fromPoint: true, byRadius: true}},
		{"geosearch k bybox 1 2 m fromlonlat 1 2", searchArgs{form: search, unit: 1, fromPoint: true, byBox: true,
			area: geohash.Area{Center: center, Box: true, Width: 1, Height: 2}}},
		{"geosearchstore d k frommember none byradius 3 km storedist", searchArgs{form: searchStore, unit: 1000, destination: []byte("d"),
			area: geohash.Area{Radius: 3000}, fromMember: true, byRadius: true, storeDistances: true}},
	} {
		a := searchArgs{form: c.want.form}
		require.NoError(t, a.parse(words(c.line)[1:]), c.line)
		require.NoError(t, a.check(words(c.line)[0]), c.line)
		require.Equal(t, c.want, a, c.line)
	}
}
