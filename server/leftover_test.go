package server_test

import (
	"bytes"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
)

// Whatever was large leaves nothing behind: neither the words of a command, nor a reply, nor
// tables that are empty again. The tests measure the memory of this process.

// large is how many bytes each test has the server handle; keptMax is what it may keep.
const large, keptMax = 32 << 20, 4 << 20

// talker is a connection that keeps nothing of what it sends or receives.
type talker struct {
	t    *testing.T
	conn net.Conn
	n    int // how often it was answered
}

func newTalker(t *testing.T, s *server.Server) *talker {
	conn, err := net.Dial("tcp", s.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	return &talker{t: t, conn: conn}
}

// says sends a command and reads all that comes up to the answer of a PING behind it.
func (k *talker) says(line string, more ...any) {
	k.t.Helper()
	k.tells(line, more...)
	k.n++
	mark := fmt.Appendf(nil, "mark %d!\r\n", k.n)
	k.tells("PING", string(mark[:len(mark)-2]))
	seen, buf := []byte{}, make([]byte, 64<<10)
	for !bytes.HasSuffix(seen, mark) {
		n, err := k.conn.Read(buf)
		require.NoError(k.t, err)
		seen = append(seen[max(len(seen)-len(mark), 0):], buf[:n]...)
	}
}

// tells sends a command and reads nothing.
func (k *talker) tells(line string, more ...any) {
	k.t.Helper()
	_, err := k.conn.Write(resp.AppendCommand(nil, words(line, more...)...))
	require.NoError(k.t, err)
}

func inUse() int {
	runtime.GC()
	runtime.GC() // what has a finalizer goes with the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// saysMany says a command with n different words more, each of a length.
func (k *talker) saysMany(line string, n, length int, tail ...any) {
	k.t.Helper()
	long := strings.Repeat("x", length)
	list := make([]any, 0, n)
	for i := range n {
		list = append(list, fmt.Sprintf("%06d:%s", i, long))
	}
	k.says(line, append(list, tail...)...)
}

func TestNothingLargeIsLeftBehind(t *testing.T) {
	value := strings.Repeat("x", large)
	for _, test := range []struct {
		name string
		play func(a, b *talker, s *server.Server)
	}{
		{"the words of a command", func(a, b *talker, s *server.Server) {
			a.says("SET k", value)
			a.says("DEL k")
		}},
		{"the words of a transaction", func(a, b *talker, s *server.Server) {
			a.tells("MULTI")
			a.tells("SET k", value)
			a.says("EXEC")
			a.says("DEL k")
		}},
		{"the words of a script", func(a, b *talker, s *server.Server) {
			a.says("EVAL", "redis.call('set', KEYS[1], ARGV[1]) return 1", 1, "k", value)
			a.says("DEL k")
		}},
		{"many words", func(a, b *talker, s *server.Server) { a.saysMany("DEL", large/32, 1) }},
		{"a reply that nobody wants", func(a, b *talker, s *server.Server) {
			b.says("SET k", value)
			a.tells("CLIENT REPLY OFF")
			a.tells("MULTI")
			a.tells("GET k")
			a.tells("EXEC")
			a.says("CLIENT REPLY ON")
			a.says("DEL k")
		}},
		{"the message to a client that is closing", func(a, b *talker, s *server.Server) {
			a.says("HELLO 3")
			a.says("SUBSCRIBE c")
			a.says("CLIENT SETNAME a")
			a.tells("MULTI")
			a.tells("CLIENT KILL USER default SKIPME no")
			a.tells("PUBLISH c", value)
			a.tells("EXEC")
			require.Eventually(t, func() bool { return len(s.Clients()) == 0 }, 10*time.Second, time.Millisecond)
			newTalker(t, s).says("PING")
		}},
		{"the key of an invalidation", func(a, b *talker, s *server.Server) {
			a.says("HELLO 3")
			a.says("CLIENT TRACKING ON")
			a.says("GET", value)
			b.says("MSET", value, "v")
			b.says("DEL", value)
			a.says("PING")
		}},
		{"own changes", func(a, b *talker, s *server.Server) {
			a.says("HELLO 3")
			a.says("CLIENT TRACKING ON")
			a.says("GET", value)
			a.says("MSET", value, "v")
			a.says("DEL", value)
		}},
		{"keys under a prefix", func(a, b *talker, s *server.Server) {
			a.says("HELLO 3")
			a.says("CLIENT TRACKING ON BCAST")
			b.says("MSET", value, "v")
			b.says("DEL", value)
			a.says("PING")
		}},
		{"a blocked command of a client that has gone", func(a, b *talker, s *server.Server) {
			a.tells("BLPOP", value, 1000)
			require.Eventually(t, func() bool { return blocked(s) == 1 }, 10*time.Second, time.Millisecond)
			a.conn.Close()
			require.Eventually(t, func() bool { return blocked(s) == 0 }, 10*time.Second, time.Millisecond)
		}},
		{"a postponed command of a client that has gone", func(a, b *talker, s *server.Server) {
			b.says("CLIENT PAUSE 1000000 WRITE")
			a.tells("SET k", value)
			require.Eventually(t, func() bool { return blocked(s) == 1 }, 10*time.Second, time.Millisecond)
			a.conn.Close()
			require.Eventually(t, func() bool { return blocked(s) == 0 }, 10*time.Second, time.Millisecond)
		}},
		{"channels", func(a, b *talker, s *server.Server) {
			a.says("HELLO 3")
			a.says("CONFIG SET client-output-buffer-limit", "pubsub 0 0 0")
			a.saysMany("SUBSCRIBE", 20_000, large/20_000)
			a.says("UNSUBSCRIBE")
		}},
		{"patterns", func(a, b *talker, s *server.Server) {
			a.says("HELLO 3")
			a.says("CONFIG SET client-output-buffer-limit", "pubsub 0 0 0")
			a.saysMany("PSUBSCRIBE", 20_000, large/20_000)
			a.says("RESET")
		}},
		{"short channels", func(a, b *talker, s *server.Server) {
			a.says("HELLO 3")
			a.says("SUBSCRIBE stays")
			a.saysMany("SUBSCRIBE", 200_000, 1)
			a.saysMany("UNSUBSCRIBE", 200_000, 1)
		}},
		{"watched keys", func(a, b *talker, s *server.Server) {
			a.saysMany("WATCH", 20_000, large/20_000)
			b.says("SET", fmt.Sprintf("%06d:%s", 7, strings.Repeat("x", large/20_000)), "v")
		}},
		{"keys of a blocked command", func(a, b *talker, s *server.Server) {
			a.saysMany("BLPOP", 20_000, large/20_000, 0.001)
		}},
		{"prefixes", func(a, b *talker, s *server.Server) {
			list := make([]any, 0, 40_000)
			for i := range 20_000 {
				list = append(list, "PREFIX", fmt.Sprintf("%06d:%s", i, strings.Repeat("x", large/20_000)))
			}
			a.says("CLIENT TRACKING ON BCAST", list...)
			b.says("SET", list[77].(string), "v")
			a.says("CLIENT TRACKING OFF")
			b.says("FLUSHALL")
		}},
		{"the slow log", func(a, b *talker, s *server.Server) {
			a.says("CONFIG SET slowlog-log-slower-than 0 slowlog-max-len 20000")
			for range large / (31 * 128) {
				a.saysMany("DEL", 30, 127)
			}
			a.says("CONFIG SET slowlog-max-len 10")
			a.says("PING")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := server.Start(server.Options{})
			require.NoError(t, err)
			defer s.Close()
			a, b := newTalker(t, s), newTalker(t, s)
			a.says("PING")
			b.says("PING")
			before := inUse()
			test.play(a, b, s)
			require.Less(t, inUse()-before, keptMax)
			require.NoError(t, s.Lab().Check())
		})
	}
}

func blocked(s *server.Server) (n int) {
	for _, c := range s.Clients() {
		if c.Blocked {
			n++
		}
	}
	return n
}
