package integration

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/push"
	"github.com/stretchr/testify/require"
)

// goRedisCache is go-redis with its cache.
type goRedisCache struct{ *redis.Client }

// openGoRedis opens a client as its documentation says. The functions in more may change
// the options.
func openGoRedis(t *testing.T, addr string, more ...func(*redis.Options)) goRedisCache {
	t.Helper()
	o := &redis.Options{
		Addr: addr, Protocol: 3,
		ClientSideCacheConfig: &redis.ClientSideCacheConfig{MaxEntries: 10_000},
	}
	for _, f := range more {
		f(o)
	}
	c := redis.NewClient(o)
	t.Cleanup(func() { c.Close() })
	return goRedisCache{c}
}

func (c goRedisCache) get(key string) (string, error) {
	v, err := c.Get(context.Background(), key).Result()
	if errors.Is(err, redis.Nil) {
		return missing, nil
	}
	return v, err
}

// The client counts hits and misses; the server's count agrees.
func TestGoRedisCounts(t *testing.T) {
	p := start(t)
	p.run("SET", "x:k", "v1")
	c := openGoRedis(t, p.addr)
	for range 10 {
		require.Equal(t, "v1", read(t, c, "x:k"))
	}
	s := c.CSCStats()
	require.Equal(t, []uint64{9, 1}, []uint64{s.Hits, s.Misses})
	require.Equal(t, 1, s.Entries)
	require.Equal(t, 1, p.calls("get"))

	// It forgets without being asked: a goroutine reads the pushes on idle connections.
	p.run("SET", "x:k", "v2")
	await(t, "an empty cache", func() bool { return c.CSCStats().Entries == 0 })
	require.Equal(t, "v2", read(t, c, "x:k"))
	require.Equal(t, 2, p.calls("get"))
}

// The client asks for tracking on every connection that it opens.
func TestGoRedisTracksEveryConnection(t *testing.T) {
	p := start(t)
	c := openGoRedis(t, p.addr, func(o *redis.Options) { o.PoolSize = 8; o.MinIdleConns = 8 })
	const keys = 64
	for i := range keys {
		p.run("SET", fmt.Sprint("x:", i), "v1")
	}
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			if v, err := c.get(fmt.Sprint("x:", i)); err != nil || v != "v1" {
				t.Errorf("read %q, %v", v, err)
			}
		})
	}
	all.Wait()
	require.Equal(t, keys, c.CSCStats().Entries)
	for i := range keys {
		p.run("SET", fmt.Sprint("x:", i), "v2")
	}
	await(t, "an empty cache", func() bool { return c.CSCStats().Entries == 0 })
	for i := range keys {
		require.Equal(t, "v2", read(t, c, fmt.Sprint("x:", i)))
	}
}

// Its other strategies for misses and invalidations ask the same of a server.
func TestGoRedisStrategies(t *testing.T) {
	for name, option := range map[string]func(*redis.Options){
		"coalesced misses": func(o *redis.Options) { o.ClientSideCacheCoalesceMisses = true },
		"refresh":          func(o *redis.Options) { o.ClientSideCacheRefreshOnInvalidate = true },
		"batched deletes":  func(o *redis.Options) { o.ClientSideCacheInvalidationBatchWindow = 5 * time.Millisecond },
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t)
			c := openGoRedis(t, p.addr, option)
			for _, v := range []string{"v1", "v2", "v3"} {
				p.run("SET", "x:k", v)
				await(t, v, func() bool { return read(t, c, "x:k") == v })
			}
			await(t, "a hit", func() bool {
				sent := p.calls("get")
				return read(t, c, "x:k") == "v3" && p.calls("get") == sent
			})
		})
	}
}

// Commands of every type are cached, including those with many keys.
func TestGoRedisCachesEveryType(t *testing.T) {
	p, ctx := start(t), t.Context()
	c := openGoRedis(t, p.addr)
	p.all(do{
		{"RPUSH", "x:l", "a", "b"}, {"SADD", "x:s", "a"}, {"ZADD", "x:z", "1.5", "a", "2", "b"},
		{"HSET", "x:h", "f", "v"}, {"SET", "x:k", "5"},
	})
	for _, cmd := range []struct {
		name   string
		read   func() (any, error)
		change []any
	}{
		{"hgetall", func() (any, error) { return c.HGetAll(ctx, "x:h").Result() }, []any{"HSET", "x:h", "g", "w"}},
		{"hmget", func() (any, error) { return c.HMGet(ctx, "x:h", "f", "none").Result() }, []any{"HDEL", "x:h", "f"}},
		{"lrange", func() (any, error) { return c.LRange(ctx, "x:l", 0, -1).Result() }, []any{"LPOP", "x:l"}},
		{"smembers", func() (any, error) { return c.SMembers(ctx, "x:s").Result() }, []any{"SPOP", "x:s"}},
		{"zrange", func() (any, error) { return c.ZRangeWithScores(ctx, "x:z", 0, -1).Result() }, []any{"ZINCRBY", "x:z", "1", "a"}},
		{"zscore", func() (any, error) { return c.ZScore(ctx, "x:z", "a").Result() }, []any{"ZADD", "x:z", "7", "a"}},
		{"mget", func() (any, error) { return c.MGet(ctx, "x:k", "x:none").Result() }, []any{"SET", "x:none", "1"}},
		{"exists", func() (any, error) { return c.Exists(ctx, "x:k", "x:e").Result() }, []any{"SET", "x:e", "1"}},
		{"bitcount", func() (any, error) { return c.BitCount(ctx, "x:k", nil).Result() }, []any{"SETBIT", "x:k", "0", "1"}},
		{"type", func() (any, error) { return c.Type(ctx, "x:k").Result() }, []any{"DEL", "x:k"}},
	} {
		t.Run(cmd.name, func(t *testing.T) {
			before, err := cmd.read()
			require.NoError(t, err)
			same, err := cmd.read()
			require.NoError(t, err)
			require.Equal(t, before, same)
			require.Equal(t, 1, p.calls(cmd.name))

			p.Do(cmd.change...)
			var after any
			await(t, "a read that reaches the server", func() bool {
				after, err = cmd.read()
				return p.calls(cmd.name) == 2
			})
			require.NoError(t, err)
			require.NotEqual(t, before, after)
		})
	}
}

// When a connection is killed, everything that was cached by it is gone.
func TestGoRedisReconnects(t *testing.T) {
	p := start(t)
	p.run("SET", "x:k", "v1")
	c := openGoRedis(t, p.addr)
	read(t, c, "x:k")
	require.NotZero(t, p.Do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"))
	p.run("SET", "x:k", "v2")
	await(t, "the new value", func() bool {
		v, err := c.get("x:k")
		return err == nil && v == "v2"
	})
	await(t, "a hit", func() bool {
		sent := p.calls("get")
		return read(t, c, "x:k") == "v2" && p.calls("get") == sent
	})
}

// pushes collects push messages.
type pushes chan []any

func (p pushes) HandlePushNotification(_ context.Context, _ push.NotificationHandlerContext, n []any) error {
	p <- n
	return nil
}

// Without its cache, the client hands invalidations to a handler. They arrive before the
// reply to any command that it sends after the write was answered.
func TestGoRedisPushHandler(t *testing.T) {
	p, ctx := start(t), t.Context()
	c := redis.NewClient(&redis.Options{Addr: p.addr, Protocol: 3})
	t.Cleanup(func() { c.Close() })
	got := make(pushes, 10)
	require.NoError(t, c.RegisterPushNotificationHandler("invalidate", got, false))
	conn := c.Conn()
	defer conn.Close()

	require.NoError(t, conn.Do(ctx, "CLIENT", "TRACKING", "ON").Err())
	require.ErrorIs(t, conn.Get(ctx, "k").Err(), redis.Nil)
	p.run("SET", "k", "v")
	require.NoError(t, conn.Ping(ctx).Err())
	require.Equal(t, pushed("k"), receive(t, "a push", got))

	// Its own write: after the reply.
	require.NoError(t, conn.Get(ctx, "k").Err())
	require.NoError(t, conn.Set(ctx, "k", "w", 0).Err())
	require.NoError(t, conn.Ping(ctx).Err())
	require.Equal(t, pushed("k"), receive(t, "a push", got))

	p.run("FLUSHALL")
	require.NoError(t, conn.Ping(ctx).Err())
	require.Equal(t, []any{"invalidate", nil}, receive(t, "a push", got))
}

func pushed(key string) []any { return []any{"invalidate", []any{key}} }

// The uses of go-redis besides caching, in both protocols.
func TestGoRedisCommands(t *testing.T) {
	for _, protocol := range []int{2, 3} {
		t.Run(fmt.Sprint("RESP", protocol), func(t *testing.T) {
			p := start(t)
			c := redis.NewClient(&redis.Options{Addr: p.addr, Protocol: protocol, ClientName: "drop-in"})
			t.Cleanup(func() { c.Close() })
			for name, f := range map[string]func(*testing.T, *peer, *redis.Client){
				"strings": goRedisStrings, "hashes": goRedisHashes, "lists": goRedisLists, "sets": goRedisSets,
				"sorted sets": goRedisSortedSets, "keys": goRedisKeys, "pipeline": goRedisPipeline,
				"transaction": goRedisTransaction, "script": goRedisScript, "pubsub": goRedisPubSub,
				"server": goRedisServer, "databases": goRedisDatabases,
			} {
				p.run("FLUSHALL")
				t.Run(name, func(t *testing.T) { f(t, p, c) })
			}
		})
	}
}

func goRedisStrings(t *testing.T, _ *peer, c *redis.Client) {
	ctx := t.Context()
	require.Equal(t, redis.Nil, c.Get(ctx, "none").Err())
	require.NoError(t, c.Set(ctx, "k", "v", time.Minute).Err())
	require.InDelta(t, time.Minute, c.PTTL(ctx, "k").Val(), float64(10*time.Second))
	require.False(t, c.SetNX(ctx, "k", "w", 0).Val())
	require.Equal(t, "v", c.SetArgs(ctx, "k", "w", redis.SetArgs{Get: true, KeepTTL: true}).Val())
	require.Equal(t, int64(3), c.IncrBy(ctx, "n", 3).Val())
	require.InDelta(t, 3.5, c.IncrByFloat(ctx, "n", 0.5).Val(), 0)
	require.Equal(t, []any{"w", nil, "3.5"}, c.MGet(ctx, "k", "none", "n").Val())
	require.EqualError(t, c.Incr(ctx, "k").Err(), "ERR value is not an integer or out of range")
	require.Equal(t, "w", c.GetDel(ctx, "k").Val())
	big := string(make([]byte, 1<<20))
	require.NoError(t, c.Set(ctx, "big", big, 0).Err())
	require.Equal(t, big, c.Get(ctx, "big").Val())
}

func goRedisHashes(t *testing.T, _ *peer, c *redis.Client) {
	ctx := t.Context()
	require.Equal(t, int64(2), c.HSet(ctx, "h", "a", 1, "b", "2").Val())
	require.Equal(t, map[string]string{"a": "1", "b": "2"}, c.HGetAll(ctx, "h").Val())
	require.Equal(t, []any{"1", nil}, c.HMGet(ctx, "h", "a", "none").Val())
	require.Equal(t, int64(5), c.HIncrBy(ctx, "h", "a", 4).Val())
	require.Equal(t, []int64{1, -2}, c.HExpire(ctx, "h", time.Hour, "a", "none").Val())
	var s struct {
		A int    `redis:"a"`
		B string `redis:"b"`
	}
	require.NoError(t, c.HGetAll(ctx, "h").Scan(&s))
	require.Equal(t, 5, s.A)
	pairs := c.HRandFieldWithValues(ctx, "h", -5).Val()
	require.Len(t, pairs, 5)
	keys, cursor := c.HScan(ctx, "h", 0, "a*", 100).Val()
	require.Equal(t, []string{"a", "5"}, keys)
	require.Zero(t, cursor)
}

func goRedisLists(t *testing.T, p *peer, c *redis.Client) {
	ctx := t.Context()
	require.Equal(t, int64(3), c.RPush(ctx, "l", "a", "b", "c").Val())
	require.Equal(t, []string{"a", "b", "c"}, c.LRange(ctx, "l", 0, -1).Val())
	require.Equal(t, "c", c.LMove(ctx, "l", "m", "RIGHT", "LEFT").Val())
	require.Equal(t, []string{"a", "b"}, c.LPopCount(ctx, "l", 5).Val())
	require.Equal(t, redis.Nil, c.LPop(ctx, "l").Err())
	key, popped := c.LMPop(ctx, "left", 2, "l", "m").Val()
	require.Equal(t, "m", key)
	require.Equal(t, []string{"c"}, popped)

	require.Equal(t, redis.Nil, c.Do(ctx, "BLPOP", "l", "0.01").Err())
	got := make(chan []string, 1)
	go func() { got <- c.BLPop(ctx, 0, "l", "other").Val() }()
	await(t, "a client that waits", func() bool { return blocked(p) == 1 })
	p.Do("RPUSH", "other", "x")
	require.Equal(t, []string{"other", "x"}, receive(t, "what was pushed", got))
}

// blocked returns how many clients are blocked by commands such as BLPOP.
func blocked(p *peer) int {
	p.t.Helper()
	return p.figure("clients", "blocked_clients:")
}

func goRedisSets(t *testing.T, _ *peer, c *redis.Client) {
	ctx := t.Context()
	require.Equal(t, int64(3), c.SAdd(ctx, "s", "a", "b", "c").Val())
	c.SAdd(ctx, "r", "b", "c", "d")
	require.ElementsMatch(t, []string{"b", "c"}, c.SInter(ctx, "s", "r").Val())
	require.Equal(t, int64(2), c.SInterCard(ctx, 0, "s", "r").Val())
	require.Equal(t, int64(4), c.SUnionStore(ctx, "u", "s", "r").Val())
	require.Equal(t, []string{"a"}, c.SDiff(ctx, "s", "r").Val())
	require.Equal(t, []bool{true, false}, c.SMIsMember(ctx, "s", "a", "z").Val())
	require.Len(t, c.SPopN(ctx, "u", 10).Val(), 4)
	require.Equal(t, map[string]struct{}{"a": {}, "b": {}, "c": {}}, c.SMembersMap(ctx, "s").Val())
}

func goRedisSortedSets(t *testing.T, _ *peer, c *redis.Client) {
	ctx := t.Context()
	require.Equal(t, int64(3), c.ZAdd(ctx, "z", redis.Z{Score: 1, Member: "a"}, redis.Z{Score: 2.5, Member: "b"}, redis.Z{Score: 3, Member: "c"}).Val())
	require.Equal(t, []redis.Z{{Score: 1, Member: "a"}, {Score: 2.5, Member: "b"}}, c.ZRangeWithScores(ctx, "z", 0, 1).Val())
	require.Equal(t, []string{"c", "b"}, c.ZRangeArgs(ctx, redis.ZRangeArgs{Key: "z", Start: "+inf", Stop: "(1", ByScore: true, Rev: true}).Val())
	require.InDelta(t, 2.5, c.ZScore(ctx, "z", "b").Val(), 0)
	require.Equal(t, redis.Nil, c.ZScore(ctx, "z", "none").Err())
	require.Equal(t, redis.RankScore{Rank: 2, Score: 3}, c.ZRankWithScore(ctx, "z", "c").Val())
	require.InDelta(t, 4.5, c.ZIncrBy(ctx, "z", 2, "b").Val(), 0)
	require.Equal(t, []redis.Z{{Score: 4.5, Member: "b"}}, c.ZPopMax(ctx, "z").Val())
	popped := c.BZPopMin(ctx, time.Second, "none", "z").Val()
	require.Equal(t, &redis.ZWithKey{Key: "z", Z: redis.Z{Score: 1, Member: "a"}}, popped)
	c.ZAdd(ctx, "y", redis.Z{Score: 10, Member: "c"})
	require.Equal(t, []redis.Z{{Score: 13, Member: "c"}}, c.ZInterWithScores(ctx, &redis.ZStore{Keys: []string{"z", "y"}}).Val())
}

func goRedisKeys(t *testing.T, _ *peer, c *redis.Client) {
	ctx := t.Context()
	const n = 500
	for i := range n {
		require.NoError(t, c.Set(ctx, fmt.Sprint("key:", i), i, 0).Err())
	}
	seen := map[string]bool{}
	for it := c.Scan(ctx, 0, "key:*", 50).Iterator(); it.Next(ctx); {
		seen[it.Val()] = true
	}
	require.Len(t, seen, n)
	require.Equal(t, int64(n), c.DBSize(ctx).Val())
	require.Len(t, c.Keys(ctx, "key:1?").Val(), 10)
	require.Equal(t, "string", c.Type(ctx, "key:1").Val())
	require.True(t, c.Expire(ctx, "key:1", time.Hour).Val())
	require.False(t, c.ExpireNX(ctx, "key:1", time.Hour).Val())
	require.Equal(t, time.Duration(-1), c.TTL(ctx, "key:2").Val())
	require.Equal(t, time.Duration(-2), c.TTL(ctx, "none").Val())
	require.Equal(t, "int", c.ObjectEncoding(ctx, "key:2").Val())
	require.Equal(t, int64(2), c.Exists(ctx, "key:1", "key:1", "none").Val())
	c.RPush(ctx, "l", 3, 1, 2)
	require.Equal(t, []string{"3", "2", "1"}, c.Sort(ctx, "l", &redis.Sort{Order: "DESC"}).Val())
	require.Equal(t, int64(1), c.Copy(ctx, "l", "m", 0, false).Val())
	require.EqualError(t, c.Rename(ctx, "none", "k").Err(), "ERR no such key")
}

func goRedisPipeline(t *testing.T, _ *peer, c *redis.Client) {
	ctx := t.Context()
	results, err := c.Pipelined(ctx, func(b redis.Pipeliner) error {
		for i := range 1000 {
			b.RPush(ctx, "l", i)
		}
		b.LLen(ctx, "l")
		b.Incr(ctx, "l")
		b.Get(ctx, "none")
		return nil
	})
	require.EqualError(t, err, "WRONGTYPE Operation against a key holding the wrong kind of value")
	require.Len(t, results, 1003)
	require.Equal(t, int64(1000), results[1000].(*redis.IntCmd).Val())
	require.Equal(t, redis.Nil, results[1002].Err())
}

func goRedisTransaction(t *testing.T, p *peer, c *redis.Client) {
	ctx := t.Context()
	results, err := c.TxPipelined(ctx, func(b redis.Pipeliner) error {
		b.Set(ctx, "k", "1", 0)
		b.Incr(ctx, "k")
		b.HGetAll(ctx, "none")
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, int64(2), results[1].(*redis.IntCmd).Val())

	add := func(meanwhile func()) error {
		return c.Watch(ctx, func(tx *redis.Tx) error {
			n, err := tx.Get(ctx, "k").Int()
			if err != nil {
				return err
			}
			meanwhile()
			_, err = tx.TxPipelined(ctx, func(b redis.Pipeliner) error {
				b.Set(ctx, "k", n+1, 0)
				return nil
			})
			return err
		}, "k")
	}
	require.NoError(t, add(func() {}))
	require.Equal(t, redis.TxFailedErr, add(func() { p.run("SET", "k", "10") }))
	require.Equal(t, "10", p.Do("GET", "k"))
}

func goRedisScript(t *testing.T, p *peer, c *redis.Client) {
	ctx := t.Context()
	s := redis.NewScript("redis.call('SET', KEYS[1], ARGV[1]) return {1, 'two', redis.call('GET', KEYS[1]), false}")
	p.run("SCRIPT", "FLUSH")
	require.Equal(t, []bool{false}, s.Exists(ctx, c).Val())
	for range 2 { // EVALSHA is refused, then EVAL; then EVALSHA
		got, err := s.Run(ctx, c, []string{"k"}, "v").Slice()
		require.NoError(t, err)
		require.Equal(t, []any{int64(1), "two", "v", nil}, got)
	}
	require.Equal(t, []bool{true}, s.Exists(ctx, c).Val())
	require.ErrorContains(t, c.Eval(ctx, "return redis.call('INCR', KEYS[1])", []string{"k"}).Err(), "not an integer")
	require.Equal(t, "v", c.EvalRO(ctx, "return redis.call('GET', KEYS[1])", []string{"k"}).Val())
}

func goRedisPubSub(t *testing.T, _ *peer, c *redis.Client) {
	ctx := t.Context()
	s := c.Subscribe(ctx, "news")
	defer s.Close()
	require.NoError(t, s.PSubscribe(ctx, "n?ws"))
	for range 2 {
		_, err := s.Receive(ctx)
		require.NoError(t, err)
	}
	require.NoError(t, s.Ping(ctx, "hi"))
	pong, err := s.Receive(ctx)
	require.NoError(t, err)
	require.Equal(t, &redis.Pong{Payload: "hi"}, pong)

	require.Equal(t, int64(2), c.Publish(ctx, "news", "hello").Val())
	messages := s.Channel()
	require.Equal(t, &redis.Message{Channel: "news", Payload: "hello"}, receive(t, "a message", messages))
	require.Equal(t, &redis.Message{Channel: "news", Pattern: "n?ws", Payload: "hello"}, receive(t, "a message", messages))
	require.Equal(t, map[string]int64{"news": 1}, c.PubSubNumSub(ctx, "news").Val())
	require.NoError(t, s.Unsubscribe(ctx))
	require.NoError(t, s.PUnsubscribe(ctx))
	await(t, "nobody", func() bool { return c.Publish(ctx, "news", "hello").Val() == 0 })

	shard := c.SSubscribe(ctx, "part")
	defer shard.Close()
	_, err = shard.Receive(ctx)
	require.NoError(t, err)
	require.Equal(t, int64(1), c.SPublish(ctx, "part", "x").Val())
	require.Equal(t, "x", receive(t, "a message", shard.Channel()).Payload)
}

func goRedisServer(t *testing.T, _ *peer, c *redis.Client) {
	ctx := t.Context()
	require.Equal(t, "PONG", c.Ping(ctx).Val())
	require.Equal(t, "hello", c.Echo(ctx, "hello").Val())
	require.Equal(t, "drop-in", c.ClientGetName(ctx).Val())
	require.NotZero(t, c.ClientID(ctx).Val())
	require.Equal(t, map[string]string{"maxmemory": "0"}, c.ConfigGet(ctx, "maxmemory").Val())
	require.WithinDuration(t, time.Now(), c.Time(ctx).Val(), time.Minute)
	commands, err := c.Command(ctx).Result()
	require.NoError(t, err)
	require.Equal(t, int8(1), commands["get"].FirstKeyPos)
	require.True(t, commands["get"].ReadOnly)
	info, err := c.ClientInfo(ctx).Result()
	require.NoError(t, err)
	require.Equal(t, "go-redis", info.LibName[:8])
	require.NoError(t, c.SlowLogGet(ctx, 10).Err())
	require.NoError(t, c.InfoMap(ctx, "clients", "stats").Err())
	require.ErrorContains(t, c.Do(ctx, "NOSUCH", "a").Err(), "ERR unknown command 'NOSUCH', with args beginning with: 'a'")
}

func goRedisDatabases(t *testing.T, p *peer, c *redis.Client) {
	o := *c.Options()
	other := redis.NewClient(&redis.Options{Addr: o.Addr, Protocol: o.Protocol, DB: 3})
	defer other.Close()
	require.NoError(t, other.Set(t.Context(), "k", "in 3", 0).Err())
	require.Equal(t, redis.Nil, c.Get(t.Context(), "k").Err())
	require.Equal(t, "in 3", other.Get(t.Context(), "k").Val())
	require.Equal(t, int64(0), p.Do("DBSIZE"))
}

// Fifty clients at once, each with a pool of its own, do not disturb each other.
func TestFiftyClients(t *testing.T) {
	p, ctx := start(t), t.Context()
	const clients, rounds = 50, 20
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			c := redis.NewClient(&redis.Options{Addr: p.addr, Protocol: 2 + i%2})
			defer c.Close()
			for n := range rounds {
				key := fmt.Sprint("own:", i)
				_, err := c.Pipelined(ctx, func(b redis.Pipeliner) error {
					b.Incr(ctx, "shared")
					b.RPush(ctx, key, n)
					b.ZIncrBy(ctx, "board", 1, key)
					return nil
				})
				if err != nil {
					t.Error(err)
				}
				if length, err := c.LLen(ctx, key).Result(); err != nil || length != int64(n+1) {
					t.Errorf("client %d: length %d after %d, %v", i, length, n+1, err)
				}
			}
		})
	}
	all.Wait()
	require.Equal(t, fmt.Sprint(clients*rounds), p.Do("GET", "shared"))
	require.Equal(t, int64(clients), p.Do("ZCOUNT", "board", rounds, rounds))
}
