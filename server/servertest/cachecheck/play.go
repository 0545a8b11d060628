package cachecheck

import (
	"fmt"
	"slices"
	"time"

	"github.com/tattle-server/tattle/server/servertest"
)

// play is one list of steps, played with a server and caches of its own.
type play struct {
	settings
	t      servertest.TB
	open   Open
	srv    *servertest.Server
	caches []*cache // nil for those that no step has used
	keys   []*timeline

	steps   []step // what was done
	heard   uint64 // the last of the server's events that hear has seen
	log     []string
	wrong   []string        // the findings
	unsure  map[string]bool // values that may have been written, since their write failed
	barrier int             // how many unknown keys were read
	tracked bool            // some cache had tracking on
}

// epoch is the time at which every play begins. Only the steps move the clock.
var epoch = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// perform plays the steps up to the first wrong read. At the end it compares the caches
// with the server.
func perform(t servertest.TB, s settings, open Open, steps []step) *play {
	t.Helper()
	st := &stage{TB: t}
	defer st.end()
	p := &play{settings: s, t: st, open: open, caches: make([]*cache, s.clients), unsure: map[string]bool{}}
	for range s.keys {
		p.keys = append(p.keys, newTimeline())
	}
	p.srv = servertest.Run(st, append([]servertest.Option{servertest.WithManualClock(epoch)}, s.server...)...)
	defer p.close()
	for _, next := range steps {
		p.steps = append(p.steps, next)
		if p.do(next); len(p.wrong) > 0 {
			return p
		}
	}
	p.do(step{kind: quiet, number: s.steps + 1})
	return p
}

func (p *play) close() {
	for _, c := range p.caches {
		if c != nil {
			p.stall(c, false)
			c.Close()
		}
	}
}

// do does a step and logs it, with what the server and the caches did.
func (p *play) do(s step) {
	p.landBefore(s)
	at := len(p.log)
	p.log = append(p.log, fmt.Sprintf("%3d  %s", s.number, s))
	if result := p.act(s); result != "" {
		p.log[at] += ": " + result
	}
	p.observe()
	p.hear(s)
}

// act does a step and returns its result.
func (p *play) act(s step) string {
	switch s.kind {
	case read:
		c := p.cache(s.client)
		return p.judge(c, c.beginRead(s.key))
	case slowRead:
		return p.readSlowly(p.cache(s.client), s.key)
	case write:
		return p.write(p.cache(s.client), s)
	case foreignWrite:
		p.command("SET", keyName(s.key), s.value())
	case mortalWrite:
		p.command("SET", keyName(s.key), s.value(), "PX", mortalFor.Milliseconds())
	case foreignDelete:
		p.command("DEL", keyName(s.key))
	case flushAll:
		p.command("FLUSHALL")
	case expire:
		p.srv.FastForward(2 * mortalFor)
	case evict:
		p.srv.EvictTracked(s.evicts())
	case quiet:
		p.compare()
	default:
		return p.disturb(p.caches[s.client], s)
	}
	return ""
}

// command runs a command as another client.
func (p *play) command(args ...any) any {
	p.t.Helper()
	reply, err := p.srv.Call(0, args...)
	if err != nil {
		p.t.Fatalf("cachecheck: %v: %v", args, err)
	}
	return reply
}

// cache returns a cache. It opens the cache on first use.
func (p *play) cache(i int) *cache {
	p.t.Helper()
	if p.caches[i] == nil {
		client, err := p.open(p.srv, cacheName(i))
		if err != nil {
			p.t.Fatalf("cachecheck: opening %s: %v", cacheName(i), err)
		}
		p.caches[i] = newCache(client, cacheName(i), p.settings.keys)
		p.caches[i].ask("hello") // some caches connect on their first read
	}
	return p.caches[i]
}

// readSlowly begins a read whose reply stays at the server, unless the cache itself has
// the answer.
func (p *play) readSlowly(c *cache, key int) string {
	p.stall(c, true)
	f := c.beginRead(key)
	p.await(func() bool { return f.over() || p.replies(c) })
	if f.over() {
		p.stall(c, false)
		return p.judge(c, f)
	}
	c.flying = f
	return ""
}

// replies reports whether the server has output for a cache that is not written yet.
func (p *play) replies(c *cache) bool {
	return slices.ContainsFunc(p.connections(c), func(conn servertest.Client) bool { return conn.PendingOutput > 0 })
}

// landBefore ends the slow reads that must end before a step: a cache does one thing at a
// time.
func (p *play) landBefore(s step) {
	for i, c := range p.caches {
		mine := i == s.client && (s.kind == read || s.kind == slowRead || s.kind == write)
		if c != nil && (mine || s.kind == quiet) {
			p.land(c)
		}
	}
}

// land ends a slow read. Invalidations on another connection get a moment to overtake the
// reply.
func (p *play) land(c *cache) {
	f := c.flying
	if f == nil {
		return
	}
	c.flying = nil
	<-time.After(overtake)
	p.stall(c, false)
	p.log = append(p.log, fmt.Sprintf("     %s has read %s: %s", c.name, keyName(f.key), p.judge(c, f)))
}

// overtake is how long invalidations may take to overtake a reply, and underWay how long
// a command may take to reach the server. They only change how likely it is that a mistake
// is found.
const (
	overtake = time.Millisecond
	underWay = 50 * time.Millisecond
)

// await waits until a condition is true, for at most underWay.
func (p *play) await(met func() bool) {
	for began := time.Now(); !met() && time.Since(began) < underWay; {
		<-time.After(20 * time.Microsecond)
	}
}

// write makes a cache write a key. If that fails, the value may have been written or not.
func (p *play) write(c *cache, s step) string {
	if err := c.write(s.key, s.value()); err != nil {
		p.unsure[s.value()] = true
		return fmt.Sprintf("error: %v", err)
	}
	return ""
}

// connections returns the open connections of a cache.
func (p *play) connections(c *cache) (list []servertest.Client) {
	for _, info := range p.srv.Clients() {
		if info.Name == c.name {
			list = append(list, info)
			c.conns[info.ID] = true
			p.tracked = p.tracked || info.Tracking.On
		}
	}
	return list
}

// observe records the current states of the keys.
func (p *play) observe() {
	for k, line := range p.keys {
		value, found := p.command("GET", keyName(k)).(string)
		line.observe(state{value, found})
	}
}

// stage is the test as the server of a play sees it. Its cleanups run at the end of the
// play, not of the test.
type stage struct {
	servertest.TB
	cleanups []func()
}

func (s *stage) Cleanup(fn func()) { s.cleanups = append(s.cleanups, fn) }

func (s *stage) end() {
	for i := len(s.cleanups) - 1; i >= 0; i-- {
		s.cleanups[i]()
	}
}
