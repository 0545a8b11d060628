package torture

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	cacheCount  = 30
	writerCount = 4 // clients that only write
	ownKeys     = 2 // of each cache and writer
	counterKeys = 8

	squeezed    = 20 << 10        // bytes by which memory is too short, ten times a second
	roundLength = 4 * time.Second // of a round in which all write, before all is compared at rest
)

// setting is what differs between rounds.
type setting struct {
	name   string
	limit  int  // tracking-table-max-keys
	evicts bool // maxmemory is reached
	leaves bool // keys leave the table, or the database, because of commands that do not name them

	permissions bool // tracking-bcast-permissions, which only tattle has
}

// roundSettings end with the one in which others may be refused what they write.
var roundSettings = []setting{
	{name: "the default settings"},
	{name: "tracking-table-max-keys 20", limit: 20, leaves: true},
	{name: "tracking-bcast-permissions", permissions: true},
	{name: "maxmemory reached", evicts: true, leaves: true},
}

// coherence plays rounds until the time is over.
func (r *run) coherence() {
	for number := 0; !r.over(); number++ {
		if err := r.round(number); err != nil {
			r.find(nil, "a round ended: %v", err)
			return
		}
	}
}

// round is a time in which everybody reads and writes, after which all copies are compared
// with the server's values.
type round struct {
	*run
	*model
	number          int
	setting         setting
	owned, counters []string
	all             []string // what caches read
	counts          bool     // the counters are in use: not where they may be evicted
	acknowledged    map[string]*atomic.Int64

	mu  sync.Mutex
	ids []int64 // connections of caches, to be killed

	reads, hits, writes, increments, flushes, invalidations *atomic.Int64
}

func (r *run) newRound(number int) *round {
	settings := harmless(r, roundSettings)
	p := &round{run: r, number: number, setting: settings[number%len(settings)], acknowledged: map[string]*atomic.Int64{}}
	for i := range ownKeys * (cacheCount + writerCount) {
		p.owned = append(p.owned, fmt.Sprint("k:", i))
	}
	for i := range counterKeys {
		p.counters = append(p.counters, fmt.Sprint("n:", i))
		p.acknowledged[p.counters[i]] = new(atomic.Int64)
	}
	p.counts = !p.setting.evicts
	if p.all = p.owned; p.counts {
		p.all = append(p.owned[:len(p.owned):len(p.owned)], p.counters...)
	}
	p.model = newModel(append(p.owned[:len(p.owned):len(p.owned)], p.counters...))
	p.reads, p.hits, p.writes = r.counter("reads"), r.counter("hits"), r.counter("writes")
	p.increments, p.flushes, p.invalidations = r.counter("INCR"), r.counter("FLUSHDB"), r.counter("invalidations")
	return p
}

// keysOf returns the keys that an actor writes.
func (r *round) keysOf(i int) []string { return r.owned[i*ownKeys : (i+1)*ownKeys] }

// known adds connections to those that may be killed.
func (r *round) known(ids ...int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ids = append(r.ids, ids...); len(r.ids) > 4*cacheCount {
		r.ids = r.ids[2*cacheCount:]
	}
}

func (r *run) round(number int) error {
	control, err := r.target.dial(3)
	if err != nil {
		return err
	}
	defer control.close()
	p := r.newRound(number)
	if err := p.begin(control); err != nil {
		return err
	}
	caches := make([]*cache, cacheCount)
	ctx, cancel := context.WithTimeout(r.ctx, roundLength)
	defer cancel()
	p.play(ctx, caches)
	defer func() {
		for _, c := range caches {
			c.disconnect()
		}
	}()
	r.counter("rounds").Add(1)
	return p.rest(control, caches)
}

// begin empties the database and makes the settings.
func (p *round) begin(c *conn) error {
	if _, err := c.text("CONFIG", "SET", "maxmemory", 0, "maxmemory-policy", "allkeys-random", "tracking-table-max-keys", p.setting.limit); err != nil {
		return err
	}
	permissions := "no"
	if p.setting.permissions {
		permissions = "yes"
	}
	_, err := c.all([]any{"FLUSHDB"}, []any{"CONFIG", "RESETSTAT"}, []any{"CONFIG", "SET", "tracking-bcast-permissions", permissions},
		append([]any{"ACL", "SETUSER", "even", "reset", "on", "nopass", "+@all", "~n:*"}, evenKeys...))
	return err
}

// figure returns a number of INFO.
func figure(c *conn, name string) (int, error) {
	info, err := c.text("INFO")
	_, after, _ := strings.Cut(info, "\n"+name+":")
	text, _, _ := strings.Cut(after, "\r")
	n, _ := strconv.Atoi(text)
	return n, err
}

// play lets all actors act until the context ends.
func (p *round) play(ctx context.Context, caches []*cache) {
	actors := []func(context.Context, *conn, *rand.Rand) error{p.kill, p.pauseClients, p.flushNowAndThen, p.comeAndGo, p.comeAndGo, p.squeeze, p.reload}
	together(cacheCount+writerCount+len(actors), func(i int) {
		if i < cacheCount {
			caches[i] = p.newCache(i)
			caches[i].live(ctx)
			return
		}
		act := p.writer(p.keysOf(min(i, cacheCount+writerCount-1)))
		if i >= cacheCount+writerCount {
			act = actors[i-cacheCount-writerCount]
		}
		p.act(ctx, i, act)
	})
}

// live lets a cache act, and connect again whenever it was killed.
func (c *cache) live(ctx context.Context) {
	for err := c.connect(); ctx.Err() == nil; {
		if err == nil {
			err = c.step()
		}
		if err != nil {
			c.counter("reconnections").Add(1)
			pause(ctx, time.Millisecond)
			err = c.connect()
		}
	}
}

// act lets an actor act on a connection that nobody kills.
func (p *round) act(ctx context.Context, i int, act func(context.Context, *conn, *rand.Rand) error) {
	c, err := p.target.dial(3)
	rnd := p.rnd(fmt.Sprint("actor", p.number, i))
	for err == nil && ctx.Err() == nil {
		err = act(ctx, c, rnd)
	}
	c.close()
	if err != nil {
		p.find(c, "a connection that nobody kills ended: %v", err)
	}
}

// writer is an actor that only writes. Where memory is short, it also fills it.
func (p *round) writer(keys []string) func(context.Context, *conn, *rand.Rand) error {
	return func(ctx context.Context, c *conn, rnd *rand.Rand) error {
		pause(ctx, time.Duration(rnd.IntN(2000))*time.Microsecond)
		if p.setting.evicts {
			if _, err := c.do("SET", fmt.Sprint("fill:", rnd.IntN(1000)), strings.Repeat("x", 1000)); err != nil {
				return err
			}
		}
		return p.change(c, rnd, pick(rnd, keys), func(string) {})
	}
}

func (p *round) kill(ctx context.Context, c *conn, rnd *rand.Rand) error {
	pause(ctx, 20*time.Millisecond)
	p.mu.Lock()
	var id int64
	if len(p.ids) > 0 {
		id = pick(rnd, p.ids)
	}
	p.mu.Unlock()
	v, err := c.do("CLIENT", "KILL", "ID", id)
	if v == int64(1) {
		p.counter("kills").Add(1)
	}
	return err
}

func (p *round) pauseClients(ctx context.Context, c *conn, rnd *rand.Rand) error {
	pause(ctx, 300*time.Millisecond)
	p.counter("pauses").Add(1)
	_, err := c.do("CLIENT", "PAUSE", 10, pick(rnd, []any{"WRITE", "ALL"}))
	return err
}

func (p *round) flushNowAndThen(ctx context.Context, c *conn, _ *rand.Rand) error {
	pause(ctx, 200*time.Millisecond)
	return p.flush(c)
}

// squeeze makes memory too short, if the setting is so.
func (p *round) squeeze(ctx context.Context, c *conn, _ *rand.Rand) error {
	pause(ctx, 100*time.Millisecond)
	if !p.setting.evicts {
		return nil
	}
	used, err := figure(c, "used_memory")
	if err == nil {
		_, err = c.do("CONFIG", "SET", "maxmemory", used-squeezed)
	}
	return err
}

// reload has the server write everything to a file and read it again.
func (p *round) reload(ctx context.Context, c *conn, _ *rand.Rand) error {
	pause(ctx, 500*time.Millisecond)
	if p.shared {
		return nil
	}
	v, err := c.do("DEBUG", "RELOAD")
	if v == "OK" {
		p.counter("reloads").Add(1)
	}
	return err
}

// comeAndGo opens a connection that tracks, and closes it.
func (p *round) comeAndGo(_ context.Context, _ *conn, rnd *rand.Rand) error {
	c, err := p.target.dial(3)
	if err != nil {
		return err
	}
	defer c.close()
	p.counter("visitors").Add(1)
	_, err = c.all(append([]any{"CLIENT", "TRACKING", "ON"}, pick(rnd, modes).tracking...), []any{"GET", pick(rnd, p.all)}, []any{"GET", pick(rnd, p.all)})
	return err
}

// rest compares all copies and counters with the server, when nobody writes any more. Before
// that all caches read everything, and then each writes once.
func (p *round) rest(control *conn, caches []*cache) error {
	if _, err := control.all([]any{"CLIENT", "UNPAUSE"}, []any{"CONFIG", "SET", "maxmemory", 0}); err != nil {
		return err
	}
	time.Sleep(4 * lifetime * time.Millisecond) // writes that were cut off may leave expiring keys
	together(len(caches), func(i int) { caches[i].fill() })
	together(len(caches), func(i int) { caches[i].write() })
	server := map[string]any{}
	for _, key := range p.all {
		v, err := control.do("GET", key)
		if err != nil {
			return err
		}
		server[key] = v
	}
	for _, c := range caches {
		c.agree(server)
	}
	p.checkCounters(server)
	evicted, err := figure(control, "evicted_keys")
	p.counter("evictions").Add(int64(evicted))
	return err
}

// checkCounters makes sure that each INCR counted once. One whose reply was cut off may
// count or not.
func (p *round) checkCounters(server map[string]any) {
	for _, key := range p.counters {
		text, _ := server[key].(string)
		value, _ := strconv.Atoi(text)
		if low, high := int(p.acknowledged[key].Load()), p.keys[key].ceiling(); p.counts && (value < low || value > high) {
			p.find(nil, "%s is %d at rest, of %d INCR acknowledged and %d sent", key, value, low, high)
		}
	}
}
