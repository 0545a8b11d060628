package integration

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// This file asks the same of every client library: the second read of a key must not reach
// the server, and the first read after a change must. Tests of a particular library are in
// the file named after it.

// cachingClient is a client library whose cache is on. It may be used by many
// goroutines.
type cachingClient interface {
	// get reads a string through the cache. A key that does not exist reads as
	// missing.
	get(key string) (string, error)
}

const missing = "(no such key)"

// cachingClients are all the ways to cache that are tested. Keys begin with "x:",
// because some subscribe to that prefix alone.
var cachingClients = []struct {
	name string
	open func(t *testing.T, addr string) cachingClient
}{
	{"rueidis/optin", func(t *testing.T, addr string) cachingClient { return openRueidis(t, addr) }},
	{"rueidis/optout", func(t *testing.T, addr string) cachingClient { return openRueidis(t, addr, "OPTOUT") }},
	{"rueidis/bcast", func(t *testing.T, addr string) cachingClient { return openRueidis(t, addr, "PREFIX", "x:", "BCAST") }},
	{"rueidis/bcast-noloop", func(t *testing.T, addr string) cachingClient { return openRueidis(t, addr, "BCAST", "NOLOOP") }},
	{"go-redis", func(t *testing.T, addr string) cachingClient { return openGoRedis(t, addr) }},
	{"redigo/redirect", func(t *testing.T, addr string) cachingClient { return openRedigo(t, addr) }},
	{"redigo/redirect-bcast", func(t *testing.T, addr string) cachingClient { return openRedigo(t, addr, "BCAST", "PREFIX", "x:") }},
}

// do is a list of commands, each with its words.
type do [][]any

// changes are ways to change x:k behind a cache. Before, it holds v1 unless setup
// says otherwise.
var changes = []struct {
	name   string
	setup  do
	change do
	want   string
}{
	{"SET", nil, do{{"SET", "x:k", "v2"}}, "v2"},
	{"SET to what it was", nil, do{{"SET", "x:k", "v1"}}, "v1"},
	{"GETSET", nil, do{{"GETSET", "x:k", "v2"}}, "v2"},
	{"MSET", nil, do{{"MSET", "x:a", "a", "x:k", "v2"}}, "v2"},
	{"APPEND", nil, do{{"APPEND", "x:k", "+"}}, "v1+"},
	{"SETRANGE", nil, do{{"SETRANGE", "x:k", "1", "2"}}, "v2"},
	{"INCR", do{{"SET", "x:k", "9"}}, do{{"INCR", "x:k"}}, "10"},
	{"INCRBYFLOAT", do{{"SET", "x:k", "9"}}, do{{"INCRBYFLOAT", "x:k", "0.5"}}, "9.5"},
	{"SETBIT", do{{"SET", "x:k", "1"}}, do{{"SETBIT", "x:k", "6", "1"}}, "3"},
	{"BITOP", do{{"SET", "x:s", "v2"}}, do{{"BITOP", "OR", "x:k", "x:s"}}, "v2"},
	{"created", do{{"DEL", "x:k"}}, do{{"SET", "x:k", "v2", "NX"}}, "v2"},
	{"DEL", nil, do{{"DEL", "x:k"}}, missing},
	{"UNLINK", nil, do{{"UNLINK", "x:k"}}, missing},
	{"GETDEL", nil, do{{"GETDEL", "x:k"}}, missing},
	{"RENAME away", nil, do{{"RENAME", "x:k", "x:l"}}, missing},
	{"RENAME onto", do{{"SET", "x:l", "v2"}}, do{{"RENAME", "x:l", "x:k"}}, "v2"},
	{"RENAMENX onto", do{{"DEL", "x:k"}, {"SET", "x:l", "v2"}}, do{{"RENAMENX", "x:l", "x:k"}}, "v2"},
	{"COPY onto", do{{"SET", "x:l", "v2"}}, do{{"COPY", "x:l", "x:k", "REPLACE"}}, "v2"},
	{"MOVE", nil, do{{"MOVE", "x:k", "1"}}, missing},
	{"PEXPIRE later", nil, do{{"PEXPIRE", "x:k", "1000000"}}, "v1"},
	{"PEXPIRE in the past", nil, do{{"PEXPIRE", "x:k", "-1"}}, missing},
	{"PERSIST", do{{"EXPIRE", "x:k", "1000"}}, do{{"PERSIST", "x:k"}}, "v1"},
	{"GETEX", nil, do{{"GETEX", "x:k", "EX", "1000"}}, "v1"},
	{"FLUSHALL", nil, do{{"FLUSHALL"}}, missing},
	{"FLUSHALL ASYNC", nil, do{{"FLUSHALL", "ASYNC"}}, missing},
	{"FLUSHDB", nil, do{{"FLUSHDB"}}, missing},
	{"FLUSHDB of another database", nil, do{{"SELECT", "1"}, {"FLUSHDB"}}, "v1"},
	{"the same name in another database", nil, do{{"SELECT", "1"}, {"SET", "x:k", "v2"}}, "v1"},
	{"MULTI", nil, do{{"MULTI"}, {"SET", "x:k", "w"}, {"SET", "x:k", "v2"}, {"EXEC"}}, "v2"},
	{"EVAL", nil, do{{"EVAL", "redis.call('SET', KEYS[1], ARGV[1])", "1", "x:k", "v2"}}, "v2"},
}

// TestChangesReachEveryCache goes through all clients and all changes.
func TestChangesReachEveryCache(t *testing.T) {
	for _, kind := range cachingClients {
		for _, c := range changes {
			t.Run(kind.name+"/"+c.name, func(t *testing.T) {
				p := start(t)
				p.run("SET", "x:k", "v1")
				p.all(c.setup)
				client := kind.open(t, p.addr)

				before := read(t, client, "x:k")
				first := p.calls("get")
				require.Equal(t, before, read(t, client, "x:k"))
				require.Equal(t, first, p.calls("get"), "the second read reached the server")

				p.all(c.change)
				var after string
				await(t, "a read that reaches the server", func() bool {
					after = read(t, client, "x:k")
					return p.calls("get") > first
				})
				require.Equal(t, c.want, after)
				require.Equal(t, c.want, read(t, client, "x:k"))
				require.Equal(t, first+1, p.calls("get"), "one read more is enough")
			})
		}
	}
}

// TestExpiryReachesEveryCache lets a key expire that every cache holds and that no client
// touches on the server.
func TestExpiryReachesEveryCache(t *testing.T) {
	for _, kind := range cachingClients {
		t.Run(kind.name, func(t *testing.T) {
			p := start(t)
			client := kind.open(t, p.addr)
			p.run("SET", "x:k", "v1", "PX", "500")
			require.Equal(t, "v1", read(t, client, "x:k"))
			await(t, "the end of the key", func() bool { return read(t, client, "x:k") == missing })
			await(t, "a cached nothing", func() bool {
				sent := p.calls("get")
				return read(t, client, "x:k") == missing && p.calls("get") == sent
			})
		})
	}
}

// TestWhatTellsNobody makes sure that commands which do not change a key leave it in the
// caches: refused writes, writes without effect, reads by other clients, writes to other
// keys. SWAPDB is one of them, although it does change the key: Redis does not tell caches.
func TestWhatTellsNobody(t *testing.T) {
	for _, kind := range cachingClients {
		t.Run(kind.name, func(t *testing.T) {
			p := start(t)
			p.run("SET", "x:k", "v1")
			client := kind.open(t, p.addr)
			read(t, client, "x:k")
			first := p.calls("get")
			p.all(do{
				{"SETNX", "x:k", "v2"}, {"SET", "x:k", "v2", "NX"}, {"DEL", "x:none"}, {"PERSIST", "x:k"},
				{"STRLEN", "x:k"}, {"TYPE", "x:k"}, {"EXPIRE", "x:k", "100", "XX"}, {"LPUSH", "x:k", "v2"},
				{"RENAMENX", "x:k", "x:k"}, {"SET", "y:k", "v2"}, {"SET", "x:kk", "v2"}, {"SET", "x:", "v2"},
				{"SWAPDB", "0", "1"},
			})
			// An invalidation would have arrived before the client's next reply.
			require.Equal(t, missing, read(t, client, "x:barrier"))
			require.Equal(t, "v1", read(t, client, "x:k"))
			require.Equal(t, first+1, p.calls("get"))
		})
	}
}

// all sends commands and ignores their replies.
func (p *peer) all(list do) {
	p.t.Helper()
	for _, args := range list {
		p.Do(args...)
	}
}

// read reads a key through a cache.
func read(t *testing.T, c cachingClient, key string) string {
	t.Helper()
	v, err := c.get(key)
	require.NoError(t, err)
	return v
}
