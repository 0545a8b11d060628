package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// confirmed is the reply to a subscription, on RESP2 or in a push.
func confirmed(word string, channel any, n int) []any { return []any{word, channel, int64(n)} }

func TestSubscribeAndPublish(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.pipe("SUBSCRIBE a b a", "PSUBSCRIBE a* ?", "SSUBSCRIBE s a")
	p.gets(confirmed("subscribe", "a", 1), confirmed("subscribe", "b", 2), confirmed("subscribe", "a", 2),
		confirmed("psubscribe", "a*", 3), confirmed("psubscribe", "?", 4), confirmed("ssubscribe", "s", 1), confirmed("ssubscribe", "a", 2))
	w.admin.does(int64(3), "PUBLISH a m")
	p.next([]any{"message", "a", "m"})
	require.ElementsMatch(t, []any{[]any{"pmessage", "a*", "a", "m"}, []any{"pmessage", "?", "a", "m"}}, []any{p.Read(), p.Read()})
	w.admin.does(int64(1), "PUBLISH ab", "")
	p.gets([]any{"pmessage", "a*", "ab", ""})
	w.admin.does(int64(1), "SPUBLISH a m")
	p.gets([]any{"smessage", "a", "m"})
	w.admin.does(int64(0), "PUBLISH xyz m")
	w.admin.does(int64(0), "SPUBLISH b m")
	p.Quiet()
}

// Each subscriber gets what it asked for in its own protocol, in the order in
// which it was sent.
func TestEverySubscriberGetsEverything(t *testing.T) {
	w := newWorld(t)
	two, three := w.v2(), w.v3()
	two.do("SUBSCRIBE c")
	three.do("SUBSCRIBE c")
	for range 100 {
		w.admin.send("PUBLISH c m")
	}
	for range 100 {
		w.admin.next(int64(2))
		two.next([]any{"message", "c", "m"})
		three.next(resp.Push{"message", "c", "m"})
	}
	w.close(two)
	w.admin.does(int64(1), "PUBLISH c m")
	three.gets(resp.Push{"message", "c", "m"})
}

func TestUnsubscribe(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	for _, k := range []struct{ subscribe, unsubscribe, un string }{
		{"SUBSCRIBE", "UNSUBSCRIBE", "unsubscribe"}, {"PSUBSCRIBE", "PUNSUBSCRIBE", "punsubscribe"}, {"SSUBSCRIBE", "SUNSUBSCRIBE", "sunsubscribe"},
	} {
		p.does(confirmed(k.un, nil, 0), k.unsubscribe) // nothing to end
		p.pipe(k.unsubscribe + " x y")
		p.next(confirmed(k.un, "x", 0), confirmed(k.un, "y", 0))
		p.pipe(k.subscribe + " a b c")
		p.Read()
		p.Read()
		p.Read()
		p.does(confirmed(k.un, "b", 2), k.unsubscribe+" b")
		p.send(k.unsubscribe)
		left := []any{}
		for n := 1; n >= 0; n-- {
			reply := p.Read().([]any)
			require.Equal(t, int64(n), reply[2])
			left = append(left, reply[1])
		}
		require.ElementsMatch(t, []any{"a", "c"}, left) // in any order
		p.does(nil, "GET k")                            // it is a normal client again
	}
	require.Equal(t, 0, w.stat("pubsub_clients"))
}

// On RESP2 a subscriber can do little else; on RESP3 everything.
func TestWhatASubscriberMayDo(t *testing.T) {
	w := newWorld(t)
	for _, line := range []string{"SUBSCRIBE c", "PSUBSCRIBE c", "SSUBSCRIBE c"} {
		p := w.v2()
		p.do(line)
		for command, name := range map[string]string{"GET k": "get", "CLIENT ID": "client|id", "MULTI": "multi", "HELLO 3": "hello", "PUBLISH c m": "publish"} {
			p.fails("ERR Can't execute '"+name+"': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context", command)
		}
		p.fails("EXECABORT Transaction discarded because of: Can't execute 'exec': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context", "EXEC")
		p.does([]any{"pong", ""}, "PING")
		p.does([]any{"pong", "hi"}, "PING hi")
		p.fails("ERR wrong number of arguments for 'ping' command", "PING a b")
		p.does("RESET", "RESET")
		p.does("PONG", "PING")
		p.do(line)
		p.ok("QUIT")
		p.Closed()
	}
	p := w.v3()
	p.does(resp.Push(confirmed("subscribe", "c", 1)), "SUBSCRIBE c")
	p.does("PONG", "PING")
	p.ok("SET k v")
	p.does("v", "GET k")
	// Who publishes to itself has the reply first.
	p.does(int64(1), "PUBLISH c m")
	p.gets(resp.Push{"message", "c", "m"})
	p.does(int64(1), "EVAL", "return redis.call('publish','c','lua')", 0)
	p.gets(resp.Push{"message", "c", "lua"})
}

func TestPubSubInTransactions(t *testing.T) {
	w := newWorld(t)
	p := w.v3()
	p.do("SUBSCRIBE c")
	require.Equal(t, []any{int64(1), "PONG", int64(1)}, p.exec("PUBLISH c 1", "PING", "PUBLISH c 2"))
	p.gets(resp.Push{"message", "c", "1"}, resp.Push{"message", "c", "2"})
	require.Equal(t, []any{resp.Push(confirmed("subscribe", "d", 2)), resp.Push(confirmed("unsubscribe", "d", 1)), "OK"},
		p.exec("SUBSCRIBE d", "UNSUBSCRIBE d", "SET k v"))
	w.admin.ok("MULTI")
	w.admin.does("QUEUED", "PUBLISH c x")
	w.admin.ok("DISCARD")
	p.Quiet()
}

func TestPubSubCommand(t *testing.T) {
	w := newWorld(t)
	a, b := w.v2(), w.v2()
	a.pipe("SUBSCRIBE x y", "PSUBSCRIBE p*", "SSUBSCRIBE s")
	b.pipe("SUBSCRIBE x", "PSUBSCRIBE p* q*")
	for range 4 {
		a.Read()
	}
	for range 3 {
		b.Read()
	}
	c := w.admin
	require.ElementsMatch(t, []any{"x", "y"}, c.do("PUBSUB CHANNELS"))
	c.does([]any{"x"}, "PUBSUB CHANNELS x*")
	c.does([]any{}, "PUBSUB CHANNELS s")
	c.does([]any{"x", int64(2), "y", int64(1), "s", int64(0)}, "PUBSUB NUMSUB x y s")
	c.does([]any{}, "PUBSUB NUMSUB")
	c.does(int64(2), "PUBSUB NUMPAT")
	c.does([]any{"s"}, "PUBSUB SHARDCHANNELS")
	c.does([]any{"s", int64(1), "x", int64(0)}, "PUBSUB SHARDNUMSUB s x")
	for field, want := range map[string]int{"pubsub_channels": 2, "pubsub_patterns": 2, "pubsubshard_channels": 1, "pubsub_clients": 2} {
		require.Equal(t, want, w.stat(field), field)
	}
	c.fails("ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB HELP.", "PUBSUB CHANNELS a b")
	c.fails("ERR wrong number of arguments for 'pubsub|numpat' command", "PUBSUB NUMPAT x")
	c.fails("ERR unknown subcommand 'nope'. Try PUBSUB HELP.", "PUBSUB nope")
	w.close(a)
	w.close(b)
	c.does([]any{}, "PUBSUB CHANNELS")
	c.does(int64(0), "PUBSUB NUMPAT")
}
