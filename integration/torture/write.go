package torture

import (
	"math/rand/v2"
	"strings"

	"github.com/tattle-server/tattle/resp"
)

// lifetime is how long a key lives that is to expire, in milliseconds.
const lifetime = 5

// way is a way to change a key.
type way struct {
	name     string
	gone     bool // the key has no value afterwards
	expires  bool // or some time later
	commands func(key, value string) [][]any
}

// ways are the ten ways to change a key; the tenth is FLUSHDB, which changes all, and
// eviction and the table's limit come by the settings of a round. INCR has keys of its own.
var ways = []way{
	{name: "SET", commands: func(k, v string) [][]any { return [][]any{{"SET", k, v}} }},
	{name: "DEL", gone: true, commands: func(k, _ string) [][]any { return [][]any{{"DEL", k}} }},
	{name: "PEXPIREAT", gone: true, commands: func(k, _ string) [][]any { return [][]any{{"PEXPIREAT", k, 1}} }},
	{name: "EXPIRE", expires: true, commands: func(k, v string) [][]any { return [][]any{{"SET", k, v, "PX", lifetime}} }},
	{name: "MULTI", commands: func(k, v string) [][]any { return transaction([]any{"GET", k}, []any{"SET", k, v}) }},
	{name: "EVAL", commands: func(k, v string) [][]any {
		return [][]any{{"EVAL", "redis.call('GET', KEYS[1]) return redis.call('SET', KEYS[1], ARGV[1])", 1, k, v}}
	}},
	{name: "RENAME", commands: func(k, v string) [][]any {
		return transaction([]any{"SET", "t" + k, v}, []any{"RENAME", "t" + k, k})
	}},
	{name: "COPY", commands: func(k, v string) [][]any {
		return transaction([]any{"SET", "t" + k, v}, []any{"COPY", "t" + k, k, "REPLACE"}, []any{"DEL", "t" + k})
	}},
	{name: "RESTORE", commands: func(k, v string) [][]any {
		return [][]any{{"RESTORE", k, 0, string(seal([]byte("\x00" + string(rune(len(v))) + v))), "REPLACE"}}
	}},
}

func transaction(commands ...[]any) [][]any {
	return append(append([][]any{{"MULTI"}}, commands...), []any{"EXEC"})
}

// change changes a key in one of the ways and waits for the acknowledgement. written is
// called when the reply is there.
func (r *round) change(c *conn, rnd *rand.Rand, key string, written func(string)) error {
	r.flushing.RLock()
	defer r.flushing.RUnlock()
	if r.counts && rnd.IntN(4) == 0 {
		return r.increment(c, pick(rnd, r.counters), written)
	}
	w, h := pick(rnd, ways), r.keys[key]
	version := h.begin(w.gone)
	ends := version
	if w.expires || r.setting.evicts {
		ends = h.begin(true) // from now on it may be gone at any time
	}
	replies, err := c.all(w.commands(key, valueOf(version))...)
	if err != nil {
		return err
	}
	written(key)
	if !r.accepted(c, replies) {
		return nil
	}
	h.acknowledge(version)
	r.writes.Add(1)
	if w.expires {
		return r.awaitExpiry(c, key, ends, written)
	}
	return nil
}

// accepted reports whether a change was made. Only a full memory is a reason for its not
// being made.
func (r *round) accepted(c *conn, replies []any) bool {
	last := replies[len(replies)-1]
	failure, failed := last.(resp.Error)
	list, _ := last.([]any)
	for _, v := range list {
		if e, ok := v.(resp.Error); ok {
			failure, failed = e, true
		}
	}
	if failed && !(r.setting.evicts && (strings.HasPrefix(string(failure), "OOM") || strings.HasPrefix(string(failure), "EXECABORT"))) {
		r.find(c, "a write was refused: %s", failure)
	}
	return !failed
}

// awaitExpiry waits until an expiring key is gone. While clients are paused, expired keys
// are not removed but only look so; DEL waits until that is over.
func (r *round) awaitExpiry(c *conn, key string, version int, written func(string)) error {
	for {
		v, err := c.do("EXISTS", key)
		if err == nil && v == int64(0) {
			v, err = c.do("DEL", key)
			written(key)
		}
		if err != nil {
			return err
		}
		if v == int64(0) {
			r.keys[key].acknowledge(version)
			return nil
		}
	}
}

// increment counts one up. Its version is what the server says.
func (r *round) increment(c *conn, key string, written func(string)) error {
	h := r.keys[key]
	h.begin(false)
	v, err := c.do("INCR", key)
	if err != nil {
		return err
	}
	written(key)
	n, ok := v.(int64)
	if !ok {
		r.find(c, "INCR replies %v", v)
		return nil
	}
	h.acknowledge(int(n))
	r.acknowledged[key].Add(1)
	r.increments.Add(1)
	return nil
}

// flush empties the database while nobody writes. The counters keep their values.
func (r *round) flush(c *conn) error {
	r.flushing.Lock()
	defer r.flushing.Unlock()
	versions := map[string]int{}
	for _, key := range r.owned {
		versions[key] = r.keys[key].begin(true)
	}
	commands := [][]any{{"MGET"}, {"MULTI"}, {"FLUSHDB"}}
	for _, key := range r.counters {
		commands[0] = append(commands[0], key)
	}
	if r.counts { // nobody sees them gone
		values, err := c.do(commands[0]...)
		if err != nil {
			return err
		}
		list, _ := values.([]any)
		for i, v := range list {
			if v != nil {
				commands = append(commands, []any{"SET", r.counters[i], v})
			}
		}
	}
	if _, err := c.all(append(commands[1:], []any{"EXEC"})...); err != nil {
		return err
	}
	for key, version := range versions {
		r.keys[key].acknowledge(version)
	}
	r.flushes.Add(1)
	return nil
}
