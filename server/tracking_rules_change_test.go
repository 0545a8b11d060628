package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// change is a command with the keys that it changes. Several commands are set
// apart by semicolons; of those all but the last only prepare.
type change struct {
	lines string
	keys  string // in the order of the changes
}

// changes: s, l, h, set and z are keys of each type, ttl is a string with a time
// to live, s2 and set2 are further ones, and n to n3 do not exist.
var changes = map[string][]change{
	"strings": {
		{"SET s w", "s"}, {"SET s v", "s"}, {"SET n v", "n"}, {"SET s w NX", ""}, {"SET n v XX", ""},
		{"SET s w GET", "s"}, {"SET ttl w KEEPTTL", "ttl"}, {"SET l v", "l"}, {"SET l v GET", ""},
		{"SET s w EX 100", "s"}, {"SET s w PXAT 1", "s"}, {"SET n w PXAT 1", "n"},
		{"SETEX s 100 w", "s"}, {"PSETEX n 1000 w", "n"}, {"SETNX s w", ""}, {"SETNX n w", "n"}, {"GETSET s w", "s"},
		{"MSET n 1 s 2 n2 3", "n s n2"}, {"MSET s 1 s 2", "s"}, {"MSETNX n 1 s 2", ""}, {"MSETNX n 1 n2 2", "n n2"},
		{"APPEND s w", "s"}, {"APPEND n w", "n"}, {"INCR n", "n"}, {"INCR s", ""}, {"INCRBYFLOAT n 1.5", "n"},
		{"INCRBY n 0", "n"}, {"SETRANGE s 1 x", "s"}, {"DO SETRANGE s 0", ""}, {"DO SETRANGE n 0", ""}, {"DO APPEND s", "s"},
		{"GETDEL s", "s"}, {"GETDEL n", ""}, {"GETEX s", ""}, {"GETEX s EX 100", "s"}, {"GETEX s PERSIST", ""},
		{"GETEX ttl PERSIST", "ttl"}, {"GETEX s PXAT 1", "s"}, {"SETBIT s 0 1", "s"}, {"SETBIT s 1 1", ""}, {"BITFIELD s GET u8 0", ""},
		{"BITFIELD s SET u8 0 1", "s"}, {"BITFIELD s INCRBY u8 0 1", "s"}, {"BITOP NOT n s", "n"}, {"BITOP AND s n n2", "s"},
		{"BITOP AND n2 n n3", ""},
	},
	"keys": {
		{"DEL s", "s"}, {"DEL n", ""}, {"DEL s n l s", "s l"}, {"UNLINK s h", "s h"}, {"UNLINK n", ""},
		{"RENAME s n", "s n"}, {"RENAME s l", "s l"}, {"RENAME s s", ""}, {"RENAME n s", ""}, {"RENAMENX s n", "s n"},
		{"RENAMENX s l", ""}, {"MOVE s 1", "s"}, {"MOVE n 1", ""}, {"COPY s n", "n"}, {"COPY s l", ""},
		{"COPY s l REPLACE", "l"}, {"COPY n s", ""}, {"COPY s n DB 1", "n"}, {"EXPIRE s 100", "s"}, {"EXPIRE n 100", ""}, {"EXPIRE s 100 XX", ""},
		{"EXPIRE s -1", "s"}, {"PEXPIREAT s 1", "s"}, {"EXPIRE ttl 100 NX", ""}, {"EXPIRE ttl 100 LT", "ttl"}, {"PERSIST s", ""}, {"PERSIST ttl", "ttl"},
		{"PERSIST n", ""}, {"TOUCH s", ""}, {"SORT l STORE n", "n"}, {"SORT n STORE s", "s"}, {"SORT n STORE n2", ""},
		{"SELECT 1", ""}, {"OBJECT ENCODING s", ""}, {"PUBLISH s v", ""},
	},
	"lists": {
		{"RPUSH l 4 5", "l"}, {"LPUSH n 1", "n"}, {"RPUSHX l 4", "l"}, {"LPUSHX n 1", ""}, {"LPOP l", "l"}, {"RPOP n", ""},
		{"LPOP l 9", "l"}, {"LPOP l 0", ""}, {"LSET l 0 9", "l"}, {"LSET l 9 9", ""}, {"LINSERT l BEFORE 2 x", "l"}, {"LINSERT l BEFORE 9 x", ""},
		{"LREM l 0 2", "l"}, {"LREM l 0 9", ""}, {"LTRIM l 0 0", "l"}, {"LTRIM l 0 -1", "l"}, {"LTRIM l 9 10", "l"}, {"LTRIM n 0 0", ""},
		{"LMOVE l n LEFT RIGHT", "n l"}, {"LMOVE n l LEFT RIGHT", ""}, {"LMOVE l l LEFT RIGHT", "l"}, {"RPOPLPUSH l n", "n l"},
		{"LMPOP 2 n l LEFT", "l"}, {"LMPOP 1 n LEFT", ""}, {"BLPOP n l 0", "l"}, {"BLMOVE l n LEFT LEFT 0", "n l"}, {"BLMPOP 0 2 n l RIGHT COUNT 9", "l"},
	},
	"hashes": {
		{"HSET h f v", "h"}, {"HSET h f 9 x 1", "h"}, {"HSET n f v", "n"}, {"HSETNX h f 1", ""}, {"HSETNX h x 1", "h"}, {"HDEL h f", "h"}, {"HDEL h x", ""},
		{"HDEL h f g", "h"}, {"HINCRBY h x 1", "h"}, {"HINCRBY h f 1", ""}, {"HINCRBYFLOAT h x 1.5", "h"}, {"HMSET h f 1", "h"},
		{"HEXPIRE h 100 FIELDS 1 f", "h"}, {"HEXPIRE h 100 FIELDS 1 x", ""}, {"HEXPIRE h 0 FIELDS 2 f g", "h"}, {"HEXPIRE h 0 FIELDS 1 f", "h"}, {"HPERSIST h FIELDS 1 f", ""},
		{"HEXPIRE h 100 FIELDS 1 f;HPERSIST h FIELDS 1 f", "h"}, {"HEXPIRE h 100 XX FIELDS 1 f", ""},
		{"HGETDEL h FIELDS 1 f", "h"}, {"HGETDEL h FIELDS 1 x", ""}, {"HGETDEL h FIELDS 2 f g", "h"}, {"HGETEX h FIELDS 1 f", ""}, {"HGETEX h EX 100 FIELDS 1 f", "h"}, {"HGETEX h EX 100 FIELDS 1 x", ""},
		{"HGETEX h PERSIST FIELDS 1 f", ""}, {"HSETEX h EX 100 FIELDS 1 f v", "h"}, {"HSETEX h FNX FIELDS 1 f v", ""},
	},
	"sets": {
		{"SADD set c", "set"}, {"SADD set a", ""}, {"SADD n a", "n"}, {"SREM set a", "set"}, {"SREM set x", ""}, {"SREM set a b", "set"},
		{"SPOP set", "set"}, {"SPOP n", ""}, {"SPOP set 9", "set"}, {"SPOP set 0", ""}, {"SMOVE set set2 a", "set set2"}, {"SMOVE set set2 b", "set"}, {"SMOVE set set2 x", ""},
		{"SMOVE set set a", ""}, {"SMOVE set n a", "set n"}, {"SINTERSTORE n set set2", "n"}, {"SINTERSTORE set set n", "set"}, {"SINTERSTORE n2 set n", ""},
		{"SUNIONSTORE n set set2", "n"}, {"SDIFFSTORE n set set2", "n"}, {"SDIFFSTORE s set set", "s"},
	},
	"sorted sets": {
		{"ZADD z 3 c", "z"}, {"ZADD z 1 a", ""}, {"ZADD z 5 a", "z"}, {"ZADD z NX 5 a", ""}, {"ZADD z XX 5 x", ""}, {"ZADD n 1 a", "n"}, {"ZADD z GT 0 a", ""},
		{"ZADD z INCR 0 a", ""}, {"ZINCRBY z 0 a", ""}, {"ZINCRBY z 1 a", "z"}, {"ZREM z a", "z"}, {"ZREM z x", ""}, {"ZREM z a b", "z"}, {"ZPOPMIN z", "z"}, {"ZPOPMIN n", ""}, {"ZPOPMAX z 9", "z"}, {"ZPOPMAX z 0", ""},
		{"ZREMRANGEBYRANK z 0 0", "z"}, {"ZREMRANGEBYRANK z 9 9", ""}, {"ZREMRANGEBYSCORE z -inf +inf", "z"}, {"ZRANGESTORE n z 0 -1", "n"}, {"ZRANGESTORE s z 9 9", "s"}, {"ZRANGESTORE n z 9 9", ""},
		{"ZUNIONSTORE n 2 z set", "n"}, {"ZINTERSTORE s 1 n", "s"}, {"ZDIFFSTORE n2 1 n", ""}, {"ZMPOP 2 n z MIN", "z"}, {"BZPOPMIN n z 0", "z"}, {"BZMPOP 0 1 z MAX", "z"},
	},
	"servers": {
		{"WATCH s", ""}, {"DBSIZE", ""}, {"CONFIG RESETSTAT", ""}, {"SWAPDB 0 1", ""}, // SWAPDB tells nobody
	},
}

func (w *world) prepare() {
	w.t.Helper()
	for _, line := range []string{
		"FLUSHALL", "SET s v", "SET ttl v EX 1000", "SET s2 v", "RPUSH l 1 2 3", "HSET h f v g w",
		"SADD set a b", "SADD set2 b c", "ZADD z 1 a 2 b",
	} {
		w.admin.do(line)
	}
}

func TestRule24_EveryChange(t *testing.T) {
	w := newWorld(t)
	keys := strings.Fields("s l h set z ttl s2 set2 n n2 n3")
	w.admin.ok("DEBUG SET-ACTIVE-EXPIRE 0") // a key set with a time in the past stays until it is looked at
	for family, list := range changes {
		t.Run(family, func(t *testing.T) {
			for _, c := range list {
				t.Run(c.lines, func(t *testing.T) {
					w := w.sub(t)
					reader, fan := w.v3(), w.v3()
					w.prepare()
					reader.track("")
					fan.track("BCAST")
					lines := strings.Split(c.lines, ";")
					for _, line := range lines[:len(lines)-1] {
						w.admin.do(line)
					}
					drain(reader)
					drain(fan)
					reader.do("EXISTS " + strings.Join(keys, " "))

					words := words(strings.TrimPrefix(lines[len(lines)-1], "DO "))
					if strings.HasPrefix(c.lines, "DO ") {
						words = append(words, "") // an empty argument
					}
					w.admin.Do(words...)
					reader.gets(each(unique(strings.Fields(c.keys))...)...)
					checkBroadcast(t, drain(fan), strings.Fields(c.keys))
				})
			}
		})
	}
}

// drain reads all that has come.
func drain(p peer) (values []any) {
	p.t.Helper()
	p.send("ECHO end")
	for v := p.Read(); v != "end"; v = p.Read() {
		values = append(values, v)
	}
	return values
}

func unique(keys []string) (list []string) {
	seen := map[string]bool{}
	for _, key := range keys {
		if !seen[key] {
			list = append(list, key)
		}
		seen[key] = true
	}
	return list
}

// checkBroadcast: the same keys in one message, in byte order.
func checkBroadcast(t *testing.T, got []any, keys []string) {
	t.Helper()
	if len(keys) == 0 {
		require.Empty(t, got)
		return
	}
	keys = unique(keys)
	slices.Sort(keys)
	require.Equal(t, []any{inv(keys...)}, got)
}

func TestRule24_Restore(t *testing.T) {
	w := newWorld(t)
	a := w.v3()
	w.prepare()
	a.track("")
	dump := w.admin.do("DUMP l").(string)
	a.reads("n", "s")
	w.admin.does("OK", "RESTORE n 0", dump)
	a.gets(inv("n"))
	w.admin.do("RESTORE s 0", dump) // BUSYKEY
	a.gets()
	w.admin.does("OK", "RESTORE s 0", dump, "REPLACE")
	a.gets(inv("s"))
}

func TestRule24_Expiry(t *testing.T) {
	for _, kind := range []string{"active", "lazy"} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			a, b := w.v3(), w.v3()
			a.track("")
			b.track("BCAST")
			if kind == "lazy" {
				w.admin.ok("DEBUG SET-ACTIVE-EXPIRE 0")
			}
			at := w.hold(a, 20, "k")
			b.next(inv("k"))
			if kind == "lazy" {
				w.pass(at)
				a.gets()
				w.admin.does(nil, "GET k")
			}
			a.gets(inv("k"))
			b.gets(inv("k"))
			w.admin.does(nil, "GET k")
			a.gets()
		})
	}
	t.Run("lazy, by a write", func(t *testing.T) {
		w := newWorld(t)
		a := w.v3()
		a.track("")
		w.admin.ok("DEBUG SET-ACTIVE-EXPIRE 0")
		w.pass(w.hold(a, 20, "k"))
		w.admin.does(int64(1), "RPUSH k v")
		a.gets(inv("k"))
	})
	t.Run("a field of a hash", func(t *testing.T) {
		w := newWorld(t)
		a := w.v3()
		a.track("")
		w.admin.do("HSET h f v g v")
		a.ok("MULTI")
		a.do("HPEXPIRE h 20 FIELDS 1 f")
		a.do("HLEN h")
		a.do("EXEC")
		a.next(inv("h")) // when its time is over
		a.gets()
		w.admin.does(int64(1), "HLEN h")

		a.ok("MULTI")
		a.do("HPEXPIRE h 20 FIELDS 1 g")
		a.do("HLEN h")
		a.do("EXEC")
		a.next(inv("h")) // the last field takes the key with it
		a.gets()
		w.admin.does(int64(0), "EXISTS h")
	})
}

func TestRule24_Eviction(t *testing.T) {
	w := newWorld(t)
	a, b := w.v3(), w.v3()
	w.admin.ok("CONFIG SET maxmemory-policy volatile-ttl", "SET k v EX 1000", "SET other v")
	a.track("")
	b.track("BCAST")
	a.reads("k", "other")
	w.admin.ok("CONFIG SET maxmemory 1")
	w.until(func() bool { w.admin.does("PONG", "PING"); return w.stat("evicted_keys") == 1 })
	a.gets(inv("k"))
	b.gets(inv("k"))
}

func TestRule24_UnblockingPops(t *testing.T) {
	w := newWorld(t)
	a, b := w.v3(), w.v2()
	a.track("")
	for _, line := range []string{"BLPOP k 0", "BRPOP k 0", "BLMPOP 0 1 k LEFT", "BZPOPMIN k 0", "BLMOVE k d LEFT LEFT 0"} {
		w.admin.do("DEL d")
		a.reads("k", "d")
		b.send(line)
		w.until(func() bool { return w.stat("blocked_clients") == 1 })
		w.admin.ok("MULTI")
		if strings.HasPrefix(line, "BZ") {
			w.admin.do("ZADD k 1 x")
		} else {
			w.admin.do("RPUSH k x")
		}
		w.admin.does("QUEUED", "EXISTS k")
		w.admin.do("EXEC")
		b.Read()
		if strings.HasPrefix(line, "BLMOVE") {
			a.gets(inv("k"), inv("d"))
		} else {
			a.gets(inv("k"))
			require.Equal(t, 1, w.stat("tracking_total_keys"))
		}
		w.admin.does(int64(0), "EXISTS k")
	}
}

func TestRule25_ToldOnce(t *testing.T) {
	w := newWorld(t)
	a, b := w.v3(), w.v3()
	a.track("")
	b.track("")
	a.reads("k1", "k2", "k1")
	b.reads("k1")
	w.admin.ok("MSET k2 v k1 v")
	a.gets(inv("k2"), inv("k1"))
	b.gets(inv("k1"))
	require.Zero(t, w.stat("tracking_total_keys"))
	w.admin.ok("SET k1 w")
	a.gets()
	a.reads("k1")
	w.admin.ok("SET k1 x", "SET k1 y")
	a.gets(inv("k1"))
	b.gets()
}

func TestRule26_Flush(t *testing.T) {
	w := newWorld(t)
	for _, line := range []string{"FLUSHALL", "FLUSHDB", "FLUSHALL ASYNC", "FLUSHDB SYNC"} {
		t.Run(line, func(t *testing.T) {
			w := w.sub(t)
			a, b, c, d, off := w.v3(), w.v3(), w.v3(), w.v3(), w.v3()
			a.track("")
			b.track("NOLOOP OPTIN")
			c.track("BCAST PREFIX none NOLOOP")
			d.track("REDIRECT", off.id)
			a.reads("k1", "k2")
			w.admin.ok("SELECT 7", line, "SELECT 0")
			for _, p := range []peer{a, b, c, off} {
				p.gets(gone)
			}
			d.gets()
			require.Zero(t, w.stat("tracking_total_keys"))
			require.Equal(t, 1, w.stat("tracking_total_prefixes"))
			w.admin.ok("SET k1 v")
			a.gets()
			for _, p := range []peer{a, b, c, d} {
				w.close(p)
			}
		})
	}
	t.Run("SWAPDB tells nobody", func(t *testing.T) { // as Redis 8.0.2 does
		w := w.sub(t)
		a := w.v3()
		a.track("")
		w.admin.ok("SET k v")
		a.reads("k")
		w.admin.ok("SWAPDB 0 1")
		a.gets()
		require.Equal(t, 1, w.stat("tracking_total_keys"))
		w.admin.ok("SWAPDB 0 1", "FLUSHALL")
		w.close(a)
	})
	t.Run("the null is of the protocol of the client that tracks", func(t *testing.T) {
		w := w.sub(t)
		a2, a3, to2, to3 := w.v2(), w.v3(), w.subscribed(), w.v3()
		a3.track("REDIRECT", to2.id)
		a2.track("REDIRECT", to3.id)
		w.admin.ok("FLUSHALL")
		for p, want := range map[peer]string{
			to2: "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n_\r\n",
			to3: ">2\r\n$10\r\ninvalidate\r\n$-1\r\n",
		} {
			got := make([]byte, len(want))
			n, err := p.NetConn().Read(got)
			require.NoError(t, err)
			require.Equal(t, want, string(got[:n]))
		}
		w.close(a2)
		w.close(a3)
	})
	t.Run("the flusher's own push", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("NOLOOP")
		for _, line := range []string{"FLUSHALL", "FLUSHDB", "FLUSHALL SYNC"} {
			a.send(line) // it waits for the flush, which tells it first
			a.gets(gone, "OK")
		}
		a.send("FLUSHDB ASYNC")
		a.gets("OK", gone)
		a.ok("MULTI")
		a.does("QUEUED", "FLUSHALL")
		a.does("QUEUED", "PING")
		a.does([]any{"OK", "PONG"}, "EXEC")
		a.gets(gone)
		a.does("OK", "EVAL", "return redis.call('flushall')", 0)
		a.gets(gone)
	})
	t.Run("the flusher is a redirect target", func(t *testing.T) {
		w := w.sub(t)
		a, b := w.v3(), w.v3()
		a.track("REDIRECT", b.id)
		b.send("FLUSHALL")
		b.gets(gone, "OK")
		b.send("FLUSHALL ASYNC")
		b.gets("OK", gone)
		a.gets()
	})
}

func TestRule27_TableLimit(t *testing.T) {
	w := newWorld(t)
	a, b := w.v3(), w.v3()
	a.track("")
	b.track("BCAST")
	keys := map[any]bool{}
	for i := range 20 {
		key := fmt.Sprintf("k%d", i)
		a.reads(key)
		keys[key] = true
	}
	w.admin.ok("CONFIG SET tracking-table-max-keys 5")
	w.until(func() bool { return w.stat("tracking_total_keys") == 5 })
	for _, push := range drain(a) {
		key := push.(resp.Push)[1].([]any)[0]
		require.True(t, keys[key], "%v is told once, and was read", key)
		delete(keys, key)
	}
	require.Len(t, keys, 5)
	b.gets() // no key changed

	// One more, and another one goes.
	a.reads("new")
	w.until(func() bool { return w.stat("tracking_total_keys") == 5 })
	require.Len(t, drain(a), 1)
	b.gets()

	// 0 is no limit.
	w.admin.ok("CONFIG SET tracking-table-max-keys 0")
	a.reads("k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7")
	require.GreaterOrEqual(t, w.stat("tracking_total_keys"), 8)
	a.gets()
}

// TestRule27_ManyKeysOver: each check takes out a bounded number, but all checks
// together reach the limit.
func TestRule27_ManyKeysOver(t *testing.T) {
	w := newWorld(t)
	a := w.v3()
	a.track("")
	line := "EXISTS"
	for i := range 2000 {
		line += fmt.Sprintf(" k%d", i)
	}
	a.does(int64(0), line)
	require.Equal(t, 2000, w.stat("tracking_total_keys"))
	w.admin.ok("CONFIG SET tracking-table-max-keys 10")
	w.until(func() bool { return w.stat("tracking_total_keys") == 10 })
	require.Len(t, drain(a), 1990)
}

// TestRule27_BeforeTheCommand: the check is made before each command, and what it
// tells precedes the reply.
func TestRule27_BeforeTheCommand(t *testing.T) {
	w := newWorld(t)
	a, b := w.v3(), w.v3()
	w.admin.ok("CONFIG SET tracking-table-max-keys 1")
	a.track("")
	a.pipe("GET x", "GET y", "GET z", "PING", "PING")
	told := map[any]bool{}
	for _, want := range []any{nil, nil, "push", nil, "push", "PONG", "PONG"} {
		v := a.Read()
		if want != "push" {
			require.Equal(t, want, v)
			continue
		}
		told[v.(resp.Push)[1].([]any)[0]] = true
	}
	require.Len(t, told, 2)
	a.gets()
	w.admin.ok("FLUSHALL")
	a.gets(gone)
	a.ok("CLIENT TRACKING OFF")

	b.track("NOLOOP")
	b.pipe("GET x", "GET y", "PING")
	b.gets(nil, nil, "PONG") // while its own command runs a client with NOLOOP hears nothing
	require.Equal(t, 1, w.stat("tracking_total_keys"))
}
