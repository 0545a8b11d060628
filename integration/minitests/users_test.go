package minitests

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

func client(t *testing.T, m *miniredis.Miniredis) *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: m.Addr()})
	t.Cleanup(func() { c.Close() })
	return c
}

// As in miniredis's README.
func TestReadme(t *testing.T) {
	s := miniredis.RunT(t)
	s.Set("foo", "bar")
	s.HSet("some", "other", "key")
	c := client(t, s)
	require.NoError(t, c.Set(t.Context(), "foo", "baz", 0).Err())
	got, err := s.Get("foo")
	require.NoError(t, err)
	require.Equal(t, "baz", got)
	s.CheckGet(t, "foo", "baz")
	s.SetTTL("foo", 10*time.Second)
	s.FastForward(11 * time.Second)
	require.False(t, s.Exists("foo"))
	require.Equal(t, "key", s.HGet("some", "other"))
}

// A store of sessions: what it writes is read by direct access, and expires.
func TestSessions(t *testing.T) {
	s, err := miniredis.Run()
	require.NoError(t, err)
	defer s.Close()
	c := client(t, s)
	key := "session:42"
	require.NoError(t, c.HSet(t.Context(), key, "user", "ada", "cart", "3").Err())
	require.NoError(t, c.Expire(t.Context(), key, time.Hour).Err())
	require.Equal(t, "ada", s.HGet(key, "user"))
	require.Equal(t, time.Hour, s.TTL(key))
	s.FastForward(59 * time.Minute)
	require.Equal(t, time.Minute, s.TTL(key))
	s.FastForward(2 * time.Minute)
	require.False(t, s.Exists(key))
	require.Empty(t, s.HGet(key, "user"))
	require.Empty(t, s.Keys())
}

// The server goes down and comes back at the same address with its data.
func TestServerDown(t *testing.T) {
	s := miniredis.RunT(t)
	c := redis.NewClient(&redis.Options{Addr: s.Addr(), MaxRetries: -1, DialTimeout: time.Second})
	defer c.Close()
	require.NoError(t, c.Set(t.Context(), "k", "1", 0).Err())
	addr := s.Addr()
	s.Close()
	require.Error(t, c.Get(t.Context(), "k").Err())
	s.CheckGet(t, "k", "1")
	require.NoError(t, s.Restart())
	require.Equal(t, addr, s.Addr())
	var got string
	var err error
	for range 10 { // dead connections of the pool come first
		if got, err = c.Get(t.Context(), "k").Result(); err == nil {
			break
		}
	}
	require.NoError(t, err)
	require.Equal(t, "1", got)
}

// A lock of redsync: three servers, of which two must agree.
func TestQuorumLock(t *testing.T) {
	unlock := redis.NewScript(`if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) else return 0 end`)
	var servers []*miniredis.Miniredis
	var clients []*redis.Client
	for range 3 {
		s := miniredis.RunT(t)
		servers, clients = append(servers, s), append(clients, client(t, s))
	}
	lock := func(owner string) (n int) {
		for _, c := range clients {
			if ok, _ := c.SetNX(t.Context(), "mutex", owner, 8*time.Second).Result(); ok {
				n++
			}
		}
		return n
	}
	servers[2].Set("mutex", "somebody")
	require.Equal(t, 2, lock("a"))
	require.Equal(t, 0, lock("b"))
	for _, s := range servers {
		s.FastForward(9 * time.Second)
	}
	require.Equal(t, 2, lock("b")) // the third has no time to live
	released, err := unlock.Run(t.Context(), clients[0], []string{"mutex"}, "a").Int()
	require.NoError(t, err)
	require.Zero(t, released)
}

// A lock of redislock: it is refreshed and released by scripts.
func TestLock(t *testing.T) {
	s := miniredis.RunT(t)
	c := client(t, s)
	refresh := redis.NewScript(`if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("pexpire", KEYS[1], ARGV[2]) else return 0 end`)
	ttl := redis.NewScript(`if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("pttl", KEYS[1]) else return -3 end`)
	require.True(t, c.SetNX(t.Context(), "lock", "token", time.Second).Val())
	require.EqualValues(t, 1, refresh.Run(t.Context(), c, []string{"lock"}, "token", "5000").Val())
	require.EqualValues(t, 5000, ttl.Run(t.Context(), c, []string{"lock"}, "token").Val())
	s.FastForward(4 * time.Second)
	require.EqualValues(t, 1000, ttl.Run(t.Context(), c, []string{"lock"}, "token").Val())
	s.FastForward(2 * time.Second)
	require.EqualValues(t, -3, ttl.Run(t.Context(), c, []string{"lock"}, "token").Val())
	require.True(t, c.SetNX(t.Context(), "lock", "other", time.Second).Val())
}

// A limiter of redis_rate: a script that keeps the time of the next permitted request.
func TestRate(t *testing.T) {
	s := miniredis.RunT(t)
	c := client(t, s)
	s.SetTime(time.Unix(1_700_000_000, 0))
	gcra := redis.NewScript(`
redis.replicate_commands()
local now = redis.call("TIME")
now = (now[1] - 1483228800) + (now[2] / 1000000)
local tat = tonumber(redis.call("GET", KEYS[1]) or now)
tat = math.max(tat, now)
local new = tat + tonumber(ARGV[2])
if now < new - tonumber(ARGV[1]) * tonumber(ARGV[2]) then return {0, "-1"} end
redis.call("SET", KEYS[1], new, "EX", math.ceil(new - now))
return {1, tostring(new - now)}`)
	allowed := 0
	for range 15 {
		reply, err := gcra.Run(t.Context(), c, []string{"rate:ip"}, 10, "0.1").Slice()
		require.NoError(t, err)
		allowed += int(reply[0].(int64))
	}
	require.Equal(t, 10, allowed)
	require.True(t, s.Exists("rate:ip"))
	s.FastForward(2 * time.Second)
	require.False(t, s.Exists("rate:ip"))
}

// A limiter of ulule: a counter in a window, in a pipeline.
func TestWindow(t *testing.T) {
	s := miniredis.RunT(t)
	c := client(t, s)
	hit := func() int64 {
		pipe := c.TxPipeline()
		n := pipe.IncrBy(t.Context(), "limiter:ip", 1)
		pipe.ExpireNX(t.Context(), "limiter:ip", time.Minute)
		_, err := pipe.Exec(t.Context())
		require.NoError(t, err)
		return n.Val()
	}
	for i := range 3 {
		require.EqualValues(t, i+1, hit())
	}
	s.FastForward(30 * time.Second)
	require.EqualValues(t, 4, hit())
	s.FastForward(31 * time.Second)
	require.EqualValues(t, 1, hit())
}

// A queue of asynq: lists, a sorted set of leases, a hash for each task.
func TestQueue(t *testing.T) {
	s := miniredis.RunT(t)
	c := client(t, s)
	enqueue := redis.NewScript(`
if redis.call("EXISTS", KEYS[1]) == 1 then return 0 end
redis.call("HSET", KEYS[1], "msg", ARGV[1], "state", "pending")
redis.call("LPUSH", KEYS[2], ARGV[2])
return 1`)
	dequeue := redis.NewScript(`
if redis.call("EXISTS", KEYS[2]) == 0 then
	local id = redis.call("RPOPLPUSH", KEYS[1], KEYS[3])
	if id then
		redis.call("HSET", ARGV[2] .. id, "state", "active")
		redis.call("ZADD", KEYS[4], ARGV[1], id)
		return redis.call("HGET", ARGV[2] .. id, "msg")
	end
end
return nil`)
	for i := range 2 {
		id := fmt.Sprint("id", i)
		require.EqualValues(t, 1, enqueue.Run(t.Context(), c, []string{"t:" + id, "pending"}, "msg"+id, id).Val())
		require.EqualValues(t, 0, enqueue.Run(t.Context(), c, []string{"t:" + id, "pending"}, "msg"+id, id).Val())
	}
	keys := []string{"pending", "paused", "active", "lease"}
	require.Equal(t, "msgid0", dequeue.Run(t.Context(), c, keys, 100, "t:").Val())
	require.Equal(t, "active", s.HGet("t:id0", "state"))
	list, err := s.List("pending")
	require.NoError(t, err)
	require.Equal(t, []string{"id1"}, list)
	scores, err := s.SortedSet("lease")
	require.NoError(t, err)
	require.Equal(t, map[string]float64{"id0": 100}, scores)
	s.Set("paused", "1")
	require.ErrorIs(t, dequeue.Run(t.Context(), c, keys, 100, "t:").Err(), redis.Nil)
}

// A cache of go-redis/cache: bytes with a time to live, and one load for many readers.
func TestCache(t *testing.T) {
	s := miniredis.RunT(t)
	c := client(t, s)
	loads := 0
	var mu sync.Mutex
	once := func() string {
		mu.Lock()
		defer mu.Unlock()
		b, err := c.Get(t.Context(), "cache").Bytes()
		if errors.Is(err, redis.Nil) {
			loads++
			b = []byte{0x93, 1, 2, 0}
			require.NoError(t, c.Set(t.Context(), "cache", b, time.Minute).Err())
		}
		return string(b)
	}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { once() })
	}
	wg.Wait()
	require.Equal(t, 1, loads)
	got, err := s.Get("cache")
	require.NoError(t, err)
	require.Equal(t, "\x93\x01\x02\x00", got)
	s.FastForward(time.Minute)
	once()
	require.Equal(t, 2, loads)
}

func TestPubSub(t *testing.T) {
	s := miniredis.RunT(t)
	c := client(t, s)
	sub := s.NewSubscriber()
	defer sub.Close()
	require.Equal(t, 1, sub.Subscribe("news"))
	require.Equal(t, 2, sub.Psubscribe("n*"))
	require.Equal(t, []string{"news"}, sub.Channels())
	require.Equal(t, []string{"news"}, s.PubSubChannels(""))
	require.Equal(t, 1, s.PubSubNumPat())
	go c.Publish(context.Background(), "news", "hello")
	require.Equal(t, miniredis.PubsubMessage{Channel: "news", Message: "hello"}, <-sub.Messages())
	require.Equal(t, miniredis.PubsubPmessage{Pattern: "n*", Channel: "news", Message: "hello"}, <-sub.Pmessages())
	require.Equal(t, 1, sub.Unsubscribe("news"))
	require.Equal(t, map[string]int{"news": 0}, s.PubSubNumSub("news"))
	require.Equal(t, 0, sub.Punsubscribe("n*"))

	mine := c.Subscribe(t.Context(), "mine")
	defer mine.Close()
	_, err := mine.Receive(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, s.Publish("mine", "hi"))
	got, err := mine.ReceiveMessage(t.Context())
	require.NoError(t, err)
	require.Equal(t, "hi", got.Payload)
}

func TestAuthAndDB(t *testing.T) {
	s := miniredis.NewMiniRedis()
	s.RequireAuth("secret")
	require.NoError(t, s.Start())
	defer s.Close()
	denied := redis.NewClient(&redis.Options{Addr: s.Addr()})
	defer denied.Close()
	require.ErrorContains(t, denied.Ping(t.Context()).Err(), "NOAUTH")
	c := redis.NewClient(&redis.Options{Addr: s.Addr(), Password: "secret", DB: 3})
	defer c.Close()
	require.NoError(t, c.Set(t.Context(), "k", "three", 0).Err())
	require.False(t, s.Exists("k"))
	require.True(t, s.DB(3).Exists("k"))
	s.Select(3)
	s.CheckGet(t, "k", "three")
	s.Select(0)
	require.NoError(t, s.Set("k", "zero"))
	require.True(t, s.SwapDB(0, 3))
	s.CheckGet(t, "k", "three")
	require.NoError(t, s.Copy(0, "k", 40, "copy"))
	require.True(t, s.DB(40).Exists("copy"))
}

func TestErrors(t *testing.T) {
	s := miniredis.RunT(t)
	c := redis.NewClient(&redis.Options{Addr: s.Addr(), MaxRetries: -1})
	defer c.Close()
	s.SetError("READONLY You can't write against a read only replica.")
	require.ErrorContains(t, c.Set(t.Context(), "k", "1", 0).Err(), "READONLY")
	s.SetError("")
	require.NoError(t, c.Set(t.Context(), "k", "1", 0).Err())
	_, err := s.Get("missing")
	require.Equal(t, miniredis.ErrKeyNotFound, err)
	_, err = s.List("k")
	require.Equal(t, miniredis.ErrWrongType, err)
	require.Empty(t, s.HGet("k", "f"))
	s.HDel("k", "f")
	s.SetTTL("missing", time.Second)
	_, err = s.Push("k", "a")
	require.Equal(t, miniredis.ErrWrongType, err)
	s.Push("l", "a")
	require.Equal(t, miniredis.ErrWrongType, s.Set("l", "x"))
	s.HSet("k", "f", "v") // takes the place of the string
	require.Equal(t, "v", s.HGet("k", "f"))
	require.ErrorContains(t, c.Get(t.Context(), "k").Err(), "WRONGTYPE")
}

func TestStreams(t *testing.T) {
	s := miniredis.RunT(t)
	c := client(t, s)
	id, err := s.XAdd("s", "1-1", []string{"a", "1"})
	require.NoError(t, err)
	require.Equal(t, "1-1", id)
	require.NoError(t, c.XGroupCreate(t.Context(), "s", "g", "0").Err())
	got, err := c.XReadGroup(t.Context(), &redis.XReadGroupArgs{Group: "g", Consumer: "me", Streams: []string{"s", ">"}}).Result()
	require.NoError(t, err)
	require.Equal(t, map[string]any{"a": "1"}, got[0].Messages[0].Values)
	require.EqualValues(t, 1, c.XPending(t.Context(), "s", "g").Val().Count)
	require.EqualValues(t, 1, c.XAck(t.Context(), "s", "g", "1-1").Val())
	require.NoError(t, c.XAdd(t.Context(), &redis.XAddArgs{Stream: "s", ID: "2-1", Values: []string{"b", "2"}}).Err())
	entries, err := s.Stream("s")
	require.NoError(t, err)
	require.Equal(t, []miniredis.StreamEntry{{ID: "1-1", Values: []string{"a", "1"}}, {ID: "2-1", Values: []string{"b", "2"}}}, entries)
}

func TestCountsAndPlaces(t *testing.T) {
	s := miniredis.RunT(t)
	c := client(t, s)
	n, err := s.PfAdd("h", "a", "b")
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.NoError(t, c.PFAdd(t.Context(), "i", "b", "c").Err())
	require.NoError(t, s.PfMerge("j", "h", "i"))
	n, err = s.PfCount("j")
	require.NoError(t, err)
	require.Equal(t, 3, n)

	require.NoError(t, c.GeoAdd(t.Context(), "Sicily",
		&redis.GeoLocation{Name: "Palermo", Longitude: 13.361389, Latitude: 38.115556},
		&redis.GeoLocation{Name: "Catania", Longitude: 15.087269, Latitude: 37.502669}).Err())
	require.InDelta(t, 166.27, c.GeoDist(t.Context(), "Sicily", "Palermo", "Catania", "km").Val(), 0.1)
	near, err := c.GeoSearch(t.Context(), "Sicily", &redis.GeoSearchQuery{Longitude: 15, Latitude: 37, Radius: 100, RadiusUnit: "km"}).Result()
	require.NoError(t, err)
	require.Equal(t, "Catania", near[0])
}

func TestClusterClient(t *testing.T) {
	s := miniredis.RunT(t)
	c := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{s.Addr()}})
	defer c.Close()
	require.NoError(t, c.Set(t.Context(), "{user}:1", "a", 0).Err())
	require.Equal(t, "a", c.Get(t.Context(), "{user}:1").Val())
	s.CheckGet(t, "{user}:1", "a")
}

func TestSetTimeAndScripts(t *testing.T) {
	s := miniredis.RunT(t)
	c := client(t, s)
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	s.SetTime(now)
	require.Equal(t, now, c.Time(t.Context()).Val().UTC())
	s.Set("k", "1")
	require.True(t, c.ExpireAt(t.Context(), "k", now.Add(time.Minute)).Val())
	require.Equal(t, time.Minute, s.TTL("k"))
	v, err := c.Eval(t.Context(), `return {redis.call("TIME")[1], cjson.encode({a=1}), redis.sha1hex("x")}`, nil).Slice()
	require.NoError(t, err)
	require.Equal(t, []any{fmt.Sprint(now.Unix()), `{"a":1}`, "11f6ad8ec52a2984abaafd7c3b516503785c2072"}, v)
	s.Seed(1)
	s.SetAdd("set", "a", "b", "c")
	_, err = s.SRandMember("set")
	require.NoError(t, err)
}

// Some of miniredis's own comparisons with Redis, and the rest of its direct methods.
func TestDirect(t *testing.T) {
	s := miniredis.RunT(t)
	c := client(t, s)
	n, err := s.Incr("n", 41)
	require.NoError(t, err)
	require.Equal(t, 41, n)
	_, err = s.Incrfloat("n", 0.5)
	require.NoError(t, err)
	s.CheckGet(t, "n", "41.5")
	s.Push("l", "a", "b")
	s.Lpush("l", "0")
	s.CheckList(t, "l", "0", "a", "b")
	last, _ := s.Pop("l")
	first, _ := s.Lpop("l")
	require.Equal(t, "b0", last+first)
	s.SAdd("s", "y", "x")
	s.CheckSet(t, "s", "x", "y")
	is, _ := s.SIsMember("s", "x")
	require.True(t, is)
	s.ZAdd("z", 2, "two")
	s.ZAdd("z", 1, "one")
	members, _ := s.ZMembers("z")
	require.Equal(t, []string{"one", "two"}, members)
	scores, err := s.ZMScore("z", "two", "one")
	require.NoError(t, err)
	require.Equal(t, []float64{2, 1}, scores)
	scores, err = s.DB(0).ZMScore("z", []string{"two"})
	require.NoError(t, err)
	require.Equal(t, []float64{2}, scores)
	require.Equal(t, "zset", s.Type("z"))
	require.True(t, s.Del("z"))
	s.HSet("h", "f", "1")
	i, err := s.HIncrBy("h", "f", 2)
	require.NoError(t, err)
	require.Equal(t, 3, i)
	require.True(t, strings.Contains(s.Dump(), "- h\n   f: \"3\"\n"))
	require.True(t, s.IsReadOnlyCommand("get"))
	require.Equal(t, net.JoinHostPort(s.Host(), s.Port()), s.Addr())
	nc, err := s.Dial()
	require.NoError(t, err)
	nc.Close()
	require.NoError(t, c.Ping(t.Context()).Err())
	require.GreaterOrEqual(t, s.TotalConnectionCount(), 1)
	s.FlushAll()
	require.Empty(t, s.Keys())
	require.NoError(t, s.Ctx.Err())
}
