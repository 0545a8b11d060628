package torture

import (
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/tattle-server/tattle/resp"
)

const (
	churnConns  = 10_000 // that come and go, if there is time
	churnAtOnce = 200
	churnBeside = 20               // at once where there are other attacks
	quiesce     = 10 * time.Second // how long the server may take to notice that all are gone
)

// death is a state in which connections die.
type death struct {
	name string
	last func(rnd *rand.Rand) []byte // what they send last
}

// sending is a death after sending commands.
func sending(name string, commands ...[]any) death {
	b := packets(commands...)
	return death{name, func(*rand.Rand) []byte { return b }}
}

// deaths end with the one that stops everybody else.
var deaths = []death{
	{"in mid-frame", func(rnd *rand.Rand) []byte {
		b := packets([]any{"SET", "c:half", strings.Repeat("x", 5000)})
		return b[:1+rnd.IntN(len(b)-1)]
	}},
	{"subscribed", func(rnd *rand.Rand) []byte {
		return packets([]any{"SUBSCRIBE", fmt.Sprint("c", rnd.IntN(100)), "c:all"}, []any{"PSUBSCRIBE", "c*"}, []any{"SSUBSCRIBE", "c:shard"})
	}},
	sending("idle"),
	sending("in MULTI", []any{"WATCH", "c:1"}, []any{"MULTI"}, []any{"SET", "c:1", "v"}),
	sending("in BLPOP", []any{"BLPOP", "c:list", "c:list2", 100000}),
	sending("in BZPOPMIN", []any{"MULTI"}, []any{"BLMOVE", "c:list", "c:list2", "LEFT", "LEFT", 0}, []any{"EXEC"}, []any{"BZPOPMIN", "c:z", 0}),
	sending("in EVAL", []any{"EVAL", "for i = 1, 2000 do redis.call('GET', 'c:' .. i) end return 1", 0}),
	sending("in MONITOR", []any{"MONITOR"}),
	sending("reading nothing", slices.Repeat([][]any{{"GET", "c:large"}}, 50)...),
	sending("paused", []any{"CLIENT", "PAUSE", 5}, []any{"GET", "c:1"}),
}

func packets(commands ...[]any) (b []byte) {
	for _, words := range commands {
		b = resp.AppendCommand(b, words...)
	}
	return b
}

// churn lets connections come and go, in two halves that should cost the same memory.
func (r *run) churn() {
	var used []usage
	for part, n := range []int{churnConns / 100, churnConns / 2, churnConns / 2} { // first what stays: buffers, threads
		r.visitors(n, part)
		if !r.settled() {
			return
		}
		used = append(used, r.target.usage())
	}
	if !r.shared {
		r.note("used before %v, halfway %v, afterwards %v", used[0], used[1], used[2])
		r.flat(used[1], used[2])
	}
}

// flat makes sure that of two states of rest the later one does not use much more.
func (r *run) flat(before, after usage) {
	const (
		memory      = 64 << 20 // the collector's freedom
		descriptors = 8
		threads     = 16
	)
	if before.resident == 0 {
		return
	}
	if after.resident > before.resident*3/2+memory || after.descriptors > before.descriptors+descriptors || after.threads > before.threads+threads {
		r.find(nil, "what the server uses has grown: %v, later %v", before, after)
	}
}

// visitors lets n connections come and go, in groups.
func (r *run) visitors(n, part int) {
	control, err := r.target.dial(3)
	if err != nil {
		return
	}
	defer control.close()
	if _, err := control.do("SET", "c:large", strings.Repeat("x", 100_000)); err != nil {
		return
	}
	atOnce := min(n, churnAtOnce)
	if r.shared {
		atOnce = min(n, churnBeside)
	}
	for group := 0; group*atOnce < n && !r.over(); group++ {
		together(atOnce, func(i int) {
			r.visit(r.rnd(fmt.Sprint("visitor", part, group, i)))
		})
		if _, err := control.do("SET", fmt.Sprint("c:", group%10), group); err != nil {
			r.find(control, "a connection that does nothing wrong ended: %v", err)
			return
		}
	}
}

// visit is the life of a connection.
func (r *run) visit(rnd *rand.Rand) {
	c, err := r.target.dial(2 + rnd.IntN(2))
	if err != nil {
		r.find(nil, "a connection was not accepted: %v", err)
		return
	}
	defer c.close()
	mode := pick(rnd, modes)
	commands := [][]any{append([]any{"CLIENT", "TRACKING", "ON"}, mode.tracking...)}
	for range 5 {
		commands = append(commands, []any{"GET", fmt.Sprint("c:", rnd.IntN(1000))})
	}
	if _, err := c.all(commands...); err != nil {
		r.find(c, "a connection ended before it was to die: %v", err)
		return
	}
	end := pick(rnd, harmless(r, deaths))
	c.write(end.last(rnd))
	if rnd.IntN(2) == 0 {
		c.nc.(*net.TCPConn).SetLinger(0) // a reset, not an orderly end
	}
	r.counter("connections").Add(1)
	r.counter("died " + end.name).Add(1)
}

// settled waits until nothing is left of the connections that are gone. It reports what
// stays, and whether nothing does.
func (r *run) settled() bool {
	if r.shared {
		return true
	}
	c, err := r.target.dial(3)
	if err != nil {
		return false
	}
	defer c.close()
	var left string
	for limit := time.Now().Add(quiesce); time.Now().Before(limit); time.Sleep(10 * time.Millisecond) {
		if left, err = leftovers(c); err != nil || left == "" {
			break
		}
	}
	if err != nil || left != "" {
		r.find(c, "after all connections were closed there is still: %s %v", left, err)
		return false
	}
	return true
}

// zeros are the figures of INFO that are zero when there are no clients and no keys but one
// connection that does nothing special.
var zeros = strings.Fields("tracking_clients blocked_clients pubsub_clients watching_clients tracking_total_keys tracking_total_items " +
	"tracking_total_prefixes pubsub_channels pubsub_patterns pubsubshard_channels total_blocking_keys")

// leftovers returns what is left of clients that are gone. It empties the database: ids of
// the gone leave the tracking table with their keys.
func leftovers(c *conn) (string, error) {
	var left []string
	if _, err := c.do("FLUSHALL"); err != nil {
		return "", err
	}
	info, err := c.text("INFO", "everything")
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		for _, zero := range zeros {
			if name == zero && value != "0" {
				left = append(left, name+" "+value)
			}
		}
	}
	list, err2 := c.text("CLIENT", "LIST")
	if n := strings.Count(list, "\n"); n != 1 {
		left = append(left, fmt.Sprintf("%d clients, such as %.300s", n, list))
	}
	if err == nil {
		err = err2
	}
	return strings.Join(left, ", "), err
}
