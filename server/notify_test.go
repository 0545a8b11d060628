package server_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// listener returns a connection that hears all keyspace events of the classes.
func (w *world) listener(classes string) peer {
	w.t.Helper()
	w.admin.does("OK", "CONFIG SET notify-keyspace-events", classes)
	p := w.v3()
	p.do("PSUBSCRIBE __key*__:*")
	return p
}

// events returns what has come until now as "event key", from keyevent channels.
func (p peer) events() (events []string) {
	p.t.Helper()
	p.send("ECHO mark")
	for {
		m, isPush := p.Read().(resp.Push)
		if !isPush {
			return events
		}
		if name, found := strings.CutPrefix(m[2].(string), "__keyevent@0__:"); found {
			events = append(events, name+" "+m[3].(string))
		}
	}
}

func TestKeyspaceEvents(t *testing.T) {
	w := newWorld(t)
	p := w.listener("KEA")
	for _, tt := range [][]string{ // a command, then its events
		{"SET k v", "set k"},
		{"SET k v EX 100", "set k", "expire k"},
		{"GETEX k PERSIST", "persist k"},
		{"GETSET k w", "set k"},
		{"APPEND k x", "append k"},
		{"SETRANGE k 1 x", "setrange k"},
		{"SETBIT k 0 1", "setbit k"},
		{"GETDEL k", "del k"},
		{"INCR n", "incrby n"},
		{"INCRBYFLOAT n 1", "incrbyfloat n"},
		{"MSET a 1 b 2", "set a", "set b"},
		{"MSETNX a 1 z 2"},
		{"RENAME a c", "rename_from a", "rename_to c"},
		{"RENAME c c"},
		{"RENAMENX c b"},
		{"COPY b d", "copy_to d"},
		{"MOVE d 1", "move_from d"},
		{"DEL b nothing", "del b"},
		{"UNLINK c", "del c"},
		{"EXPIRE n 100", "expire n"},
		{"PERSIST n", "persist n"},
		{"PERSIST n"},
		{"EXPIRE n -1", "del n"},
		{"RPUSH l 1 2 3", "rpush l"},
		{"LPOP l", "lpop l"},
		{"LMOVE l m LEFT RIGHT", "rpush m", "lpop l"},
		{"LTRIM l 1 0", "ltrim l", "del l"},
		{"RPOP m", "rpop m", "del m"},
		{"HSET h f v", "hset h"},
		{"HDEL h f", "hdel h", "del h"},
		{"SADD s 1 2", "sadd s"},
		{"SADD s 1"},
		{"SMOVE s t 1", "srem s", "sadd t"},
		{"SREM s 2", "srem s", "del s"},
		{"SUNIONSTORE u t", "sunionstore u"},
		{"SINTERSTORE u t nothing", "del u"},
		{"ZADD z 1 a", "zadd z"},
		{"ZINCRBY z 1 a", "zincr z"},
		{"ZREM z a", "zrem z", "del z"},
		{"SORT t STORE u", "sortstore u"},
		{"BITOP NOT u nothing", "del u"},
		{"GET k"},
	} {
		w.admin.do(tt[0])
		require.Equal(t, tt[1:], append([]string{}, p.events()...), tt[0])
	}
	w.admin.do("EVAL", "redis.call('set','x','1') return redis.call('del','x')", 0)
	require.Equal(t, []string{"set x", "del x"}, p.events())
	require.Equal(t, []any{"OK", int64(1)}, w.admin.exec("SET x 1", "INCRBY y 1"))
	require.Equal(t, []string{"set x", "incrby y"}, p.events())
}

// The channel of the key comes first, then that of the event.
func TestKeyspaceChannels(t *testing.T) {
	w := newWorld(t)
	p := w.listener("KEA")
	const all = "__key*__:*"
	w.admin.ok("SELECT 3", "SET k v", "SELECT 0")
	p.gets(resp.Push{"pmessage", all, "__keyspace@3__:k", "set"}, resp.Push{"pmessage", all, "__keyevent@3__:set", "k"})
	w.admin.ok("CONFIG SET notify-keyspace-events K$", "SET k v")
	w.admin.does(int64(1), "RPUSH l x")
	p.gets(resp.Push{"pmessage", all, "__keyspace@0__:k", "set"})
	w.admin.ok("CONFIG SET notify-keyspace-events El", "SET k v")
	w.admin.does(int64(2), "RPUSH l x")
	p.gets(resp.Push{"pmessage", all, "__keyevent@0__:rpush", "l"})
	// Who causes an event has its reply first.
	p.does(int64(3), "RPUSH l x")
	p.gets(resp.Push{"pmessage", all, "__keyevent@0__:rpush", "l"})
	w.admin.does("OK", "CONFIG SET notify-keyspace-events", "")
	w.admin.does(int64(4), "RPUSH l x")
	p.Quiet()
}

func TestExpiredEvents(t *testing.T) {
	w := newWorld(t)
	w.admin.ok("DEBUG SET-ACTIVE-EXPIRE 0")
	p := w.listener("Ex")
	w.pass(w.hold(w.admin, 1, "lazy"))
	require.Empty(t, p.events(), "it is still there")
	w.admin.does(nil, "GET lazy")
	require.Equal(t, []string{"expired lazy"}, p.events())
	w.hold(w.admin, 1, "active")
	w.admin.ok("DEBUG SET-ACTIVE-EXPIRE 1")
	p.gets(resp.Push{"pmessage", "__key*__:*", "__keyevent@0__:expired", "active"})
	w.admin.does(int64(0), "DBSIZE")
	require.Equal(t, 2, w.stat("expired_keys"))
}

func TestEvictedEvents(t *testing.T) {
	w := newWorld(t)
	p := w.listener("Ee")
	w.admin.ok("SET k v", "CONFIG SET maxmemory 1 maxmemory-policy allkeys-random")
	w.admin.does("PONG", "PING")
	w.admin.ok("CONFIG SET maxmemory 0")
	require.Equal(t, []string{"evicted k"}, p.events())
}

// Events that A leaves out: new keys and misses.
func TestNewAndMissEvents(t *testing.T) {
	w := newWorld(t)
	p := w.listener("En")
	for _, tt := range [][]string{
		{"SET k v", "new k"}, {"SET k v"}, {"RPUSH l x", "new l"}, {"RENAME k k2", "new k2"}, {"COPY l m", "new m"}, {"INCR n", "new n"},
	} {
		w.admin.do(tt[0])
		require.Equal(t, tt[1:], append([]string{}, p.events()...), tt[0])
	}
	w.admin.ok("CONFIG SET notify-keyspace-events Em")
	for _, tt := range [][]string{
		{"GET a", "keymiss a"}, {"MGET a n b", "keymiss a", "keymiss b"}, {"HGET a f", "keymiss a"}, {"EXISTS a", "keymiss a"}, {"TTL a", "keymiss a"}, {"DEL a"}, {"GET n"},
	} {
		w.admin.do(tt[0])
		require.Equal(t, tt[1:], append([]string{}, p.events()...), tt[0])
	}
}

func TestNotifySetting(t *testing.T) {
	w := newWorld(t)
	for set, want := range map[string]string{"KEA": "AKE", "AKE": "AKE", "g$lshzxetdKE": "AKE", "Kg": "gK", "nmEx": "xEmn", "": ""} {
		w.admin.does("OK", "CONFIG SET notify-keyspace-events", set)
		got := w.admin.do("CONFIG GET notify-keyspace-events").([]any)[1]
		if set == "nmEx" {
			require.ElementsMatch(t, strings.Split(want, ""), strings.Split(got.(string), ""))
			continue
		}
		require.Equal(t, want, got, set)
	}
	require.IsType(t, resp.Error(""), w.admin.do("CONFIG SET notify-keyspace-events w"))
}
