package servertest

import (
	"math"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// outcome is what a method that returns an error has returned.
type outcome struct {
	value any
	err   error
}

func gave[T any](v T, err error) outcome { return outcome{v, err} }

// filled is a database with a key of every type.
func filled(t *testing.T) (*Server, *DB) {
	srv := Run(t)
	d := srv.DB(1)
	require.NoError(t, d.Set("string", "v"))
	require.NoError(t, d.Set("number", "5"))
	d.HSet("hash", "b", "2", "a", "x")
	_, err := d.Push("list", "a", "b", "c")
	require.NoError(t, err)
	_, err = d.SAdd("set", "b", "a")
	require.NoError(t, err)
	_, err = d.ZAdd("zset", 2.5, "b")
	require.NoError(t, err)
	_, err = d.ZAdd("zset", -1, "a")
	require.NoError(t, err)
	return srv, d
}

// Methods that return an error, for keys of the right type, of another type, and for keys
// that do not exist.
func TestDataOutcomes(t *testing.T) {
	_, d := filled(t)
	require.NoError(t, d.Set("largest", "9223372036854775807"))
	for _, tt := range []struct {
		what string
		got  outcome
		want outcome
	}{
		{"get", gave(d.Get("string")), outcome{"v", nil}},
		{"get none", gave(d.Get("none")), outcome{"", ErrKeyNotFound}},
		{"get list", gave(d.Get("list")), outcome{"", ErrWrongType}},
		{"incr", gave(d.Incr("number", -3)), outcome{2, nil}},
		{"incr new", gave(d.Incr("new", 7)), outcome{7, nil}},
		{"incr text", gave(d.Incr("string", 1)), outcome{0, ErrIntValueError}},
		{"incr over", gave(d.Incr("largest", 1)), outcome{0, ErrIntValueOverflowError}},
		{"incrfloat", gave(d.Incrfloat("number", 0.5)), outcome{2.5, nil}},
		{"incrbyfloat", gave(d.IncrByFloat("number", 0.25)), outcome{2.75, nil}},
		{"incrfloat text", gave(d.Incrfloat("string", 1)), outcome{0.0, ErrFloatValueError}},

		{"hkeys", gave(d.HKeys("hash")), outcome{[]string{"a", "b"}, nil}},
		{"hkeys none", gave(d.HKeys("none")), outcome{[]string(nil), ErrKeyNotFound}},
		{"hkeys set", gave(d.HKeys("set")), outcome{[]string(nil), ErrWrongType}},
		{"hincr", gave(d.HIncr("hash", "b", 3)), outcome{5, nil}},
		{"hincrby", gave(d.HIncrBy("hash", "new", 3)), outcome{3, nil}},
		{"hincr text", gave(d.HIncr("hash", "a", 1)), outcome{0, resp.Error("ERR hash value is not an integer")}},
		{"hincrfloat", gave(d.HIncrfloat("hash", "b", 0.5)), outcome{5.5, nil}},
		{"hincrbyfloat", gave(d.HIncrByFloat("hash", "b", 0.5)), outcome{6.0, nil}},

		{"list", gave(d.List("list")), outcome{[]string{"a", "b", "c"}, nil}},
		{"list none", gave(d.List("none")), outcome{[]string(nil), ErrKeyNotFound}},
		{"list hash", gave(d.List("hash")), outcome{[]string(nil), ErrWrongType}},
		{"rpush", gave(d.RPush("list", "d")), outcome{4, nil}},
		{"lpush", gave(d.Lpush("list", "0")), outcome{5, nil}},
		{"push hash", gave(d.Push("hash", "d")), outcome{0, ErrWrongType}},
		{"push nothing", gave(d.Push("list")), outcome{0, resp.WrongArity("rpush")}},
		{"pop", gave(d.Pop("list")), outcome{"d", nil}},
		{"rpop", gave(d.RPop("list")), outcome{"c", nil}},
		{"lpop", gave(d.Lpop("list")), outcome{"0", nil}},
		{"pop none", gave(d.Pop("none")), outcome{"", ErrKeyNotFound}},

		{"members", gave(d.Members("set")), outcome{[]string{"a", "b"}, nil}},
		{"smembers none", gave(d.SMembers("none")), outcome{[]string(nil), ErrKeyNotFound}},
		{"setadd", gave(d.SetAdd("set", "a", "c")), outcome{1, nil}},
		{"srem", gave(d.SRem("set", "c", "none")), outcome{1, nil}},
		{"srem none", gave(d.SRem("none", "c")), outcome{0, ErrKeyNotFound}},
		{"srem list", gave(d.SRem("list", "c")), outcome{0, ErrWrongType}},
		{"ismember", gave(d.IsMember("set", "a")), outcome{true, nil}},
		{"sismember", gave(d.SIsMember("set", "none")), outcome{false, nil}},
		{"ismember none", gave(d.IsMember("none", "a")), outcome{false, ErrKeyNotFound}},
		{"scard", gave(d.SCard("set")), outcome{2, nil}},
		{"scard none", gave(d.SCard("none")), outcome{0, nil}},
		{"srandmember none", gave(d.SRandMember("none")), outcome{"", nil}},
		{"srandmember list", gave(d.SRandMember("list")), outcome{"", ErrWrongType}},

		{"zadd", gave(d.ZAdd("zset", 3, "b")), outcome{false, nil}},
		{"zmembers", gave(d.ZMembers("zset")), outcome{[]string{"a", "b"}, nil}},
		{"zmembers none", gave(d.ZMembers("none")), outcome{[]string(nil), ErrKeyNotFound}},
		{"zscore", gave(d.ZScore("zset", "b")), outcome{3.0, nil}},
		{"zscore no member", gave(d.ZScore("zset", "none")), outcome{0.0, nil}},
		{"zscore none", gave(d.ZScore("none", "b")), outcome{0.0, ErrKeyNotFound}},
		{"zmscore", gave(d.ZMScore("zset", "b", "none", "a")), outcome{[]float64{3, 0, -1}, nil}},
		{"zmscore set", gave(d.ZMScore("set", "b")), outcome{[]float64(nil), ErrWrongType}},
		{"sortedset", gave(d.SortedSet("zset")), outcome{map[string]float64{"a": -1, "b": 3}, nil}},
		{"xadd", gave(d.XAdd("stream", "5-1", []string{"f", "v"})), outcome{"5-1", nil}},
		{"xadd list", gave(d.XAdd("list", "*", []string{"f", "v"})), outcome{"", ErrWrongType}},
		{"stream", gave(d.Stream("stream")), outcome{[]StreamEntry{{"5-1", []string{"f", "v"}}}, nil}},
		{"stream none", gave(d.Stream("none")), outcome{[]StreamEntry(nil), ErrKeyNotFound}},
		{"stream list", gave(d.Stream("list")), outcome{[]StreamEntry(nil), ErrWrongType}},

		{"sortedset none", gave(d.SortedSet("none")), outcome{map[string]float64(nil), ErrKeyNotFound}},
		{"zadd infinite", gave(d.ZAdd("zset", math.Inf(1), "c")), outcome{true, nil}},
		{"zscore infinite", gave(d.ZScore("zset", "c")), outcome{math.Inf(1), nil}},
		{"zrem", gave(d.ZRem("zset", "c")), outcome{true, nil}},
		{"zrem no member", gave(d.ZRem("zset", "c")), outcome{false, nil}},
		{"zrem none", gave(d.ZRem("none", "c")), outcome{false, ErrKeyNotFound}},
	} {
		require.Equal(t, tt.want, tt.got, tt.what)
	}
	member, err := d.SRandMember("set")
	require.NoError(t, err)
	require.Contains(t, []string{"a", "b"}, member)
}

func TestDataKeys(t *testing.T) {
	srv, d := filled(t)
	require.Equal(t, []string{"hash", "list", "number", "set", "string", "zset"}, d.Keys())
	for k, kind := range map[string]string{"string": "string", "hash": "hash", "list": "list", "set": "set", "zset": "zset", "none": ""} {
		require.Equal(t, kind, d.Type(k))
		require.Equal(t, kind != "", d.Exists(k))
	}
	require.True(t, d.Del("number"))
	require.False(t, d.Del("number"))
	require.True(t, d.Unlink("list"))
	require.NoError(t, d.Set("hash", "a string now"))
	d.CheckGet(t, "hash", "a string now")

	require.NoError(t, srv.Copy(1, "set", 0, "copy"))
	require.NoError(t, srv.Copy(1, "string", 0, "copy"))
	require.ErrorIs(t, srv.Copy(1, "none", 0, "copy"), ErrKeyNotFound)
	srv.CheckGet(t, "copy", "v")
	require.True(t, srv.SwapDB(0, 1))
	require.Equal(t, []string{"copy"}, d.Keys())
	srv.FlushDB()
	require.Empty(t, srv.Keys())
	require.NotEmpty(t, d.Keys())
	srv.FlushAll()
	require.Empty(t, d.Keys())
}

func TestDataTTL(t *testing.T) {
	srv := Run(t, WithManualClock(time.Unix(1e9, 0)))
	require.NoError(t, srv.Set("k", "v"))
	require.Zero(t, srv.TTL("k"))
	require.Zero(t, srv.TTL("none"))
	srv.SetTTL("k", time.Minute)
	require.Equal(t, time.Minute, srv.TTL("k"))
	srv.SetTTL("k", time.Nanosecond)
	require.Equal(t, time.Millisecond, srv.TTL("k"))
	srv.SetTTL("k", -time.Second)
	require.False(t, srv.Exists("k"))

	srv.HSetEX("h", time.Second, "a", "1", "b", "2")
	require.Equal(t, time.Second, srv.HTTL("h", "b"))
	require.True(t, srv.HPersist("h", "b"))
	require.False(t, srv.HPersist("h", "b"))
	require.Zero(t, srv.HTTL("h", "b"))
	require.True(t, srv.HExpire("h", "b", time.Hour))
	require.False(t, srv.HExpire("h", "none", time.Hour))
	require.False(t, srv.HExpire("none", "f", time.Hour))
	require.Zero(t, srv.HTTL("none", "f"))
	require.Equal(t, time.Hour, srv.HTTL("h", "b"))
	require.True(t, srv.HExpire("h", "b", 0))
	require.Equal(t, "", srv.HGet("h", "b"))
	srv.HDel("h", "a")
	require.False(t, srv.Exists("h"))
}

// TestLongTTL: a month in milliseconds does not fit into 32 bits.
func TestLongTTL(t *testing.T) {
	srv := Run(t, WithManualClock(time.Unix(1e9, 0)))
	const month = 30 * 24 * time.Hour
	require.NoError(t, srv.Set("k", "v"))
	srv.SetTTL("k", month)
	require.Equal(t, month, srv.TTL("k"))
	srv.HSetEX("h", month, "f", "1")
	require.Equal(t, month, srv.HTTL("h", "f"))
}

// A method that returns no error fails the test if Redis refuses, with a sentence.
func TestDataFailures(t *testing.T) {
	for want, act := range map[string]func(s *Server){
		"": func(s *Server) { s.HGet("none", "f"); s.Del("none"); s.Keys(); s.HDel("none", "f") },
		"servertest: HGET k f: WRONGTYPE Operation against a key holding the wrong kind of value": func(s *Server) { s.HGet("k", "f") },
		"servertest: HSET h f: ERR wrong number of arguments for 'hset' command":                  func(s *Server) { s.HSet("h", "f") },
		`servertest: SetTTL("none"): there is no such key; set it first`:                          func(s *Server) { s.SetTTL("none", time.Second) },
		"servertest: SWAPDB 0 16: ERR DB index is out of range":                                   func(s *Server) { s.SwapDB(0, 16) },
		`servertest: the string "k" is "v", want "w"`:                                             func(s *Server) { s.CheckGet(s.t, "k", "w") },
		`servertest: the string "none": ERR no such key, want "w"`:                                func(s *Server) { s.CheckGet(s.t, "none", "w") },
		`servertest: the list "l" is ["a" "b"], want ["b" "a"]`:                                   func(s *Server) { s.CheckList(s.t, "l", "b", "a") },
		`servertest: the set "s" is ["a" "b"], want ["a" "b" "c"]`:                                func(s *Server) { s.CheckSet(s.t, "s", "c", "b", "a") },
		`servertest: the set "none": ERR no such key, want []`:                                    func(s *Server) { s.CheckSet(s.t, "none") },
		`servertest: SetError("E"): server: there is no command "NO"`:                             func(s *Server) { s.SetError("E", ErrorFor("GET", "NO")) },
		`servertest: SetError("E"): server: an error cannot be injected -1 times; 0 is for no end`: func(s *Server) {
			s.SetError("E", ErrorTimes(-1))
		},
		"servertest: EXISTS k: the server is closed; it is at hand until Close, which the end of its test calls": func(s *Server) {
			s.Close()
			s.Exists("k")
		},
		"servertest: Seed(1): the server is closed; it is at hand until Close, which the end of its test calls": func(s *Server) {
			s.Close()
			s.Seed(1)
		},
		`servertest: IsReadOnlyCommand("get"): the server is closed; it is at hand until Close, which the end of its test calls`: func(s *Server) {
			s.Close()
			s.IsReadOnlyCommand("get")
		},
		"servertest: GET k: the server is closed; it is at hand until Close, which the end of its test calls": func(s *Server) {
			s.Close()
			s.Get("k")
		},
		`servertest: SetError("E"): the server is closed; it is at hand until Close, which the end of its test calls`: func(s *Server) {
			s.Close()
			s.SetError("E")
		},
	} {
		require.Equal(t, want, failure(func(t TB) {
			s := Run(t)
			s.Set("k", "v")
			s.Push("l", "a", "b")
			s.SAdd("s", "a", "b")
			act(s)
		}))
	}
	require.Contains(t, failure(func(t TB) { Run(t).DB(16) }), "servertest: DB(16): ")
	require.Contains(t, failure(func(t TB) { NewUnstarted(t).Keys() }), "the server does not run")
}

func TestChecks(t *testing.T) {
	srv := Run(t)
	srv.Set("k", "v")
	srv.Push("l", "b", "a")
	srv.SAdd("s", "b", "a")
	srv.CheckGet(t, "k", "v")
	srv.CheckList(t, "l", "b", "a")
	want := []string{"b", "a"}
	srv.CheckSet(t, "s", want...)
	require.Equal(t, []string{"b", "a"}, want)
}

// Every way to change data without a connection tells the holders of the key, as the
// command of another client does.
func TestDataInvalidates(t *testing.T) {
	for what, tt := range map[string]struct {
		read   []any
		change func(s *Server)
	}{
		"string": {[]any{"GET", "string"}, func(s *Server) { s.Set("string", "w") }},
		"incr":   {[]any{"GET", "number"}, func(s *Server) { s.Incr("number", 1) }},
		"hash":   {[]any{"HGET", "hash", "f"}, func(s *Server) { s.HSet("hash", "g", "1") }},
		"field":  {[]any{"HGET", "hash", "f"}, func(s *Server) { s.HDel("hash", "f") }},
		"list":   {[]any{"LRANGE", "list", 0, -1}, func(s *Server) { s.Push("list", "b") }},
		"pop":    {[]any{"LLEN", "list"}, func(s *Server) { s.Lpop("list") }},
		"set":    {[]any{"SMEMBERS", "set"}, func(s *Server) { s.SRem("set", "a") }},
		"zset":   {[]any{"ZSCORE", "zset", "a"}, func(s *Server) { s.ZAdd("zset", 9, "a") }},
		"ttl":    {[]any{"GET", "string"}, func(s *Server) { s.SetTTL("string", time.Hour) }},
		"del":    {[]any{"GET", "string"}, func(s *Server) { s.Del("string") }},
		"copy":   {[]any{"GET", "string"}, func(s *Server) { s.Copy(0, "number", 0, "string") }},
		"other":  {[]any{"GET", "string"}, func(s *Server) { s.DB(3).Set("string", "w") }},
	} {
		for _, noloop := range []string{"", "NOLOOP"} {
			srv := Run(t)
			srv.Set("string", "v")
			srv.Set("number", "1")
			srv.HSet("hash", "f", "1")
			srv.Push("list", "a")
			srv.SAdd("set", "a")
			srv.ZAdd("zset", 1, "a")
			c := srv.Connect3(t)
			on := with([]string{noloop}, "CLIENT", "TRACKING", "ON")
			if noloop == "" {
				on = on[:3]
			}
			require.Equal(t, "OK", c.Do(on...), what)
			c.Do(tt.read...)
			tt.change(srv)
			require.Equal(t, resp.Push{"invalidate", []any{tt.read[1]}}, c.Read(), what)
			tt.change(srv)
			c.Quiet() // it holds nothing any more
		}
	}
}

// Methods that only read, or change nothing, tell nobody.
func TestDataTellsNobody(t *testing.T) {
	srv := Run(t)
	srv.Set("k", "v")
	srv.SAdd("s", "a")
	c := srv.Connect3(t)
	c.Do("CLIENT", "TRACKING", "ON", "BCAST")
	srv.Get("k")
	srv.SAdd("s", "a")
	srv.Del("none")
	srv.Dump()
	c.Quiet()
}

func TestDataFlushInvalidates(t *testing.T) {
	srv := Run(t)
	c := srv.Connect3(t)
	c.Do("CLIENT", "TRACKING", "ON")
	for _, flush := range []func(){srv.FlushAll, srv.FlushDB, srv.DB(2).FlushDB} {
		c.Do("GET", "k")
		flush()
		require.Equal(t, resp.Push{"invalidate", nil}, c.Read())
	}
}

// A value pushed by direct access releases a client that is blocked waiting for it.
func TestDataReleasesBlocked(t *testing.T) {
	srv := Run(t)
	c := srv.Connect(t)
	c.Send("BLPOP", "l", "0")
	srv.WaitBlocked(t, 1)
	srv.Push("l", "x")
	require.Equal(t, []any{"l", "x"}, c.Read())
}

// With a manual loop, direct access runs at once, and what it causes is written at the
// end of the cycle.
func TestDataWithManualLoop(t *testing.T) {
	srv := Run(t, WithManualLoop())
	srv.SetManual(false)
	c := srv.Connect3(t)
	c.Do("CLIENT", "TRACKING", "ON")
	c.Do("GET", "k")
	srv.SetManual(true)
	srv.Set("k", "1")
	srv.CheckGet(t, "k", "1")
	srv.EndCycle(t)
	require.Equal(t, resp.Push{"invalidate", []any{"k"}}, c.Read())
	srv.SetManual(false)
}

// Direct access may be used by several goroutines at once.
func TestDataFromManyGoroutines(t *testing.T) {
	srv := Run(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				srv.Incr("n", 1)
				srv.DB(1).Keys()
			}
		})
	}
	wg.Wait()
	srv.CheckGet(t, "n", "400")
}

func TestSeed(t *testing.T) {
	var first []string
	for range 2 {
		srv := Run(t)
		srv.SAdd("s", "a", "b", "c", "d", "e", "f", "g", "h")
		srv.Seed(7)
		var picked []string
		for range 50 {
			m, err := srv.SRandMember("s")
			require.NoError(t, err)
			picked = append(picked, m)
		}
		if first == nil {
			first = picked
		}
		require.Equal(t, first, picked)
	}
}

func TestPublish(t *testing.T) {
	srv := Run(t)
	require.Zero(t, srv.Publish("c", "nobody hears"))
	a, b := srv.Connect(t), srv.Connect3(t)
	a.Do("SUBSCRIBE", "c")
	b.Do("PSUBSCRIBE", "c*")
	require.Equal(t, 2, srv.Publish("c", "hello"))
	require.Equal(t, []any{"message", "c", "hello"}, a.Read())
	require.Equal(t, resp.Push{"pmessage", "c*", "c", "hello"}, b.Read())
	require.Equal(t, []string{"c"}, srv.PubSubChannels(""))
	require.Empty(t, srv.PubSubChannels("x*"))
	require.Equal(t, map[string]int{"c": 1, "d": 0}, srv.PubSubNumSub("c", "d"))
	require.Equal(t, 1, srv.PubSubNumPat())
}

func TestRequireAuth(t *testing.T) {
	srv := Run(t)
	before := srv.Connect(t)
	before.Do("PING") // it is let in now
	for _, demand := range []struct {
		user string
		fn   func()
	}{
		{"default", func() { srv.RequireAuth("pw") }},
		{"default", func() { srv.RequireUserAuth("default", "pw") }},
		{"ada", func() { srv.RequireUserAuth("ada", "pw") }},
	} {
		demand.fn()
		c := srv.Connect(t)
		require.Equal(t, resp.Error("NOAUTH Authentication required."), c.Do("GET", "k"))
		require.Equal(t, "OK", c.Do("AUTH", demand.user, "pw"))
		require.Nil(t, c.Do("GET", "k"))
		require.Nil(t, before.Do("GET", "k"))
		require.False(t, srv.Exists("k"))
		srv.RequireAuth("")
		require.Nil(t, srv.Do("GET", "k"))
	}
}

func TestDump(t *testing.T) {
	_, d := filled(t)
	d.Set("string", "0123456789012345678901234567890123456789012345678901234567890123456789")
	require.Equal(t, `- hash
   a: "x"
   b: "2"
- list
   "a"
   "b"
   "c"
- number
   "5"
- set
   "a"
   "b"
- string
   "01234567890123456789012345678901234567890123456789012"...(70)
- zset
   -1.000000: "a"
   2.500000: "b"
`, d.Dump())
}

func TestCounts(t *testing.T) {
	srv := Run(t)
	require.Zero(t, srv.CurrentConnectionCount())
	c := srv.Connect(t)
	before := srv.CommandCount()
	c.Do("PING")
	c.Do("PING")
	require.Equal(t, before+3, srv.CommandCount()) // with the INFO of the first count
	require.Equal(t, 1, srv.CurrentConnectionCount())
	c.Do("QUIT")
	c.Closed()
	srv.Do("PING")
	require.Equal(t, 2, srv.TotalConnectionCount())
	require.True(t, srv.IsReadOnlyCommand("get"))
	require.False(t, srv.IsReadOnlyCommand("SET"))
	require.False(t, srv.IsReadOnlyCommand("none"))
}

// The data methods of a server are those of its database 0.
func TestDatabase0(t *testing.T) {
	srv := Run(t)
	require.NoError(t, srv.Set("k", "v"))
	srv.DB(0).CheckGet(t, "k", "v")
	require.False(t, srv.DB(1).Exists("k"))
	require.Equal(t, srv.DB(0).Dump(), srv.Dump())
	methods := reflect.TypeFor[*DB]()
	for i := range methods.NumMethod() {
		_, has := reflect.TypeFor[*Server]().MethodByName(methods.Method(i).Name)
		require.True(t, has, methods.Method(i).Name)
	}
}
