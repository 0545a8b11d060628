package inspect

import (
	"context"
	"net"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/inspect"
	"github.com/tattle-server/tattle/server/servertest"
)

// world is a server with its page, and the real clients that use it as soon as a test does.
type world struct {
	*servertest.Server
	t      *testing.T
	url    string
	writer *redis.Client  // of go-redis
	cache  rueidis.Client // of rueidis; nil before the first read
}

func newWorld(t *testing.T) *world {
	t.Helper()
	startBrowser(t)
	w := &world{Server: servertest.Run(t), t: t}
	w.url = w.Inspect(t)
	w.writer = redis.NewClient(&redis.Options{Addr: w.Addr(), ClientName: "writer", Protocol: 3, PoolSize: 1})
	t.Cleanup(func() { w.writer.Close() })
	return w
}

// read reads a key through the cache, and reports whether it was there.
func (w *world) read(key string) (text string, hit bool) {
	w.t.Helper()
	if w.cache == nil {
		var err error
		w.cache, err = rueidis.NewClient(rueidis.ClientOption{
			InitAddress: []string{w.Addr()}, ClientName: "cache", PipelineMultiplex: -1, // one connection
		})
		require.NoError(w.t, err)
		w.t.Cleanup(w.cache.Close)
	}
	r := w.cache.DoCache(context.Background(), w.cache.B().Get().Key(key).Cache(), time.Hour)
	text, err := r.ToString()
	if !rueidis.IsRedisNil(err) {
		require.NoError(w.t, err)
	}
	return text, r.IsCacheHit()
}

// write writes a key as the writer.
func (w *world) write(key, value string) {
	w.t.Helper()
	require.NoError(w.t, w.writer.Set(context.Background(), key, value, 0).Err())
}

// named returns a connection that has a name.
func (w *world) named(name string) *servertest.Conn {
	w.t.Helper()
	c := w.Connect3(w.t)
	c.Do("CLIENT", "SETNAME", name)
	return c
}

// id returns the id of the connection with a name, in decimal.
func (w *world) id(name string) string {
	w.t.Helper()
	return strconv.FormatUint(w.ClientNamed(name).ID, 10)
}

// page serves another page of the server and returns its URL.
func (w *world) page(o inspect.Options) string {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(w.t, err)
	p := inspect.Serve(w.Lab().Server(), l, o)
	w.t.Cleanup(func() { p.Close() })
	return p.URL()
}

// tell has the clients do what a visitor may want to see: reads, writes, and messages of every way, sent and not sent.
func (w *world) tell() {
	w.t.Helper()
	ctx := context.Background()
	w.write("user:1", "Ann")
	w.write("user:2", "Bob")
	w.read("user:1")
	w.read("user:2")
	own := w.named("own")
	own.Do("CLIENT", "TRACKING", "ON", "NOLOOP")
	own.Do("GET", "user:1")
	own.Do("GET", "cart:7")
	dashboard := w.named("dashboard")
	dashboard.Do("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "user:", "PREFIX", "cart:")
	old := w.named("old")
	old.Do("HELLO", "2")
	old.Do("CLIENT", "TRACKING", "ON", "REDIRECT", w.id("dashboard"))
	old.Do("GET", "user:2")
	require.NoError(w.t, w.writer.Set(ctx, "user:1", "Anna", 0).Err())
	own.Do("SET", "cart:7", "apples")
	require.NoError(w.t, w.writer.Del(ctx, "user:2").Err())
	w.read("user:1")
	own.Do("GET", "user:1")
	own.Do("GET", "user:12")
	w.Eventually(w.t, "the cache has heard", func() bool { return w.Lab().PendingOutput() == 0 })
}

// message returns the number of the last message about a key, in digits.
func (w *world) message(key string) (seq string) {
	for _, e := range w.Events() {
		if e.Kind == servertest.Message && slices.Contains(e.Keys, key) {
			seq = strconv.FormatUint(e.Seq, 10)
		}
	}
	return seq
}
