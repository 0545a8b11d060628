package server_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

const (
	mega       = 1 << 20
	overOutput = "client-output-buffer-limit"
)

// limitOutput sets client-output-buffer-limit, until the test ends.
func (w *world) limitOutput(limits string) {
	w.t.Helper()
	w.admin.does("OK", "CONFIG", "SET", overOutput, limits)
	w.t.Cleanup(func() { w.dial().Do("CONFIG", "SET", overOutput, "normal 0 0 0 pubsub 33554432 8388608 60") })
}

// cutOff waits until clients have been cut off for their output.
func (w *world) cutOff(n int) {
	w.t.Helper()
	w.until(func() bool { return w.stat("client_output_buffer_limit_disconnections") == n })
}

// A client that is over its limit gets nothing more. What it has sent is not run any more, but
// a transaction or a script that is under way goes on to its end.
func TestOutputLimitOfReplies(t *testing.T) {
	get, mget := "GET k\n", "MGET"+strings.Repeat(" k", 20)
	for name, tt := range map[string]struct {
		sends string
		done  any // the counter that is increased behind the reply that is too large
	}{
		"pipeline":          {strings.Repeat(get, 20) + "INCR done", nil},
		"one reply":         {mget + "\nINCR done", nil},
		"transaction":       {"MULTI\n" + strings.Repeat(get, 20) + "INCR done\nEXEC\nINCR done", "1"},
		"reply of a script": {"FCALL\nINCR done", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.admin.does("OK", "SET", "k", strings.Repeat("x", mega))
			w.limitOutput("normal 5mb 0 0")
			p := w.v2()
			var b []byte
			for _, line := range strings.Split(tt.sends, "\n") {
				if line == "FCALL" {
					const nested = "redis.call('incr', 'done') local v, t = redis.call('get', 'k'), {} for i = 1, 20 do t[i] = {v} end return t"
					b = resp.AppendCommand(b, "EVAL", nested, 0)
					continue
				}
				b = resp.AppendCommand(b, words(line)...)
			}
			p.WriteRaw(string(b))
			w.cutOff(1)
			p.Closed()
			w.admin.does(tt.done, "GET done")
		})
	}
}

// A message is too much for its receiver while the command that sends it runs: the receiver
// takes no more, and counts as subscribed until the command is over.
func TestOutputLimitOfMessages(t *testing.T) {
	w := newWorld(t)
	w.limitOutput("pubsub 5mb 0 0")
	sub, p := w.v2(), w.v2()
	sub.do("SUBSCRIBE ch")
	message := strings.Repeat("x", 4*mega)
	p.ok("MULTI")
	for range 5 {
		p.does("QUEUED", "PUBLISH", "ch", message)
	}
	p.does("QUEUED", "CLIENT LIST ID", sub.id)
	p.does("QUEUED", "PUBSUB NUMSUB ch")
	replies := p.do("EXEC").([]any)
	require.Equal(t, []any{int64(1), int64(1), int64(1), int64(1), int64(1)}, replies[:5])
	require.Contains(t, replies[5], " flags=PA ")
	require.Regexp(t, " omem=8[0-9]{6} ", replies[5], "two messages")
	require.Equal(t, []any{"ch", int64(1)}, replies[6])
	sub.Closed()
	require.Equal(t, 1, w.stat("client_output_buffer_limit_disconnections"))
}

// Whoever feeds a client, it does not take more than its limit.
func TestOutputLimitOfFedClients(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	const each = "for i = 1, 100 do redis.call('set', ARGV[1] .. i, ARGV[1]) end return redis.call('client', 'list', 'id', ARGV[2])"
	for name, prepare := range map[string]func(w *world, p peer){
		"monitor":              func(_ *world, p peer) { p.ok("MONITOR") },
		"keyspace events":      func(w *world, p peer) { w.admin.ok("CONFIG SET notify-keyspace-events KA"); p.do("PSUBSCRIBE *") },
		"invalidations":        func(_ *world, p peer) { p.Hello3(); p.ok("CLIENT TRACKING ON") },
		"redirected, in RESP2": func(_ *world, p peer) { p.do("SUBSCRIBE __redis__:invalidate") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.limitOutput("normal 1mb 0 0 pubsub 1mb 0 0")
			p := w.v2()
			prepare(w, p)
			switch name {
			case "redirected, in RESP2":
				source := w.v2()
				source.does("OK", "CLIENT TRACKING ON REDIRECT", p.id)
				p.readsAll(source, long)
			case "invalidations":
				p.readsAll(p, long)
			}
			w.admin.ok("DEBUG SET-DISABLE-DENY-SCRIPTS 1")
			line := w.admin.do("EVAL", each, 0, long, p.id)
			w.admin.ok("DEBUG SET-DISABLE-DENY-SCRIPTS 0")
			require.Regexp(t, " flags=[A-Za-z]*A", line)
			require.Regexp(t, " omem=1[0-9]{6} ", line)
			p.Closed()
			w.until(func() bool { return w.admin.do("CLIENT LIST ID", p.id) == "" })
			require.Equal(t, 1, w.stat("client_output_buffer_limit_disconnections"))
			w.admin.does("OK", "CONFIG", "SET", "notify-keyspace-events", "")
		})
	}
}

// readsAll has a source read the keys that the script of TestOutputLimitOfFedClients writes.
func (p peer) readsAll(source peer, long string) {
	p.t.Helper()
	script := "for i = 1, 100 do redis.call('get', ARGV[1] .. i) end"
	source.does(nil, "EVAL", script, 0, long)
}

// A target that is over its limit is gone for tracking before it leaves the tables: the next
// invalidation would be lost otherwise. Redis loses it.
func TestOutputLimitBreaksRedirection(t *testing.T) {
	w := newWorld(t)
	if w.redis {
		t.Skip("it loses the invalidation")
	}
	w.limitOutput("pubsub 1mb 0 0")
	target, source := w.v2(), w.v3()
	target.do("SUBSCRIBE ch")
	source.does("OK", "CLIENT TRACKING ON REDIRECT", target.id)
	source.does(nil, "GET k")
	w.admin.ok("MULTI")
	w.admin.does("QUEUED", "PUBLISH", "ch", strings.Repeat("x", 2*mega))
	w.admin.does("QUEUED", "SET k v")
	w.admin.does([]any{int64(1), "OK"}, "EXEC")
	source.gets(resp.Push{"tracking-redir-broken", target.id})
	target.Closed()
}

// Up to the size of Redis's fixed buffer output counts as none, whatever the limit is.
func TestOutputLimitBelowTheBuffer(t *testing.T) {
	w := newWorld(t)
	w.admin.does("OK", "SET", "k", strings.Repeat("x", 1000))
	p := w.v2()
	w.limitOutput("normal 1 0 0")
	w.admin.does("PONG", "PING")
	require.Len(t, p.do("MGET"+strings.Repeat(" k", 15)), 15)
	p.send("MGET" + strings.Repeat(" k", 40))
	p.Closed()
	require.Equal(t, 1, w.stat("client_output_buffer_limit_disconnections"))
}

// A limit that is lowered counts for what waits already.
func TestOutputLimitLowered(t *testing.T) {
	w := newWorld(t)
	w.limitOutput("pubsub 0 0 0")
	sub := w.v2()
	sub.do("SUBSCRIBE ch")
	for range 30 { // more than the system's buffers take
		w.admin.does(int64(1), "PUBLISH", "ch", strings.Repeat("x", mega))
	}
	w.limitOutput("pubsub 1mb 0 0")
	w.cutOff(1)
}

// A reply of random elements can be of any length: it ends at the limit.
func TestOutputLimitOfRandomElements(t *testing.T) {
	w := newWorld(t)
	for i, line := range []string{"SRANDMEMBER s -4611686018427387903", "HRANDFIELD h -4611686018427387903", "ZRANDMEMBER z -4611686018427387903"} {
		w.admin.do("SADD s a b")
		w.admin.do("HSET h f v g w")
		w.admin.do("ZADD z 1 a 2 b")
		w.limitOutput("normal 5mb 0 0")
		p := w.v2()
		p.send(line)
		w.cutOff(i + 1)
		p.Closed()
	}
}
