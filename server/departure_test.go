package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

// A client with more channels, patterns and keys than are let go in one cycle is gone for
// everybody as soon as it is killed.
func TestDeparturesAreNotSeen(t *testing.T) {
	srv := servertest.Run(t)
	w := &world{t: t, addr: srv.Addr()}
	w.admin = w.v2()
	a, b := w.v3(), w.v3()
	var channels, patterns, keys []any
	for range 4 { // of 3,000 each
		channels = append(channels, named(string(rune('c'+len(channels)/many)))...)
	}
	for _, c := range channels {
		patterns = append(patterns, "p"+c.(string))
		keys = append(keys, "k"+c.(string))
	}
	a.send("WATCH", keys...)
	a.send("SUBSCRIBE", channels...)
	a.send("PSUBSCRIBE", patterns...)
	w.until(func() bool { return w.stat("pubsub_patterns") == len(patterns) })
	b.do("SUBSCRIBE c7")
	b.do("PSUBSCRIBE pc7")

	w.admin.Send("CLIENT", "KILL", "ID", a.id)
	for _, line := range [][]any{
		{"PUBSUB", "CHANNELS"}, {"PUBSUB", "NUMSUB", "c7", "d8"}, {"PUBSUB", "NUMPAT"}, {"PUBLISH", "d8", "m"}, {"PUBLISH", "pd8", "m"},
		{"PUBLISH", "c7", "m"}, {"SET", "kc7", "v"}, {"INFO", "clients"},
	} {
		w.admin.Send(line...)
	}
	require.Equal(t, int64(1), w.admin.Read())
	require.Equal(t, []any{"c7"}, w.admin.Read())
	require.Equal(t, []any{"c7", int64(1), "d8", int64(0)}, w.admin.Read())
	require.Equal(t, int64(1), w.admin.Read())
	require.Equal(t, int64(0), w.admin.Read())
	require.Equal(t, int64(0), w.admin.Read())
	require.Equal(t, int64(1), w.admin.Read())
	require.Equal(t, "OK", w.admin.Read())
	require.Contains(t, w.admin.Read(), "pubsub_clients:1\r\n")
	require.Equal(t, resp.Push{"message", "c7", "m"}, b.Read())
	require.NoError(t, srv.Lab().Check())
}
