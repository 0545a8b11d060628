package keys_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

const wrongType = resp.Error("WRONGTYPE Operation against a key holding the wrong kind of value")

func list(words ...any) []any { return append([]any{}, words...) }

func TestDelExistsTouchType(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("SET", "a", "1")
	c.Do("RPUSH", "l", "1")
	require.Equal(t, int64(3), c.Do("EXISTS", "a", "nokey", "a", "l"))
	require.Equal(t, int64(2), c.Do("TOUCH", "a", "l", "nokey"))
	require.Equal(t, "list", c.Do("TYPE", "l"))
	require.Equal(t, "none", c.Do("TYPE", "nokey"))
	require.Equal(t, int64(1), c.Do("DEL", "a", "a", "nokey"))
	require.Equal(t, int64(1), c.Do("UNLINK", "l"))
	require.Nil(t, c.Do("RANDOMKEY"))
	c.Do("SET", "only", "1")
	require.Equal(t, "only", c.Do("RANDOMKEY"))
}

func TestExpire(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("SET", "a", "1")
	require.Equal(t, int64(-1), c.Do("TTL", "a"))
	require.Equal(t, int64(-2), c.Do("PTTL", "nokey"))
	require.Equal(t, int64(0), c.Do("EXPIRE", "nokey", "10"))
	require.Equal(t, int64(0), c.Do("EXPIRE", "a", "10", "GT"), "no time to live is the longest")
	require.Equal(t, int64(1), c.Do("EXPIREAT", "a", "33177117420", "NX"))
	require.Equal(t, int64(33177117420), c.Do("EXPIRETIME", "a"))
	require.Equal(t, int64(1), c.Do("PEXPIREAT", "a", "33177117420500"))
	require.Equal(t, int64(33177117421), c.Do("EXPIRETIME", "a"), "rounded")
	require.Equal(t, int64(33177117420500), c.Do("PEXPIRETIME", "a"))
	require.Equal(t, int64(1), c.Do("EXPIRE", "a", "100", "LT"))
	require.Equal(t, int64(100), c.Do("TTL", "a"))
	require.Equal(t, int64(1), c.Do("PERSIST", "a"))
	require.Equal(t, int64(0), c.Do("PERSIST", "a"))
	require.Equal(t, int64(1), c.Do("EXPIRE", "a", "-1"))
	require.Equal(t, int64(0), c.Do("EXISTS", "a"))
	require.Equal(t, resp.Error("ERR invalid expire time in 'pexpire' command"), c.Do("PEXPIRE", "a", "9223372036854775807"))
}

func TestRenameCopyMove(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("SET", "a", "1", "EXAT", "33177117420")
	c.Do("SET", "b", "2")
	require.Equal(t, resp.Error("ERR no such key"), c.Do("RENAME", "nokey", "nokey"))
	require.Equal(t, "OK", c.Do("RENAME", "a", "a"))
	require.Equal(t, int64(0), c.Do("RENAMENX", "a", "b"))
	require.Equal(t, "OK", c.Do("RENAME", "a", "b"))
	require.Equal(t, int64(33177117420), c.Do("EXPIRETIME", "b"))
	require.Equal(t, int64(1), c.Do("DBSIZE"))

	require.Equal(t, int64(1), c.Do("COPY", "b", "c"))
	require.Equal(t, int64(33177117420), c.Do("EXPIRETIME", "c"))
	require.Equal(t, int64(0), c.Do("COPY", "b", "c"))
	require.Equal(t, int64(1), c.Do("COPY", "b", "c", "REPLACE"))
	require.Equal(t, int64(1), c.Do("COPY", "b", "b", "DB", "1"))
	require.Equal(t, resp.Error("ERR source and destination objects are the same"), c.Do("COPY", "b", "b"))
	require.Equal(t, resp.Error("ERR DB index is out of range"), c.Do("COPY", "b", "c", "DB", "16"))
	require.Equal(t, resp.Error("ERR syntax error"), c.Do("COPY", "b", "c", "DB"))

	require.Equal(t, int64(0), c.Do("MOVE", "b", "1"), "it is there")
	require.Equal(t, int64(1), c.Do("MOVE", "c", "1"))
	require.Equal(t, int64(0), c.Do("EXISTS", "c"))
	require.Equal(t, resp.Error("ERR source and destination objects are the same"), c.Do("MOVE", "b", "0"))
	require.Equal(t, resp.Error("ERR value is out of range, value must between -2147483648 and 2147483647"), c.Do("MOVE", "b", "99999999999"))
	c.Do("SELECT", "1")
	require.Equal(t, "1", c.Do("GET", "c"))
	require.Equal(t, int64(33177117420), c.Do("EXPIRETIME", "c"))
}

// A copy or a move takes along the deadlines of fields, and they work there.
func TestFieldDeadlinesFollow(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("HSET", "h", "f", "1", "g", "2")
	c.Do("HPEXPIREAT", "h", "33177117420000", "FIELDS", "1", "f")
	c.Do("COPY", "h", "copy")
	c.Do("RENAME", "h", "renamed")
	payload := c.Do("DUMP", "copy")
	require.Equal(t, "OK", c.Do("RESTORE", "restored", "0", payload))
	for _, key := range []string{"copy", "renamed", "restored"} {
		require.Equal(t, list(int64(33177117420000), int64(-1)), c.Do("HPEXPIRETIME", key, "FIELDS", "2", "f", "g"), key)
	}
}

func TestKeysAndScan(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	for i := range 50 {
		c.Do("SET", fmt.Sprint("s", i), "1")
		c.Do("RPUSH", fmt.Sprint("l", i), "1")
	}
	require.Len(t, c.Do("KEYS", "*"), 100)
	require.Len(t, c.Do("KEYS", "l1?"), 10)
	require.Equal(t, list("s7"), c.Do("KEYS", "[r-t]7"))
	require.Len(t, scan(c), 100)
	require.Len(t, scan(c, "MATCH", "l*", "COUNT", "3"), 50)
	require.Len(t, scan(c, "TYPE", "STRING"), 50)
	require.Len(t, scan(c, "TYPE", "string", "MATCH", "l*"), 0)
	require.Len(t, scan(c, "TYPE", "unknown"), 0)
	require.Equal(t, resp.Error("ERR syntax error"), c.Do("SCAN", "0", "COUNT", "0"))
	require.Equal(t, resp.Error("ERR invalid cursor"), c.Do("SCAN", "-1"))
}

// scan walks over all keys and returns them sorted.
func scan(c *servertest.Conn, options ...any) []string {
	var keys []string
	for cursor := "0"; ; {
		step := c.Do(append([]any{"SCAN", cursor}, options...)...).([]any)
		for _, key := range step[1].([]any) {
			keys = append(keys, key.(string))
		}
		if cursor = step[0].(string); cursor == "0" {
			slices.Sort(keys)
			return slices.Compact(keys)
		}
	}
}

// SCAN returns every key that exists all the time, even if other keys come and go.
func TestScanWhileKeysChange(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	for i := range 200 {
		c.Do("SET", fmt.Sprint("stays", i), "1")
		c.Do("SET", fmt.Sprint("goes", i), "1")
	}
	seen := map[string]bool{}
	steps := 0
	for cursor := "0"; ; steps++ {
		step := c.Do("SCAN", cursor, "COUNT", "20").([]any)
		for _, key := range step[1].([]any) {
			seen[key.(string)] = true
		}
		if cursor = step[0].(string); cursor == "0" {
			break
		}
		for i := range 20 {
			c.Do("DEL", fmt.Sprint("goes", steps*20+i))
			c.Do("SET", fmt.Sprint("comes", steps*20+i), "1")
		}
	}
	require.Less(t, steps, 100)
	for i := range 200 {
		require.True(t, seen["stays"+strconv.Itoa(i)], i)
	}
}

func TestObject(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("SET", "i", "9999")
	c.Do("SET", "j", "10000")
	c.Do("ZADD", "z", "1", "a")
	require.Equal(t, "int", c.Do("OBJECT", "ENCODING", "i"))
	require.Equal(t, "listpack", c.Do("OBJECT", "encoding", "z"))
	require.Nil(t, c.Do("OBJECT", "ENCODING", "nokey"))
	require.Equal(t, int64(2147483647), c.Do("OBJECT", "REFCOUNT", "i"))
	require.Equal(t, int64(1), c.Do("OBJECT", "REFCOUNT", "j"))
	require.Equal(t, int64(0), c.Do("OBJECT", "IDLETIME", "i"))
	help := c.Do("OBJECT", "HELP").([]any)
	require.Equal(t, "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:", help[0])
	require.Equal(t, list("HELP", "    Print this help."), help[len(help)-2:])
}

func TestSort(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("RPUSH", "l", "3", "1", "2")
	require.Equal(t, list("1", "2", "3"), c.Do("SORT", "l"))
	require.Equal(t, list("3", "2"), c.Do("SORT", "l", "DESC", "LIMIT", "0", "2"))
	require.Equal(t, list("2", "1", "3"), c.Do("SORT", "l", "BY", "nosort", "DESC"), "turned round")
	require.Equal(t, list(), c.Do("SORT", "nokey"))
	c.Do("MSET", "w_1", "30", "w_2", "20", "w_3", "10", "v_1", "one")
	require.Equal(t, list("3", "2", "1"), c.Do("SORT", "l", "BY", "w_*"))
	require.Equal(t, list("one", "1", nil, "2", nil, "3"), c.Do("SORT", "l", "GET", "v_*", "GET", "#"))
	c.Do("HSET", "h1", "f", "c")
	c.Do("HSET", "h2", "f", "b")
	c.Do("HSET", "h3", "f", "a")
	require.Equal(t, list("a", "b", "c"), c.Do("SORT", "l", "BY", "h*->f", "ALPHA", "GET", "h*->f"))
	require.Equal(t, resp.Error("ERR One or more scores can't be converted into double"), c.Do("SORT", "l", "BY", "h*->f"))
	require.Equal(t, wrongType, c.Do("SORT", "h1"))
	require.Equal(t, resp.Error("ERR syntax error"), c.Do("SORT", "h1", "FOO"))
	c.Do("ZADD", "z", "3", "a", "1", "b", "2", "c")
	require.Equal(t, list("a", "c", "b"), c.Do("SORT", "z", "BY", "nosort", "DESC"))
	require.Equal(t, list("a", "b", "c"), c.Do("SORT_RO", "z", "ALPHA"))
	require.Equal(t, resp.Error("ERR syntax error"), c.Do("SORT_RO", "z", "STORE", "d"))
}

func TestSortStore(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("RPUSH", "l", "3", "1", "2")
	c.Do("SET", "d", "a string")
	require.Equal(t, int64(3), c.Do("SORT", "l", "STORE", "d"))
	require.Equal(t, list("1", "2", "3"), c.Do("LRANGE", "d", "0", "-1"))
	require.Equal(t, int64(3), c.Do("SORT", "l", "GET", "no_*", "STORE", "d"))
	require.Equal(t, list("", "", ""), c.Do("LRANGE", "d", "0", "-1"))
	require.Equal(t, int64(0), c.Do("SORT", "nokey", "STORE", "d"))
	require.Equal(t, int64(0), c.Do("EXISTS", "d"))
	c.Do("SADD", "s", "c", "b", "a")
	require.Equal(t, int64(3), c.Do("SORT", "s", "BY", "nosort", "STORE", "d"), "a stored set is sorted all the same")
	require.Equal(t, list("a", "b", "c"), c.Do("LRANGE", "d", "0", "-1"))
}

func TestDumpRestore(t *testing.T) {
	c := servertest.Run(t).Connect(t)
	c.Do("SET", "s", "5")
	const five = "\x00\xc0\x05\x0c\x00\xa8Yk\xa6y\x05-\x18"
	require.Equal(t, five, c.Do("DUMP", "s"))
	require.Nil(t, c.Do("DUMP", "nokey"))
	require.Equal(t, resp.Error("BUSYKEY Target key name already exists."), c.Do("RESTORE", "s", "x", "y"))
	require.Equal(t, "OK", c.Do("RESTORE", "s", "0", five, "REPLACE"))
	require.Equal(t, "OK", c.Do("RESTORE", "t", "33177117420000", five, "ABSTTL"))
	require.Equal(t, int64(33177117420000), c.Do("PEXPIRETIME", "t"))
	require.Equal(t, "OK", c.Do("RESTORE", "t", "1", five, "ABSTTL", "REPLACE"))
	require.Equal(t, int64(0), c.Do("EXISTS", "t"), "it has expired long ago")
	require.Equal(t, resp.Error("ERR Invalid TTL value, must be >= 0"), c.Do("RESTORE", "n", "-1", "y"))
	require.Equal(t, resp.Error("ERR DUMP payload version or checksum are wrong"), c.Do("RESTORE", "n", "0", "y"))
	require.Equal(t, "OK", c.Do("RESTORE", "old", "0", five, "IDLETIME", "1000"))
	require.Equal(t, int64(1000), c.Do("OBJECT", "IDLETIME", "old"))
}

func TestMemory(t *testing.T) {
	c := servertest.Run(t).Connect3(t)
	c.Do("SET", "a", "1")
	require.Greater(t, c.Do("MEMORY", "USAGE", "a"), int64(0))
	require.Nil(t, c.Do("MEMORY", "USAGE", "nokey"))
	require.Equal(t, "OK", c.Do("MEMORY", "PURGE"))
	require.IsType(t, resp.Verbatim{}, c.Do("MEMORY", "DOCTOR"))
	require.IsType(t, resp.Verbatim{}, c.Do("MEMORY", "MALLOC-STATS"))
	stats := map[any]any{}
	for _, p := range c.Do("MEMORY", "STATS").(resp.Map) {
		stats[p.Key] = p.Value
	}
	require.Equal(t, int64(1), stats["keys.count"])
	require.IsType(t, resp.Map{}, stats["db.0"])
	require.IsType(t, float64(0), stats["peak.percentage"])
}

// events lists the messages that a pattern subscription has received so far, as "key event".
func events(t *testing.T, c *servertest.Conn) []string {
	t.Helper()
	var heard []string
	for c.Send("PING", "end"); ; {
		message := c.Read().([]any)
		if message[0] == "pong" {
			return heard
		}
		heard = append(heard, fmt.Sprint(message[2], " ", message[3])[len("__keyspace@"):])
	}
}

func TestEvents(t *testing.T) {
	srv := servertest.Run(t, servertest.WithSetting("notify-keyspace-events", "Kg$lxe"))
	c, sub := srv.Connect(t), srv.Connect(t)
	sub.Do("PSUBSCRIBE", "__keyspace@*")
	for _, step := range []struct {
		command []any
		want    []string
	}{
		{list("SET", "a", "3"), []string{"0__:a set"}},
		{list("EXPIRE", "a", "100"), []string{"0__:a expire"}},
		{list("PERSIST", "a"), []string{"0__:a persist"}},
		{list("PERSIST", "a"), nil},
		{list("RENAME", "a", "b"), []string{"0__:a rename_from", "0__:b rename_to"}},
		{list("RENAME", "b", "b"), nil},
		{list("COPY", "b", "c"), []string{"0__:c copy_to"}},
		{list("COPY", "b", "c"), nil},
		{list("COPY", "b", "c", "DB", "1"), []string{"1__:c copy_to"}},
		{list("MOVE", "c", "1"), nil},
		{list("MOVE", "b", "1"), []string{"0__:b move_from", "1__:b move_to"}},
		{list("EXPIRE", "c", "-1"), []string{"0__:c del"}},
		{list("DEL", "c"), nil},
		{list("RPUSH", "l", "2", "1"), []string{"0__:l rpush"}},
		{list("SORT", "l", "STORE", "d"), []string{"0__:d sortstore"}},
		{list("SORT", "nokey", "STORE", "d"), []string{"0__:d del"}},
		{list("SORT", "nokey", "STORE", "d"), nil},
		{list("RESTORE", "r", "0", "\x00\xc0\x05\x0c\x00\xa8Yk\xa6y\x05-\x18"), []string{"0__:r restore"}},
		{list("DEL", "l", "nokey", "r"), []string{"0__:l del", "0__:r del"}},
	} {
		c.Do(step.command...)
		require.Equal(t, step.want, events(t, sub), "%v", step.command)
	}
}

func TestInvalidation(t *testing.T) {
	srv := servertest.Run(t)
	c, cache := srv.Connect(t), srv.Connect3(t)
	require.Equal(t, "OK", cache.Do("CLIENT", "TRACKING", "ON"))
	c.Do("MSET", "a", "1", "b", "2")
	for _, step := range []struct {
		read, write []any
		want        []string
	}{
		{list("EXISTS", "a"), list("EXPIRE", "a", "100"), []string{"a"}},
		{list("TTL", "a"), list("EXPIRE", "a", "50", "GT"), nil},
		{list("TTL", "a"), list("PERSIST", "a"), []string{"a"}},
		{list("TYPE", "a"), list("PERSIST", "a"), nil},
		{list("EXISTS", "a", "b"), list("RENAME", "a", "b"), []string{"a", "b"}},
		{list("GET", "b"), list("COPY", "b", "c"), nil},
		{list("GET", "c"), list("COPY", "b", "c", "REPLACE"), []string{"c"}},
		{list("DUMP", "c"), list("DEL", "c"), []string{"c"}},
		{list("EXISTS", "c"), list("DEL", "c"), nil},
	} {
		cache.Do(step.read...)
		c.Do(step.write...)
		var got []string
		for range step.want {
			push := cache.ReadPush()
			require.Equal(t, "invalidate", push[0])
			got = append(got, push[1].([]any)[0].(string))
		}
		slices.Sort(got)
		require.Equal(t, step.want, got, "%v", step.write)
		cache.Quiet()
	}
}
