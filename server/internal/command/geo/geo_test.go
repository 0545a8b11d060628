package geo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

const wrongType = resp.Error("WRONGTYPE Operation against a key holding the wrong kind of value")

func TestPlaces(t *testing.T) {
	srv := servertest.Run(t)
	c, c3 := srv.Connect(t), srv.Connect3(t)
	require.Equal(t, int64(2), c.Do("GEOADD", "g", 13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania"))
	require.Equal(t, int64(0), c.Do("GEOADD", "g", "NX", 1, 1, "Palermo"))
	require.Equal(t, int64(0), c.Do("GEOADD", "g", "XX", 1, 1, "Rome"))
	require.Equal(t, "3479099956230698", c.Do("ZSCORE", "g", "Palermo"))
	require.Equal(t, []any{[]any{"13.361389338970184", "38.1155563954963"}, nil}, c.Do("GEOPOS", "g", "Palermo", "Rome"))
	require.Equal(t, []any{[]any{13.361389338970184, 38.1155563954963}, nil}, c3.Do("GEOPOS", "g", "Palermo", "Rome"))
	require.Equal(t, []any{"sqc8b49rny0", nil}, c.Do("GEOHASH", "g", "Palermo", "Rome"))
	require.Equal(t, "166274.1516", c.Do("GEODIST", "g", "Palermo", "Catania"))
	require.Equal(t, "103.3182", c3.Do("GEODIST", "g", "Palermo", "Catania", "MI"))
	require.Equal(t, "0.0000", c.Do("GEODIST", "g", "Palermo", "Palermo"))
	require.Nil(t, c.Do("GEODIST", "g", "Palermo", "Rome"))
	require.Nil(t, c.Do("GEODIST", "none", "a", "b"))
	require.Equal(t, resp.Error("ERR unsupported unit provided. please use M, KM, FT, MI"), c.Do("GEODIST", "none", "a", "b", "inch"))
	require.Equal(t, []any{}, c.Do("GEOPOS", "none"))
	require.Equal(t, []any{nil}, c.Do("GEOHASH", "none", "a"))
	c.Do("SET", "s", "v")
	for _, line := range [][]any{
		{"GEOADD", "s", 1, 1, "a"}, {"GEOPOS", "s", "a"}, {"GEOHASH", "s", "a"}, {"GEODIST", "s", "a", "b"},
		{"GEORADIUS", "s", "x", "y", "z", "u"}, {"GEOSEARCH", "s", "bad", "words", "do", "not", "matter"},
	} {
		require.Equal(t, wrongType, c.Do(line...), line)
	}
}

func TestSearch(t *testing.T) {
	srv := servertest.Run(t)
	c, c3 := srv.Connect(t), srv.Connect3(t)
	c.Do("GEOADD", "g", 13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania")
	require.Equal(t, []any{"Palermo", "Catania"}, c.Do("GEORADIUS", "g", 15, 37, 200, "km"), "in the order of the cells")
	require.Equal(t, []any{"Catania", "Palermo"}, c.Do("GEORADIUS_RO", "g", 15, 37, 200, "km", "ASC"))
	require.Equal(t, []any{"Catania"}, c.Do("GEOSEARCH", "g", "FROMLONLAT", 15, 37, "BYBOX", 400, 400, "km", "COUNT", 1))
	require.Equal(t, []any{"Palermo"}, c.Do("GEOSEARCH", "g", "FROMLONLAT", 15, 37, "BYBOX", 400, 400, "km", "COUNT", 1, "ANY"))
	require.Equal(t, []any{"Palermo"}, c.Do("GEORADIUSBYMEMBER_RO", "g", "Palermo", 100, "km"))
	require.Equal(t, []any{}, c.Do("GEORADIUSBYMEMBER", "none", "x", "y", "z"))
	require.Equal(t, []any{[]any{"Catania", "56.4413", int64(3479447370796909), []any{"15.087267458438873", "37.50266842333162"}}},
		c.Do("GEORADIUS", "g", 15, 37, 100, "km", "WITHCOORD", "WITHHASH", "WITHDIST"))
	require.Equal(t, []any{[]any{"Catania", []any{15.087267458438873, 37.50266842333162}}},
		c3.Do("GEORADIUS", "g", 15, 37, 100, "km", "WITHCOORD"))
}

func TestStore(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("GEOADD", "g", 13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania")
	c.Do("SET", "d", "another type")
	require.Equal(t, int64(2), c.Do("GEORADIUS", "g", 15, 37, 200, "km", "STORE", "d"))
	require.Equal(t, []any{"Palermo", "3479099956230698", "Catania", "3479447370796909"}, c.Do("ZRANGE", "d", 0, -1, "WITHSCORES"))
	require.Equal(t, int64(1), c.Do("GEOSEARCHSTORE", "d", "g", "FROMMEMBER", "Palermo", "BYRADIUS", 300, "km", "COUNT", 1, "STOREDIST", "DESC"))
	require.Equal(t, []any{"Catania", "166.27415156960032"}, c.Do("ZRANGE", "d", 0, -1, "WITHSCORES"))
	require.Equal(t, int64(0), c.Do("GEORADIUSBYMEMBER", "none", "x", 1, "m", "STORE", "d"))
	require.Equal(t, int64(0), c.Do("EXISTS", "d"))
	require.Equal(t, []any{"g", "d"}, c.Do("COMMAND", "GETKEYS", "GEORADIUS", "g", 1, 1, 1, "m", "STORE", "d"))
}
