package server_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// set changes a setting, until the test ends.
func (w *world) set(name, value, afterwards string) {
	w.t.Helper()
	w.admin.does("OK", "CONFIG", "SET", name, value)
	w.t.Cleanup(func() { w.dial().Do("CONFIG", "SET", name, afterwards) })
}

func (w *world) limitQuery(limit string) {
	w.t.Helper()
	w.set("client-query-buffer-limit", limit, "1073741824")
}

func bulk(n int) string { return fmt.Sprintf("$%d\r\n%s\r\n", n, strings.Repeat("x", n)) }

// What a client has sent and has not run is bounded, whatever it consists of.
func TestQueryBufferLimit(t *testing.T) {
	for name, send := range map[string]func(p peer){
		"one string": func(p peer) {
			p.WriteRaw("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3000000\r\n" + strings.Repeat("x", 1_100_000))
		},
		"behind a command that waits": func(p peer) {
			p.pipe("BLPOP l 0", "PING")
			p.WriteRaw(strings.Repeat(bulk(1000), 1100))
		},
		"transaction of large commands": func(p peer) {
			p.ok("MULTI")
			p.does("QUEUED", "SET", "k", strings.Repeat("x", 1_000_000))
			p.send("SET", "k", strings.Repeat("x", 100_000))
		},
		"transaction of small commands": func(p peer) {
			p.ok("MULTI")
			for range 80 {
				p.WriteRaw(strings.Repeat("*1\r\n$4\r\nPING\r\n", 1000))
				for range 1000 {
					p.Read()
				}
			}
			p.WriteRaw(strings.Repeat("*1\r\n$4\r\nPING\r\n", 10_000))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.limitQuery("1mb")
			p := w.v2()
			send(p)
			p.Closed()
			w.until(func() bool { return w.admin.do("CLIENT LIST ID", p.id) == "" })
			require.Equal(t, 1, w.stat("client_query_buffer_limit_disconnections"))
			w.admin.does(int64(0), "EXISTS k")
		})
	}
}

// The strings of a command that have come whole do not count, nor does what is run at once.
func TestWithinTheQueryBufferLimit(t *testing.T) {
	w := newWorld(t)
	w.limitQuery("1mb")
	p := w.v2()
	for _, size := range []int{1000, 40_000, 900_000} {
		n := 4_000_000 / size
		p.WriteRaw(fmt.Sprintf("*%d\r\n$3\r\nDEL\r\n", n+1) + strings.Repeat(bulk(size), n))
		p.next(int64(0))
		p.WriteRaw(strings.Repeat("*2\r\n$4\r\nECHO\r\n"+bulk(size), n))
		for range n {
			require.Len(t, p.Read(), size)
		}
	}
	p.ok("MULTI")
	p.do("NOPE")
	for range 3 { // nothing is queued: EXEC will not run it
		p.does("QUEUED", "SET", "k", strings.Repeat("x", 900_000))
	}
	require.Equal(t, 0, w.stat("client_query_buffer_limit_disconnections"))
}

// fields returns fields of a client's line in CLIENT LIST.
func (w *world) fields(p peer, names ...string) (values []int) {
	w.t.Helper()
	line := w.admin.do("CLIENT LIST ID", p.id).(string)
	for _, name := range names {
		m := regexp.MustCompile(" " + name + `=(\d+) `).FindStringSubmatch(line)
		require.NotNil(w.t, m, "%s in %q", name, line)
		n, _ := strconv.Atoi(m[1])
		values = append(values, n)
	}
	return values
}

func TestClientListTellsWhatAClientTakes(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	has := func(unread, words, queued int) {
		t.Helper()
		want := []int{unread, words, queued}
		w.until(func() bool { return fmt.Sprint(w.fields(p, "qbuf", "argv-mem", "multi-mem")) == fmt.Sprint(want) })
	}
	total := func(least int) {
		t.Helper()
		n := w.fields(p, "tot-mem")[0]
		require.GreaterOrEqual(t, n, least)
		require.LessOrEqual(t, n, 3*least+100_000) // Redis has buffers of fixed sizes
	}
	has(0, 0, 0)
	total(1000)
	p.WriteRaw("*3\r\n$3\r\nSET\r\n$5\r\nhello\r\n$10\r\nabc")
	has(3, 8, 0)
	p.WriteRaw("defghij\r\n")
	p.next("OK")
	has(0, 0, 0)
	p.WriteRaw("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$200000\r\n")
	has(0, 4, 0)
	total(200_000)
	p.WriteRaw(strings.Repeat("x", 100_000))
	has(100_000, 4, 0)
	p.WriteRaw(strings.Repeat("x", 100_000) + "\r\n")
	p.next("OK")
	p.ok("MULTI")
	for range 1000 {
		p.does("QUEUED", "SET", "key", strings.Repeat("x", 100))
	}
	has(0, 0, 1000*(106+3*8))
	total(130_000)
	p.ok("DISCARD")
	p.send("BLPOP list 0")
	has(0, 10, 0)
	w.admin.does(int64(1), "CLIENT UNBLOCK", p.id)
	p.next(nil)
	w.admin.does("OK", "CONFIG", "SET", overOutput, "pubsub 0 0 0")
	defer w.admin.does("OK", "CONFIG", "SET", overOutput, "pubsub 33554432 8388608 60")
	p.do("SUBSCRIBE ch")
	for range 16 {
		w.admin.do("PUBLISH", "ch", strings.Repeat("x", mega))
	}
	output := w.fields(p, "omem", "oll")
	require.Greater(t, output[0], mega)
	require.Positive(t, output[1])
	total(output[0])
}

// limitClients sets maxmemory-clients, until the test ends.
func (w *world) limitClients(limit string) {
	w.t.Helper()
	w.set("maxmemory-clients", limit, "0")
}

// evicts waits until as many clients have been evicted.
func (w *world) evicts(n int) {
	w.t.Helper()
	w.until(func() bool { return w.stat("evicted_clients") == n })
}

// queues makes a client queue bytes for EXEC.
func (p peer) queues(n int) {
	p.t.Helper()
	p.ok("MULTI")
	p.does("QUEUED", "SET", "k", strings.Repeat("x", n))
}

// crowd lets clients come, and queue something, until one client has been evicted.
func (w *world) crowd() {
	w.t.Helper()
	for w.stat("evicted_clients") == 0 {
		p := w.v2()
		p.ok("MULTI")
		p.send("SET", "k", strings.Repeat("x", 100_000))
	}
	require.Equal(w.t, 1, w.stat("evicted_clients"))
}

// Whoever takes most goes first, and no more than needed go.
func TestClientEviction(t *testing.T) {
	w := newWorld(t)
	w.limitClients("10mb")
	small, large, medium := w.v2(), w.v2(), w.v2()
	small.queues(10_000)
	large.queues(2_500_000)
	medium.queues(1_000_000)
	require.Equal(t, 0, w.stat("evicted_clients"))
	w.crowd()
	large.Closed()
	small.does([]any{"OK"}, "EXEC")
	medium.does([]any{"OK"}, "EXEC")
}

func TestClientEvictionSparesWhoAsks(t *testing.T) {
	w := newWorld(t)
	w.limitClients("10mb")
	large, medium := w.v2(), w.v2()
	large.ok("CLIENT NO-EVICT ON")
	large.queues(2_500_000)
	medium.queues(1_000_000)
	w.crowd()
	medium.Closed()
	large.does([]any{"OK"}, "EXEC")
}

// A client that others feed is evicted too, when the command that fed it is over.
func TestClientEvictionOfUnreadOutput(t *testing.T) {
	w := newWorld(t)
	w.limitClients("20mb")
	w.limitOutput("pubsub 0 0 0")
	sub, p := w.v2(), w.v2()
	sub.do("SUBSCRIBE ch")
	message := strings.Repeat("x", mega)
	w.admin.does(int64(40), "EVAL", "local n = 0 for i = 1, 40 do n = n + redis.call('publish', 'ch', ARGV[1]) end return n", 0, message)
	w.evicts(1)
	w.until(func() bool { return w.admin.do("CLIENT LIST ID", sub.id) == "" })
	p.does(int64(0), "PUBLISH ch x")
	require.Equal(t, 0, w.stat("client_output_buffer_limit_disconnections"))
}

// The client itself is evicted before its next command.
func TestClientEvictionOfTheOneThatRuns(t *testing.T) {
	w := newWorld(t)
	w.admin.does("OK", "SET", "k", strings.Repeat("x", mega))
	w.limitClients("5mb")
	p := w.v2()
	p.pipe("MGET"+strings.Repeat(" k", 10), "INCR done")
	w.evicts(1)
	p.Closed()
	w.admin.does(nil, "GET done")
}

// A percentage is one of maxmemory, and nothing without it.
func TestClientEvictionByPercentage(t *testing.T) {
	w := newWorld(t)
	w.limitClients("1%")
	p := w.v2()
	p.queues(2_000_000)
	require.Equal(t, 0, w.stat("evicted_clients"))
	w.set("maxmemory", "1gb", "0")
	p.does("QUEUED", "PING")
	require.Equal(t, 0, w.stat("evicted_clients"))
	w.admin.does("OK", "CONFIG", "SET", "maxmemory", "150mb")
	w.evicts(1)
	p.Closed()
}

// What clients take counts for maxmemory.
func TestClientsCountAsMemory(t *testing.T) {
	w := newWorld(t)
	p, other := w.v2(), w.v2()
	other.queues(5_000_000)
	require.Greater(t, w.stat("used_memory"), 5_000_000)
	w.set("maxmemory", strconv.Itoa(w.stat("used_memory")-2_000_000), "0")
	p.fails(errOOM, "SET a v")
	other.ok("DISCARD")
	w.until(func() bool { return p.do("SET a v") == "OK" })
}
