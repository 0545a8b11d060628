package integration

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"
)

// rueidisTTL is how long rueidis may keep what it cached: longer than any test, so
// that only the server makes it forget.
const rueidisTTL = time.Hour

// rueidisCache is rueidis with its cache and a hook for the keys that it is told to forget.
type rueidisCache struct {
	rueidis.Client
	told chan string // keys, and "*" for all
}

// openRueidis opens a client with the tracking options, or with OPTIN, rueidis's default,
// if there are none. The client finds out the kind of the server by itself.
func openRueidis(t *testing.T, addr string, tracking ...string) *rueidisCache {
	t.Helper()
	c := &rueidisCache{told: make(chan string, 1000)}
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress:           []string{addr},
		ClientTrackingOptions: tracking,
		OnInvalidations:       c.hear,
	})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	c.Client = client
	return c
}

// hear is called when rueidis has forgotten the keys. It never waits: keys that nobody
// collects are dropped.
func (c *rueidisCache) hear(keys []rueidis.RedisMessage) {
	names := []string{"*"}
	if keys != nil {
		names = names[:0]
	}
	for _, k := range keys {
		name, _ := k.ToString()
		names = append(names, name)
	}
	for _, name := range names {
		select {
		case c.told <- name:
		default:
		}
	}
}

func (c *rueidisCache) get(key string) (string, error) {
	// Pinned because the connection is killed, as in checkedRueidis.
	v, err := c.DoCache(context.Background(), c.B().Get().Key(key).Cache().Pin(), rueidisTTL).ToString()
	if rueidis.IsRedisNil(err) {
		return missing, nil
	}
	return v, err
}

// waitFor waits until the client has been told to forget the keys, in any order: rueidis
// spreads keys over several connections.
func (c *rueidisCache) waitFor(t *testing.T, keys ...string) {
	t.Helper()
	for len(keys) > 0 {
		told := receive(t, "the invalidation of "+strings.Join(keys, ", "), c.told)
		keys = slices.DeleteFunc(keys, func(k string) bool { return k == told })
	}
}

func TestRueidisHit(t *testing.T) {
	for name, tracking := range map[string][]string{"default": nil, "bcast": {"PREFIX", "x:", "BCAST"}} {
		t.Run(name, func(t *testing.T) {
			p, ctx := start(t), t.Context()
			p.run("SET", "x:k", "v1")
			c := openRueidis(t, p.addr, tracking...)
			get := func() rueidis.RedisResult { return c.DoCache(ctx, c.B().Get().Key("x:k").Cache(), rueidisTTL) }

			require.False(t, get().IsCacheHit())
			require.True(t, get().IsCacheHit())
			p.run("SET", "x:k", "v2")
			c.waitFor(t, "x:k")
			var r rueidis.RedisResult
			await(t, "a read that is no hit", func() bool { // with BCAST another connection may have heard first
				r = get()
				return !r.IsCacheHit()
			})
			v, err := r.ToString()
			require.NoError(t, err)
			require.Equal(t, "v2", v)
			require.True(t, get().IsCacheHit())

			p.run("FLUSHALL")
			c.waitFor(t, "*")
			await(t, "an empty cache", func() bool { return rueidis.IsRedisNil(get().Error()) })
		})
	}
}

// The client learns the time to live with the value and forgets it by itself; the
// hook shows that the server tells it nevertheless.
func TestRueidisHearsOfExpiry(t *testing.T) {
	for name, tracking := range map[string][]string{"default": nil, "bcast": {"PREFIX", "x:", "BCAST"}} {
		t.Run(name, func(t *testing.T) {
			p := start(t)
			c := openRueidis(t, p.addr, tracking...)
			p.run("SET", "x:k", "v1", "PX", "500")
			if tracking != nil {
				c.waitFor(t, "x:k") // the SET
			}
			r := c.DoCache(t.Context(), c.B().Get().Key("x:k").Cache(), rueidisTTL)
			require.NoError(t, r.Error())
			require.InDelta(t, 250, r.CachePTTL(), 251)
			c.waitFor(t, "x:k")
			await(t, "the end of the key", func() bool { return read(t, c, "x:k") == missing })
		})
	}
}

// Subscribers of a prefix are not told of other keys.
func TestRueidisHearsItsPrefixOnly(t *testing.T) {
	p := start(t)
	c := openRueidis(t, p.addr, "PREFIX", "x:", "PREFIX", "y:", "BCAST")
	read(t, c, "x:k")
	for _, key := range []string{"z:1", "x", "x:1", "y:1", "xy:1", "x:2"} {
		p.run("SET", key, "v")
	}
	var told []string
	for !slices.Contains(told, "x:2") {
		told = append(told, receive(t, "the last key", c.told))
	}
	slices.Sort(told)
	require.Equal(t, []string{"x:1", "x:2", "y:1"}, slices.Compact(told)) // once for each connection
}

func TestRueidisDoMultiCache(t *testing.T) {
	p, ctx := start(t), t.Context()
	p.run("MSET", "x:a", "1", "x:b", "2", "x:c", "3")
	c := openRueidis(t, p.addr)
	multi := func() (values []string, hits int) {
		for _, r := range c.DoMultiCache(ctx,
			rueidis.CT(c.B().Get().Key("x:a").Cache(), rueidisTTL),
			rueidis.CT(c.B().Get().Key("x:b").Cache(), rueidisTTL),
			rueidis.CT(c.B().Get().Key("x:c").Cache(), rueidisTTL)) {
			v, err := r.ToString()
			require.NoError(t, err)
			values = append(values, v)
			if r.IsCacheHit() {
				hits++
			}
		}
		return values, hits
	}
	values, hits := multi()
	require.Equal(t, []string{"1", "2", "3"}, values)
	require.Zero(t, hits)
	_, hits = multi()
	require.Equal(t, 3, hits)

	p.run("SET", "x:b", "two")
	c.waitFor(t, "x:b")
	values, hits = multi()
	require.Equal(t, []string{"1", "two", "3"}, values)
	require.Equal(t, 2, hits)
	require.Equal(t, 4, p.calls("get"))
}

func TestRueidisMGetCache(t *testing.T) {
	p, ctx := start(t), t.Context()
	p.run("MSET", "x:a", "1", "x:b", "2")
	c := openRueidis(t, p.addr)
	keys := []string{"x:a", "x:b", "x:none"}
	read := func() map[string]string {
		t.Helper()
		m, err := rueidis.MGetCache(c, ctx, rueidisTTL, keys)
		require.NoError(t, err)
		values := map[string]string{}
		for k, v := range m {
			if s, err := v.ToString(); err == nil {
				values[k] = s
			}
		}
		return values
	}
	want := map[string]string{"x:a": "1", "x:b": "2"}
	require.Equal(t, want, read())
	require.Equal(t, want, read())
	require.Equal(t, 3, p.calls("get"))

	p.run("MSET", "x:b", "two", "x:none", "now")
	c.waitFor(t, "x:b", "x:none")
	require.Equal(t, map[string]string{"x:a": "1", "x:b": "two", "x:none": "now"}, read())
	require.Equal(t, 5, p.calls("get"))

	// The command MGET is also cached key by key.
	for range 2 {
		got, err := c.DoCache(ctx, c.B().Mget().Key("x:a", "x:b", "x:gone").Cache(), rueidisTTL).ToArray()
		require.NoError(t, err)
		require.Len(t, got, 3)
		require.True(t, got[2].IsNil())
	}
	require.Equal(t, 1, p.calls("mget"))
}

func TestRueidisCachesHashes(t *testing.T) {
	p, ctx := start(t), t.Context()
	p.Do("HSET", "x:h", "a", "1", "b", "2")
	c := openRueidis(t, p.addr)
	all := func() map[string]string {
		m, err := c.DoCache(ctx, c.B().Hgetall().Key("x:h").Cache(), rueidisTTL).AsStrMap()
		require.NoError(t, err)
		return m
	}
	field := func() (string, error) {
		return c.DoCache(ctx, c.B().Hget().Key("x:h").Field("a").Cache(), rueidisTTL).ToString()
	}
	for range 2 {
		require.Equal(t, map[string]string{"a": "1", "b": "2"}, all())
		v, err := field()
		require.NoError(t, err)
		require.Equal(t, "1", v)
	}
	require.Equal(t, 1, p.calls("hgetall"))
	require.Equal(t, 1, p.calls("hget"))

	// A change to one field makes the client forget everything it has read of the hash.
	p.Do("HSET", "x:h", "b", "3")
	c.waitFor(t, "x:h")
	require.Equal(t, map[string]string{"a": "1", "b": "3"}, all())
	_, err := field()
	require.NoError(t, err)
	require.Equal(t, 2, p.calls("hget"))

	p.Do("HDEL", "x:h", "a", "b")
	c.waitFor(t, "x:h")
	require.Empty(t, all())
	_, err = field()
	require.True(t, rueidis.IsRedisNil(err))
}

// A field that expires changes its hash.
func TestRueidisHearsOfFieldExpiry(t *testing.T) {
	p, ctx := start(t), t.Context()
	c := openRueidis(t, p.addr)
	p.Do("HSET", "x:h", "a", "1", "b", "2")
	p.Do("HPEXPIRE", "x:h", "500", "FIELDS", "1", "a")
	all := func() map[string]string {
		m, err := c.DoCache(ctx, c.B().Hgetall().Key("x:h").Cache(), rueidisTTL).AsStrMap()
		require.NoError(t, err)
		return m
	}
	require.Len(t, all(), 2)
	c.waitFor(t, "x:h")
	require.Equal(t, map[string]string{"b": "2"}, all())
}

// Replies of every shape come out of the cache as they came from the server.
func TestRueidisCachesEveryType(t *testing.T) {
	p, ctx := start(t), t.Context()
	c := openRueidis(t, p.addr)
	p.all(do{
		{"RPUSH", "x:l", "a", "b"}, {"SADD", "x:s", "a"}, {"ZADD", "x:z", "1.5", "a", "2", "b"},
		{"HSET", "x:h", "f", "v"}, {"SET", "x:k", "5"},
	})
	for _, cmd := range []struct {
		key    string
		cached func() rueidis.Cacheable
		change []any
	}{
		{"x:l", func() rueidis.Cacheable { return c.B().Lrange().Key("x:l").Start(0).Stop(-1).Cache() }, []any{"LPOP", "x:l"}},
		{"x:s", func() rueidis.Cacheable { return c.B().Smembers().Key("x:s").Cache() }, []any{"SADD", "x:s", "b"}},
		{"x:s", func() rueidis.Cacheable { return c.B().Sismember().Key("x:s").Member("a").Cache() }, []any{"SREM", "x:s", "a"}},
		{"x:z", func() rueidis.Cacheable {
			return c.B().Zrange().Key("x:z").Min("0").Max("-1").Withscores().Cache()
		}, []any{"ZINCRBY", "x:z", "1", "a"}},
		{"x:z", func() rueidis.Cacheable { return c.B().Zscore().Key("x:z").Member("b").Cache() }, []any{"ZADD", "x:z", "9", "b"}},
		{"x:h", func() rueidis.Cacheable { return c.B().Hmget().Key("x:h").Field("f", "none").Cache() }, []any{"HSET", "x:h", "none", "1"}},
		{"x:k", func() rueidis.Cacheable { return c.B().Bitcount().Key("x:k").Cache() }, []any{"SETBIT", "x:k", "0", "1"}},
		{"x:k", func() rueidis.Cacheable { return c.B().Type().Key("x:k").Cache() }, []any{"DEL", "x:k"}},
	} {
		shown := cmd.cached()
		name := shown.Commands()
		sent := c.DoCache(ctx, cmd.cached(), rueidisTTL)
		kept := c.DoCache(ctx, cmd.cached(), rueidisTTL)
		require.False(t, sent.IsCacheHit(), "%v", name)
		require.True(t, kept.IsCacheHit(), "%v", name)
		before, err := sent.ToAny()
		require.NoError(t, err, "%v", name)
		same, err := kept.ToAny()
		require.NoError(t, err, "%v", name)
		require.Equal(t, before, same)

		p.Do(cmd.change...)
		c.waitFor(t, cmd.key)
		after := c.DoCache(ctx, cmd.cached(), rueidisTTL)
		require.False(t, after.IsCacheHit(), "%v", name)
		changed, err := after.ToAny()
		require.NoError(t, err, "%v", name)
		require.NotEqual(t, before, changed, "%v", name)
	}
}

// When a connection is lost, everything that was cached by it is gone, and the next one
// caches again.
func TestRueidisReconnects(t *testing.T) {
	p := start(t)
	p.run("SET", "x:k", "v1")
	c := openRueidis(t, p.addr)
	read(t, c, "x:k")
	require.NotZero(t, p.Do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"))
	c.waitFor(t, "*")
	p.run("SET", "x:k", "v2")
	await(t, "the new value", func() bool {
		v, err := c.get("x:k")
		return err == nil && v == "v2"
	})
	sent := p.calls("get")
	require.Equal(t, "v2", read(t, c, "x:k"))
	require.Equal(t, sent, p.calls("get"))
	p.run("SET", "x:k", "v3")
	c.waitFor(t, "x:k")
	require.Equal(t, "v3", read(t, c, "x:k"))
}

// A full tracking table costs hits, never truth.
func TestRueidisWithSmallTable(t *testing.T) {
	p := start(t)
	p.set("tracking-table-max-keys", "3")
	c := openRueidis(t, p.addr)
	keys := []string{"x:1", "x:2", "x:3", "x:4", "x:5", "x:6", "x:7", "x:8"}
	for _, k := range keys {
		p.run("SET", k, "v1")
		read(t, c, k)
	}
	for range 5 { // the server gives up all but three
		receive(t, "a key given up", c.told)
	}
	for _, k := range keys {
		p.run("SET", k, "v2")
	}
	for _, k := range keys {
		await(t, "the new value of "+k, func() bool { return read(t, c, k) == "v2" })
	}
}

// The uses of rueidis besides caching, in both protocols.
func TestRueidisCommands(t *testing.T) {
	for name, resp2 := range map[string]bool{"RESP3": false, "RESP2": true} {
		t.Run(name, func(t *testing.T) {
			p := start(t)
			c, err := rueidis.NewClient(rueidis.ClientOption{
				InitAddress: []string{p.addr}, AlwaysRESP2: resp2, DisableCache: resp2, ClientName: "drop-in",
			})
			require.NoError(t, err)
			t.Cleanup(c.Close)
			t.Run("types", func(t *testing.T) { rueidisTypes(t, c) })
			t.Run("script", func(t *testing.T) { rueidisScript(t, c) })
			t.Run("transaction", func(t *testing.T) { rueidisTransaction(t, p, c) })
			t.Run("pubsub", func(t *testing.T) { rueidisPubSub(t, p, c) })
		})
	}
}

func rueidisTypes(t *testing.T, c rueidis.Client) {
	ctx := t.Context()
	for _, r := range c.DoMulti(ctx,
		c.B().Set().Key("k").Value("v").ExSeconds(100).Build(),
		c.B().Hset().Key("h").FieldValue().FieldValue("f", "v").Build(),
		c.B().Rpush().Key("l").Element("a", "b").Build(),
		c.B().Sadd().Key("s").Member("a", "b").Build(),
		c.B().Zadd().Key("z").ScoreMember().ScoreMember(1.5, "a").ScoreMember(2, "b").Build(),
	) {
		require.NoError(t, r.Error())
	}
	m, err := c.Do(ctx, c.B().Hgetall().Key("h").Build()).AsStrMap()
	require.NoError(t, err)
	require.Equal(t, map[string]string{"f": "v"}, m)
	l, err := c.Do(ctx, c.B().Lrange().Key("l").Start(0).Stop(-1).Build()).AsStrSlice()
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, l)
	s, err := c.Do(ctx, c.B().Smembers().Key("s").Build()).AsStrSlice()
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"a", "b"}, s)
	z, err := c.Do(ctx, c.B().Zrange().Key("z").Min("0").Max("-1").Withscores().Build()).AsZScores()
	require.NoError(t, err)
	require.Equal(t, []rueidis.ZScore{{Member: "a", Score: 1.5}, {Member: "b", Score: 2}}, z)
	scan, err := c.Do(ctx, c.B().Scan().Cursor(0).Count(100).Build()).AsScanEntry()
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"k", "h", "l", "s", "z"}, scan.Elements)
	err = c.Do(ctx, c.B().Lpush().Key("k").Element("x").Build()).Error()
	require.EqualError(t, err, "WRONGTYPE Operation against a key holding the wrong kind of value")
	pop, err := c.Do(ctx, c.B().Blpop().Key("l").Timeout(1).Build()).AsStrSlice()
	require.NoError(t, err)
	require.Equal(t, []string{"l", "a"}, pop)
}

func rueidisScript(t *testing.T, c rueidis.Client) {
	s := rueidis.NewLuaScript("return {KEYS[1], ARGV[1], tostring(redis.call('INCR', KEYS[1]))}")
	for _, want := range []string{"1", "2"} {
		got, err := s.Exec(t.Context(), c, []string{"n"}, []string{"arg"}).AsStrSlice()
		require.NoError(t, err)
		require.Equal(t, []string{"n", "arg", want}, got)
	}
}

func rueidisTransaction(t *testing.T, p *peer, c rueidis.Client) {
	p.run("SET", "balance", "1")
	add := func(meanwhile func()) error {
		return c.Dedicated(func(d rueidis.DedicatedClient) error {
			if err := d.Do(t.Context(), d.B().Watch().Key("balance").Build()).Error(); err != nil {
				return err
			}
			meanwhile()
			r := d.DoMulti(t.Context(), d.B().Multi().Build(), d.B().Incr().Key("balance").Build(), d.B().Exec().Build())
			return r[2].Error()
		})
	}
	require.NoError(t, add(func() {}))
	require.True(t, rueidis.IsRedisNil(add(func() { p.run("SET", "balance", "10") })))
	require.Equal(t, "10", p.Do("GET", "balance"))
}

func rueidisPubSub(t *testing.T, p *peer, c rueidis.Client) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got := make(chan rueidis.PubSubMessage, 10)
	done := make(chan error, 2)
	go func() {
		done <- c.Receive(ctx, c.B().Subscribe().Channel("news").Build(), func(m rueidis.PubSubMessage) { got <- m })
	}()
	go func() {
		done <- c.Receive(ctx, c.B().Psubscribe().Pattern("n*").Build(), func(m rueidis.PubSubMessage) { got <- m })
	}()
	await(t, "both subscriptions", func() bool { return p.Do("PUBLISH", "other", "x") == int64(0) && listeners(p, "news") == 2 })
	p.Do("PUBLISH", "news", "hello")
	patterns := []string{receive(t, "a message", got).Pattern, receive(t, "a message", got).Pattern}
	require.ElementsMatch(t, []string{"", "n*"}, patterns)
	cancel()
	for range 2 {
		err := receive(t, "the end of a subscription", done)
		require.True(t, errors.Is(err, context.Canceled), "%v", err)
	}
}

// listeners returns how many clients would receive a message on a channel, including those
// that subscribe to patterns.
func listeners(p *peer, channel string) int64 {
	p.t.Helper()
	exact := p.Do("PUBSUB", "NUMSUB", channel).([]any)[1].(int64)
	return exact + p.Do("PUBSUB", "NUMPAT").(int64)
}
