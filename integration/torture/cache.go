package torture

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/tattle-server/tattle/resp"
)

// mode is a way of caching.
type mode struct {
	name     string
	tracking []any // the words after CLIENT TRACKING ON
	to       int   // invalidations come on a second connection, of this version of the protocol
	proto    int
	caching  string // what CLIENT CACHING is given for a read that is not kept (OPTOUT) or kept (OPTIN)
	noLoop   bool
}

var modes = []mode{
	{name: "default", proto: 3},
	{name: "OPTIN", proto: 3, tracking: []any{"OPTIN"}, caching: "YES"},
	{name: "OPTOUT", proto: 3, tracking: []any{"OPTOUT"}, caching: "NO"},
	{name: "NOLOOP", proto: 3, tracking: []any{"NOLOOP"}, noLoop: true},
	{name: "BCAST", proto: 3, tracking: []any{"BCAST"}},
	{name: "BCAST PREFIX", proto: 3, tracking: []any{"BCAST", "PREFIX", "k:", "PREFIX", "n:"}},
	{name: "BCAST NOLOOP", proto: 3, tracking: []any{"BCAST", "NOLOOP"}, noLoop: true},
	{name: "REDIRECT to RESP3", proto: 3, to: 3},
	{name: "REDIRECT to RESP2", proto: 2, to: 2},
	{name: "BCAST REDIRECT", proto: 3, to: 2, tracking: []any{"BCAST"}},
}

// cache is a client with a cache. It reads what the server sends only when it wants to
// know something, and then everything.
type cache struct {
	*round
	mode
	rnd *rand.Rand
	own []string // the keys that it writes

	restricted bool     // its user may only use half of the keys
	visible    []string // the keys that it reads

	data, pushes *conn // the same, unless invalidations are redirected
	copies       map[string]held
	seen         map[string]int // by key: the latest version that it has read
}

// held is a copy of a value, nil for a key that is gone.
type held struct {
	value   any
	version int
}

// evenKeys are the rules that allow the keys with even numbers, and the other names that they have for
// a while.
var evenKeys = []any{"~k:*[02468]", "~tk:*[02468]"}

func (r *round) newCache(i int) *cache {
	c := &cache{round: r, mode: modes[i%len(modes)], rnd: r.rnd(fmt.Sprint("cache", r.number, i)), own: r.keysOf(i), visible: r.all, seen: map[string]int{}}
	if c.restricted = i >= cacheCount-len(modes); c.restricted {
		c.own = c.own[:1]
		c.visible = slices.DeleteFunc(slices.Clone(r.all), func(k string) bool { return k[0] == 'k' && (k[len(k)-1]-'0')%2 == 1 })
	}
	return c
}

// connect opens the connections anew, with an empty cache.
func (c *cache) connect() (err error) {
	c.disconnect()
	c.copies = map[string]held{}
	if c.data, err = c.target.dial(c.proto); err != nil {
		return err
	}
	c.data.pushed, c.pushes = c.take, c.data
	words := append([]any{"CLIENT", "TRACKING", "ON"}, c.tracking...)
	if c.to > 0 {
		if c.pushes, err = c.target.dial(c.to); err != nil {
			return err
		}
		c.pushes.pushed = c.take
		words = append(words, "REDIRECT", c.pushes.id)
		if c.to == 2 {
			c.pushes.subscribed = true
			if _, err = c.pushes.do("SUBSCRIBE", "__redis__:invalidate"); err != nil {
				return err
			}
		}
	}
	c.known(c.data.id, c.pushes.id)
	if c.restricted {
		if _, err = c.data.do("AUTH", "even", "any"); err != nil {
			return err
		}
	}
	_, err = c.data.do(words...)
	return err
}

func (c *cache) disconnect() {
	c.data.close()
	c.pushes.close()
}

// take acts on a push.
func (c *cache) take(p resp.Push) {
	if p[0] != "invalidate" {
		return
	}
	keys, some := p[1].([]any)
	if !some {
		clear(c.copies)
	}
	for _, k := range keys {
		delete(c.copies, k.(string))
		c.invalidations.Add(1)
	}
}

// drain waits until the cache knows everything that the server had to tell it so far.
func (c *cache) drain() error {
	if c.pushes != c.data {
		if _, err := c.pushes.do("PING"); err != nil {
			return err
		}
	}
	_, err := c.data.do("PING")
	return err
}

// step does one thing.
func (c *cache) step() error {
	if c.rnd.IntN(4) == 0 {
		return c.write()
	}
	key := pick(c.rnd, c.visible)
	for range 1 + c.rnd.IntN(looks) {
		if err := c.look(key); err != nil {
			return err
		}
	}
	return nil
}

// write changes one of its own keys, or a counter.
func (c *cache) write() error {
	return c.change(c.data, c.rnd, pick(c.rnd, c.own), func(key string) {
		if c.noLoop { // nobody else will
			delete(c.copies, key)
		}
	})
}

// fill looks at all keys, with connections that live.
func (c *cache) fill() {
	err := c.drain()
	if err != nil {
		err = c.connect()
	}
	for _, key := range c.visible {
		if err == nil {
			err = c.look(key)
		}
	}
}

// looks is how often a cache looks at a key in a row, at most.
const looks = 6

// look reads a key, from the cache if it is there.
func (c *cache) look(key string) error {
	floor, value := c.keys[key].floor()
	if err := c.drain(); err != nil {
		return err
	}
	c.reads.Add(1)
	copied, hit := c.copies[key]
	if !hit {
		return c.fetch(key)
	}
	c.hits.Add(1)
	if copied.value == nil {
		floor = value
	}
	if copied.version < floor {
		c.stale(key, "%v, version %d, though version %d was acknowledged before the PING that was answered", copied.value, copied.version, floor)
	}
	return nil
}

// fetch reads a key from the server.
func (c *cache) fetch(key string) error {
	keep := true
	commands := [][]any{{"GET", key}}
	if c.caching != "" && c.rnd.IntN(4) > 0 == (c.caching == "YES") {
		commands = [][]any{{"CLIENT", "CACHING", c.caching}, commands[0]}
	}
	if c.caching != "" {
		keep = (len(commands) == 2) == (c.caching == "YES")
	}
	h := c.keys[key]
	low, _ := h.floor()
	replies, err := c.data.all(commands...)
	if err != nil {
		return err
	}
	v := replies[len(replies)-1]
	version := c.judge(key, v, low, h.ceiling())
	if version < 0 || !keep {
		return nil
	}
	c.copies[key] = held{v, version}
	return nil
}

// judge returns the version of a value that was read while the key had one of the versions
// from low to high; -1 if it had none.
func (c *cache) judge(key string, v any, low, high int) int {
	text, some := v.(string)
	if !some {
		version := c.keys[key].lastGone(low, high)
		if version < 0 || v != nil {
			c.find(c.data, "%s reads %v of %s, whose version was %d to %d", c.mode.name, v, key, low, high)
		}
		return version
	}
	version := versionOf(text)
	switch {
	case version < low || version > high:
		c.find(c.data, "%s reads %q of %s, whose version was %d to %d", c.mode.name, text, key, low, high)
	case version < c.seen[key]:
		c.find(c.data, "%s reads %q of %s after version %d", c.mode.name, text, key, c.seen[key])
	}
	c.seen[key] = max(c.seen[key], version)
	return version
}

// stale reports a copy that is too old. NOLOOP with keys that leave because of one's own
// commands is known to leave such copies, in Redis and Valkey as well, and is counted apart.
func (c *cache) stale(key, format string, args ...any) {
	delete(c.copies, key)
	if c.noLoop && c.setting.leaves {
		c.counter("stale copies by NOLOOP with " + c.setting.name + " (known)").Add(1)
		return
	}
	c.find(c.pushes, "with %s a cache of mode %s holds %s as %s", c.setting.name, c.mode.name, key, fmt.Sprintf(format, args...))
}

// agree compares all copies with what the server has. Nobody writes meanwhile.
func (c *cache) agree(server map[string]any) {
	if c.drain() != nil {
		return // the server is gone, which others report
	}
	for key, copied := range c.copies {
		if copied.value != server[key] {
			c.stale(key, "%v at rest, where the server has %v", copied.value, server[key])
		}
		c.counter("copies compared at rest").Add(1)
	}
}

// valueOf is the value of a version; the padding makes it a string that is not a number now
// and then.
func valueOf(version int) string {
	return strconv.Itoa(version) + strings.Repeat(":padding", version%3)
}

func versionOf(value string) int {
	number, _, _ := strings.Cut(value, ":")
	n, err := strconv.Atoi(number)
	if err != nil {
		return -1
	}
	return n
}
