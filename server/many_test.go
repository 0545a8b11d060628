package server_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

// A client can have many channels, patterns, watched keys, prefixes and keys that it waits
// for. They come in one command or many, and go in any of the ways below.

const many = 3000

// named returns many words that begin with a prefix.
func named(prefix string) (list []any) {
	for i := range many {
		list = append(list, fmt.Sprint(prefix, i))
	}
	return list
}

// pipeline is a command for each of the words.
func pipeline(command string, list []any) string {
	var b []byte
	for _, word := range list {
		b = resp.AppendCommand(b, words(command, word)...)
	}
	return string(b)
}

// waysToEnd are the ways in which all that a client has ends at once.
var waysToEnd = map[string]func(*world, peer){
	"close":       func(w *world, p peer) { w.close(p) },
	"RESET":       func(w *world, p peer) { p.send("RESET") },
	"CLIENT KILL": func(w *world, p peer) { w.admin.does(int64(1), "CLIENT KILL ID", p.id) },
}

// nothingIsLeft waits until nothing is left of what clients had.
func (w *world) nothingIsLeft(s *servertest.Server) {
	w.t.Helper()
	for _, field := range []string{
		"pubsub_channels", "pubsub_patterns", "pubsubshard_channels", "pubsub_clients", "total_watched_keys", "watching_clients",
		"blocked_clients", "total_blocking_keys", "clients_in_timeout_table", "tracking_total_prefixes",
	} {
		w.until(func() bool { return w.stat(field) == 0 })
	}
	require.NoError(w.t, s.Lab().Check())
}

func TestManyThingsGoAtOnce(t *testing.T) {
	srv := servertest.Run(t)
	w := &world{t: t, addr: srv.Addr()}
	w.admin = w.v2()
	for name, end := range waysToEnd {
		t.Run(name, func(t *testing.T) {
			p := w.v3()
			go p.WriteRaw(pipeline("SUBSCRIBE", named("c")))
			for range many {
				p.Read()
			}
			p.send("PSUBSCRIBE", named("p")...)
			p.send("SSUBSCRIBE", named("s")...)
			for range 2 * many {
				p.Read()
			}
			p.does("OK", "WATCH", named("k")...)
			p.does("OK", "CLIENT TRACKING ON BCAST PREFIX x:")
			p.WriteRaw(pipeline("CLIENT TRACKING ON BCAST PREFIX", named("y:")[:9]))
			for range 9 {
				p.next("OK")
			}
			w.admin.does(int64(1), "PUBLISH c7 m")
			require.Equal(t, many, w.stat("total_watched_keys"))
			require.NoError(t, srv.Lab().Check())
			end(w, p)
			w.admin.does(int64(0), "PUBLISH c7 m")
			w.nothingIsLeft(srv)
		})
	}
}

// The order in which a client unsubscribes makes no difference to what is left.
func TestManyUnsubscribeInAnyOrder(t *testing.T) {
	srv := servertest.Run(t)
	w := &world{t: t, addr: srv.Addr()}
	w.admin = w.v2()
	p := w.v2()
	channels := named("c")
	for name, order := range map[string]func(i int) int{
		"in order": func(i int) int { return i }, "in reverse": func(i int) int { return many - 1 - i }, "mixed": func(i int) int { return i * 7 % many },
	} {
		t.Run(name, func(t *testing.T) {
			p.send("SUBSCRIBE", channels...)
			for i, channel := range channels {
				p.next(confirmed("subscribe", channel, i+1))
			}
			mixed := make([]any, many)
			for i := range mixed {
				mixed[i] = channels[order(i)]
			}
			p.send("UNSUBSCRIBE", mixed[:many/2]...)
			for i, channel := range mixed[:many/2] {
				p.next(confirmed("unsubscribe", channel, many-1-i))
			}
			require.NoError(t, srv.Lab().Check())
			p.send("UNSUBSCRIBE")
			for i := range many / 2 {
				require.Equal(t, int64(many/2-1-i), p.Read().([]any)[2])
			}
			w.nothingIsLeft(srv)
		})
	}
}

// A key that changes many times in a transaction is looked at once, and one that many wait
// for serves them in the order in which they came, whoever leaves in between.
func TestManyWaitForOneKey(t *testing.T) {
	srv := servertest.Run(t)
	w := &world{t: t, addr: srv.Addr()}
	w.admin = w.v2()
	var waiting []peer
	for i := range 40 {
		waiting = append(waiting, w.waiting(i+1, "BLPOP l 0"))
	}
	for i := 0; i < 40; i += 2 {
		w.close(waiting[i])
	}
	w.waits(20)
	w.admin.ok("MULTI")
	for i := range 20 {
		w.admin.does("QUEUED", "RPUSH l", i)
	}
	w.admin.do("EXEC")
	for i := range 20 {
		waiting[2*i+1].next([]any{"l", fmt.Sprint(i)})
	}
	w.nothingIsLeft(srv)
}
