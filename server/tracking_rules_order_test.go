package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

func TestRule35_OneStream(t *testing.T) {
	w := newWorld(t)

	t.Run("pushes stand between replies", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k1", "k2")
		a.ok("MULTI")
		w.admin.ok("SET k1 v")
		a.send("SET x v")
		a.next(inv("k1"), "QUEUED")
		w.admin.ok("SET k2 v")
		a.send("EXEC")
		a.gets(inv("k2"), list("OK"))
	})
	t.Run("a pipeline", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k1", "k2")
		a.pipe("SET k1 v", "GET k1", "MSET k1 w k2 w", "PING", "GET k2", "DEL k1 k2", "PING")
		a.gets("OK", inv("k1"), "v", "OK", inv("k1"), inv("k2"), "PONG", "w", int64(2), inv("k2"), "PONG")
	})
	t.Run("while blocked", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k")
		a.send("BLPOP l 0")
		w.until(func() bool { return w.stat("blocked_clients") == 1 })
		w.admin.ok("SET k v")
		a.next(inv("k"))
		w.admin.do("RPUSH l x")
		a.gets(list("l", "x"))
	})
	t.Run("among Pub/Sub messages", func(t *testing.T) {
		w := w.sub(t)
		w.admin.ok("CONFIG SET notify-keyspace-events KEA")
		a := w.v3()
		a.track("")
		a.reads("k")
		a.do("SUBSCRIBE __keyevent@0__:set __keyevent@0__:del")
		a.Read()
		event := func(event string) resp.Push { return resp.Push{"message", "__keyevent@0__:" + event, "k"} }
		w.admin.ok("SET k v")
		a.gets(inv("k"), event("set"))
		a.reads("k")
		a.ok("SET k v") // its own change: all behind the reply, the messages first
		a.gets(event("set"), inv("k"))
		a.reads("k")
		a.ok("MULTI")
		a.do("SET k v")
		a.do("GET k")
		a.do("DEL k")
		a.does([]any{"OK", "v", int64(1)}, "EXEC")
		a.gets(event("set"), event("del"), inv("k"), inv("k"))
		a.track("REDIRECT", a.id)
		a.reads("k")
		a.ok("SET k v")
		a.gets(event("set"), inv("k"))

		// As the target of another one's redirection it hears in the order of what happens.
		a.ok("CLIENT TRACKING OFF")
		b := w.v3()
		b.track("REDIRECT", a.id)
		b.reads("k")
		a.ok("SET k v")
		a.gets(inv("k"), event("set"))
	})
	t.Run("under fire", func(t *testing.T) {
		const rounds = 300
		w := w.sub(t)
		a, b := w.v3(), w.v3()
		a.track("BCAST PREFIX k")
		w.admin.do("RPUSH list " + strings.Repeat("element ", 300))
		fire, want := []string{}, []any{}
		for i := range rounds {
			fire = append(fire, fmt.Sprintf("MSET k%d v x%d v", i, i))
			want = append(want, "OK")
		}
		whole := a.do("LRANGE list 0 -1")
		for range rounds / 10 {
			b.pipe(fire[:10]...)
			a.pipe("LRANGE list 0 -1", "SET x v", "LRANGE list 0 -1")
			fire = fire[10:]
		}
		b.gets(want...)
		a.send("ECHO end")
		replies, told := 0, map[any]bool{}
		for v := a.Read(); v != "end"; v = a.Read() {
			push, isPush := v.(resp.Push)
			switch {
			case isPush:
				for _, key := range push[1].([]any) {
					require.False(t, told[key], "%v is told twice", key)
					told[key] = true
				}
				continue
			case replies%3 == 1:
				require.Equal(t, "OK", v)
			default:
				require.Equal(t, whole, v)
			}
			replies++
		}
		require.Equal(t, rounds/10*3, replies)
		require.Len(t, told, rounds)
	})
}

func TestRule36_OthersFirst(t *testing.T) {
	const rounds = 100
	w := newWorld(t)
	writer, byDefault, byPrefix, to2, to3, source := w.v2(), w.v3(), w.v3(), w.subscribed(), w.v3(), w.v2()
	byDefault.track("")
	byPrefix.track("BCAST PREFIX k")
	source.track("REDIRECT", to3.id)
	w.v2().track("BCAST PREFIX k REDIRECT", to2.id)
	for i := range rounds {
		key := fmt.Sprintf("k%d", i)
		byDefault.reads(key)
		source.reads(key)
		writer.ok("SET " + key + " v")
		// From here on it must come before any reply.
		byDefault.send("PING")
		byDefault.next(inv(key), "PONG")
		byPrefix.send("PING")
		byPrefix.next(inv(key), "PONG")
		to3.send("PING")
		to3.next(inv(key), "PONG")
		to2.send("PING")
		to2.next(message(key), list("pong", ""))
	}
	// Also where one command makes many changes, and where it is a transaction.
	byDefault.reads("k1", "k2")
	writer.ok("MULTI")
	writer.do("SET k1 w")
	writer.do("EVAL", "return redis.call('set', 'k2', 'w')", 0)
	writer.does(list("OK", "OK"), "EXEC")
	byDefault.gets(each("k1", "k2")...)
	byPrefix.gets(inv("k1", "k2"))

	// The writer does not wait for its reply.
	byDefault.reads("k1")
	hasty := w.v2()
	hasty.send("SET k1 v")
	hasty.Close()
	byDefault.next(inv("k1"))
	byPrefix.next(inv("k1"))
}

func TestRule37_OwnWrites(t *testing.T) {
	w := newWorld(t)

	t.Run("a command", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k1", "k2", "k3")
		a.ok("MSET k3 v k1 v k2 v k1 w")
		a.gets(each("k3", "k1", "k2")...)
		a.reads("k1", "k2")
		a.does(int64(2), "DEL k2 k1")
		a.gets(each("k2", "k1")...)
	})
	t.Run("a transaction", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k1", "k2")
		a.ok("MULTI")
		for _, line := range []string{"SET k2 v", "GET new", "SET new v", "SET k1 v", "SET new w", "GET new", "GET k4"} {
			a.does("QUEUED", line)
		}
		a.does([]any{"OK", nil, "OK", "OK", "OK", "w", nil}, "EXEC")
		a.gets(each("k2", "new", "k1")...)
		w.admin.ok("MSET new x k4 x")
		a.gets(each("new", "k4")...)
	})
	t.Run("a key read, written and read again", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.ok("MULTI")
		for range 2 {
			a.do("GET k")
			a.do("SET k v")
		}
		a.do("EXEC")
		a.gets(inv("k"), inv("k")) // one for each time it was held
	})
	t.Run("a script", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k1", "k2")
		a.does("done", "EVAL", "redis.call('set', 'k2', 'v') redis.call('get', 'k3') redis.call('mset', 'k1', 'v', 'k3', 'v') return 'done'", 0)
		a.gets(each("k2", "k1", "k3")...)
		a.reads("k1")
		err, isError := a.do("EVAL", "redis.call('set', 'k1', 'v') return redis.call('lpop', 'k1')", 0).(resp.Error)
		require.True(t, isError)
		require.Contains(t, string(err), "WRONGTYPE")
		a.gets(inv("k1")) // after the error, too
	})
	t.Run("a script in a transaction", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k1", "k2")
		a.ok("MULTI")
		a.do("EVAL", "return redis.call('set', 'k2', 'v')", 0)
		a.do("SET k1 v")
		a.do("PING")
		a.does(list("OK", "OK", "PONG"), "EXEC")
		a.gets(each("k2", "k1")...)
	})
	t.Run("EXEC that fails changes nothing", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k")
		a.ok("WATCH k")
		w.admin.ok("SET k other")
		a.send("MULTI")
		a.next(inv("k"), "OK")
		a.do("SET k v")
		a.does(nil, "EXEC")
		a.gets()
	})
	t.Run("tracking turned off after the change", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k")
		a.ok("MULTI")
		a.do("SET k v")
		a.do("CLIENT TRACKING OFF")
		a.does(list("OK", "OK"), "EXEC")
		a.gets(inv("k"))

		b, target := w.v3(), w.v3()
		b.track("REDIRECT", target.id)
		b.reads("k")
		b.ok("MULTI")
		b.do("SET k v")
		b.do("FLUSHALL")
		b.do("CLIENT TRACKING OFF")
		b.do("EXEC")
		b.gets()
		target.gets(inv("k"), gone)
	})
	t.Run("another protocol after the change", func(t *testing.T) {
		w := w.sub(t)
		a := w.v3()
		a.track("")
		a.reads("k")
		a.ok("MULTI")
		a.do("SET k v")
		a.do("FLUSHALL")
		a.do("HELLO 2")
		a.send("EXEC")
		a.Read()
		a.gets()
	})
	t.Run("RESP2 by redirection", func(t *testing.T) {
		w := w.sub(t)
		a, target := w.v2(), w.subscribed()
		a.track("REDIRECT", target.id)
		a.reads("k1", "k2")
		a.ok("MSET k2 v k1 v")
		target.gets(message("k2"), message("k1"))
	})
}
