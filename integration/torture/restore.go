package torture

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/tattle-server/tattle/resp"
)

// restorers is how many connections restore at once.
const restorers = 2

//go:embed dumps.txt
var dumpsText string

// dumps are payloads without version and checksum, of all types and encodings.
var dumps = parseDumps(dumpsText)

func parseDumps(text string) (list []string) {
	for line := range strings.Lines(text) {
		_, quoted, ok := strings.Cut(strings.TrimSpace(line), `"`)
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		body, err := strconv.Unquote(`"` + quoted)
		if err != nil {
			panic(fmt.Sprintf("dumps.txt: %q: %v", line, err))
		}
		list = append(list, body)
	}
	return list
}

// restore restores mutated payloads and works with what the server makes of them.
func (r *run) restore() {
	together(restorers, func(i int) {
		c, err := r.target.dial(3)
		if err != nil {
			return
		}
		defer c.close()
		rnd, key := r.rnd(fmt.Sprint("restore", i)), fmt.Sprint("r:", i)
		for n := 0; err == nil && !r.over(); n++ {
			payload := dumps[n%len(dumps)]
			if n >= len(dumps) { // first all of them as they are
				payload = mutate(rnd, payload)
			}
			if err = r.restoreOne(c, rnd, key, string(seal([]byte(payload)))); err == nil && !r.shared {
				err = r.restoreLibraries(c, rnd)
			}
		}
		if err != nil {
			r.find(c, "the connection ended: %v", err)
		}
	})
}

// restoreOne restores a payload. What was accepted is read, written, copied, and dumped; the
// dump must be accepted as well.
func (r *run) restoreOne(c *conn, rnd *rand.Rand, key, payload string) error {
	r.counter("payloads").Add(1)
	v, err := c.do("RESTORE", key, 0, payload, "REPLACE")
	if err != nil {
		return fmt.Errorf("%w: %q", err, payload)
	}
	if v != "OK" {
		if _, refused := v.(resp.Error); !refused {
			r.find(c, "RESTORE of %q replies %v", payload, v)
		}
		return nil
	}
	r.counter("accepted").Add(1)
	replies, err := c.all(uses(rnd, key)...)
	if err != nil {
		return fmt.Errorf("%w: after RESTORE of %q", err, payload)
	}
	dump, some := replies[0].(string)
	if !some {
		return nil // it expired, or was empty
	}
	if v, err = c.do("RESTORE", key, 0, dump, "REPLACE"); err == nil && v != "OK" {
		r.find(c, "%q is accepted; its own DUMP %q is not: %v", payload, dump, v)
	}
	return err
}

// restoreLibraries restores a mutated library. What was accepted is listed, called and dumped;
// the dump must be accepted as well.
func (r *run) restoreLibraries(c *conn, rnd *rand.Rand) error {
	payload := libraryDump
	if rnd.IntN(10) > 0 {
		payload = mutate(rnd, payload)
	}
	payload = string(seal([]byte(payload)))
	r.counter("libraries").Add(1)
	replies, err := c.all([]any{"FUNCTION", "RESTORE", payload, pick(rnd, []string{"FLUSH", "APPEND", "REPLACE"})}, []any{"FUNCTION", "LIST", "WITHCODE"},
		[]any{"FCALL", "f_call", 0, "PING"}, []any{"FCALL_RO", "f_reads", 1, "r:0", "TYPE", "r:0"}, []any{"FUNCTION", "DUMP"})
	if err != nil {
		return fmt.Errorf("%w: after FUNCTION RESTORE of %q", err, payload)
	}
	if replies[0] == "OK" {
		r.counter("libraries accepted").Add(1)
	}
	dump := replies[len(replies)-1]
	v, err := c.do("FUNCTION", "RESTORE", dump, "FLUSH")
	if err == nil && v != "OK" {
		r.find(c, "after FUNCTION RESTORE of %q the server refuses its own FUNCTION DUMP %q: %v", payload, dump, v)
	}
	return err
}

// libraryDump is FUNCTION DUMP of the library without version and checksum: an opcode, and the
// code behind its length.
var libraryDump = "\xf5" + string(binary.BigEndian.AppendUint16(nil, 0x4000|uint16(len(library)))) + library

// uses are commands for a key of whatever type: those of the wrong type must fail.
func uses(rnd *rand.Rand, k string) [][]any {
	n, member := rnd.IntN(5)-2, pick(rnd, []string{"a", "f", "1", "m3", "x", ""})
	list := [][]any{
		{"TYPE", k}, {"OBJECT", "ENCODING", k}, {"MEMORY", "USAGE", k, "SAMPLES", 0}, {"COPY", k, k + ":copy", "REPLACE"}, {"DUMP", k + ":copy"},
		{"GET", k}, {"APPEND", k, "x"}, {"SETRANGE", k, 3, "y"}, {"INCR", k}, {"BITCOUNT", k}, {"STRLEN", k},
		{"LRANGE", k, 0, -1}, {"LINDEX", k, n}, {"LSET", k, n, "v"}, {"LINSERT", k, "BEFORE", member, "v"}, {"LREM", k, n, member}, {"LPUSH", k, "v"}, {"RPOP", k}, {"LTRIM", k, n, -1},
		{"SMEMBERS", k}, {"SADD", k, member, 7}, {"SREM", k, member}, {"SRANDMEMBER", k, n}, {"SPOP", k}, {"SSCAN", k, 0},
		{"HGETALL", k}, {"HSET", k, member, "v"}, {"HDEL", k, member}, {"HINCRBY", k, member, 1}, {"HPTTL", k, "FIELDS", 1, member}, {"HEXPIRE", k, 100, "FIELDS", 1, member}, {"HRANDFIELD", k, n, "WITHVALUES"},
		{"ZRANGE", k, 0, -1, "WITHSCORES"}, {"ZADD", k, n, member}, {"ZREM", k, member}, {"ZRANK", k, member}, {"ZINCRBY", k, "inf", member}, {"ZRANGEBYSCORE", k, "-inf", n}, {"ZPOPMIN", k}, {"ZCOUNT", k, n, "+inf"},
		{"SORT", k, "ALPHA", "LIMIT", 0, 3}, {"SCAN", 0, "COUNT", 5}, {"SUNIONSTORE", k + ":copy", k, k}, {"ZUNIONSTORE", k + ":copy", 2, k, k + ":copy"},
	}
	rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return append([][]any{{"DUMP", k}}, list[:6+rnd.IntN(len(list)-6)]...)
}

// extremes are bytes that mean lengths, signs and ends in payloads.
var extremes = []string{"\x00", "\xff", "\x7f", "\x80", "\x81", "\xc0", "\xc3", "\xfe", "\xff\xff\xff\xff", "\x00\x00\x00\x00", "\x80\x7f\xff\xff\xff", "\x81\x7f\xff\xff\xff\xff\xff\xff\xff"}

// mutate changes a payload in one to three places.
func mutate(rnd *rand.Rand, payload string) string {
	b := []byte(payload)
	for range 1 + rnd.IntN(3) {
		at := rnd.IntN(len(b) + 1)
		to := min(len(b), at+1+rnd.IntN(4))
		switch rnd.IntN(7) {
		case 0, 1: // a byte
			if at < len(b) {
				b[at] = byte(rnd.Uint32())
			}
		case 2: // a length
			b = slices.Replace(b, at, to, []byte(pick(rnd, extremes))...)
		case 3: // something more
			b = slices.Insert(b, at, []byte(pick(rnd, extremes))...)
		case 4: // something less
			b = slices.Delete(b, at, to)
		case 5: // the rest of another payload
			other := pick(rnd, dumps)
			b = append(b[:at], other[rnd.IntN(len(other)+1):]...)
		case 6: // a part twice
			b = slices.Insert(b, at, slices.Clone(b[at:to])...)
		}
	}
	return string(b)
}
