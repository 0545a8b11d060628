//go:build linux

package bench

import (
	"fmt"
	"strconv"
	"strings"
)

// What a million elements take: as one value, and as keys. Then half of them are removed,
// picked at random, and then all but ten.

// What the names and descriptions of these cases begin with; [Report.WriteMemory] shows them.
const memoryPrefix, memoryAbout = "memory-", "memory of a million: "

// elements is how many elements there are, and few how many are left at the end.
const elements, few = 1_000_000, 10

// The figures of these cases. The first is resident memory that came, as are half and few; the
// estimate is that of MEMORY USAGE for a value and of used_memory for keys.
const (
	memoryFull     = "full"
	memoryHalf     = "half"
	memoryFew      = "few"
	memoryEstimate = "estimate"
	memoryFill     = "fill" // processor time for each element
)

// memoryRow is one kind of element. The number of an element stands for # in its commands.
type memoryRow struct {
	name, about string
	add         func(e *Env)
	remove      func(e *Env, from, to int)
	keys        bool
}

func memoryCases() (list []Case) {
	for _, r := range memoryRows() {
		list = append(list, Case{
			Name: memoryPrefix + r.name, Long: true, About: memoryAbout + r.about,
			Figures: []Figure{
				{Name: memoryFull, Unit: megabytes, Goal: atMost(2)},
				{Name: memoryHalf, Unit: megabytes, Goal: atMost(2)},
				{Name: memoryFew, Unit: megabytes},
				{Name: memoryEstimate, Unit: megabytes},
				{Name: memoryFill, Unit: nanos},
			},
			run: func(e *Env) { memory(e, r) },
		})
	}
	return list
}

const (
	short8   = "m#######"
	long24   = "a-member-of-set-m#######"
	integer7 = "1######"
	idOf     = "17000#######-1"
)

func memoryRows() []memoryRow {
	value := func(name, about string, add, remove []string) memoryRow {
		return memoryRow{name: name, about: about, add: adding(sizeOne, add...), remove: removing(remove...)}
	}
	keys := func(name, about string, reply int, add ...string) memoryRow {
		return memoryRow{name: name, about: about, add: adding(reply, add...), remove: removing("DEL", key16), keys: true}
	}
	list := func(name, about, element string) memoryRow {
		return memoryRow{name: name, about: about, add: pushing(element), remove: trimming(-1, "LTRIM", "v", "0")}
	}
	field, text := "f#######", strings.Repeat("v", 9)+"#######"
	entry := []string{"XADD", "v", idOf, "field-one-", "value#####", "field-two-", "value#####"}
	id := len("$14\r\n\r\n") + 14
	five := func(words ...string) (all []string) {
		for i := range 5 {
			for _, w := range words {
				all = append(all, strings.ReplaceAll(w, "?", strconv.Itoa(i)))
			}
		}
		return all
	}
	sizeFive := len(":5\r\n")
	return []memoryRow{
		value("set-8", "set, members of 8 bytes", words("SADD", "v", short8), words("SREM", "v", short8)),
		value("set-24", "set, members of 24 bytes", words("SADD", "v", long24), words("SREM", "v", long24)),
		value("set-integers", "set of integers", words("SADD", "v", integer7), words("SREM", "v", integer7)),
		value("hash", "hash, fields of 8 bytes, values of 16", words("HSET", "v", field, text), words("HDEL", "v", field)),
		value("hash-deadlines", "the same, each field with a deadline", words("HSETEX", "v", "EX", "100000", "FIELDS", "1", field, text), words("HDEL", "v", field)),
		list("list-8", "list, elements of 8 bytes", short8),
		list("list-integers", "list of integers", integer7),
		list("list-100", "list, elements of 100 bytes", strings.Repeat("x", 93)+"#######"),
		value("zset-8", "sorted set, members of 8 bytes", words("ZADD", "v", "#######", short8), words("ZREM", "v", short8)),
		value("zset-24", "sorted set, members of 24 bytes", words("ZADD", "v", "#######", long24), words("ZREM", "v", long24)),
		{name: "stream", about: "stream, entries of 2 fields of 10 bytes", add: adding(id, entry...), remove: trimming(0, "XTRIM", "v", "MAXLEN")},
		{name: "stream-pending", about: "the same, all pending in a group; acknowledged, not trimmed", add: pending(adding(id, entry...)), remove: removing("XACK", "v", "g", idOf)},
		keys("keys", "keys of 16 bytes, values of 16", sizeOK, "SET", key16, value16),
		keys("keys-deadlines", "the same, with a time to live", sizeOK, "SET", key16, value16, "EX", "100000"),
		keys("keys-hashes", "hashes of 5 fields of 2 bytes, values of 8", sizeFive, append(words("HSET", key16), five("f?", "value-?-")...)...),
		keys("keys-sets", "sets of 5 members of 8 bytes", sizeFive, append(words("SADD", key16), five("member-?")...)...),
		keys("keys-zsets", "sorted sets of 5 members of 8 bytes", sizeFive, append(words("ZADD", key16), five("?", "member-?")...)...),
		keys("keys-lists", "lists of 5 elements of 8 bytes", sizeFive, append(words("RPUSH", key16), five("member-?")...)...),
	}
}

func words(w ...string) []string { return w }

// adding sends a command for each element.
func adding(reply int, command ...string) func(*Env) {
	return func(e *Env) {
		c := e.join()
		e.pump(c, NewTemplate(command...).Of(shuffledIf(command[0] != "XADD")), 0, elements, pipeline, pipeDepth, reply)
		e.leave(c)
	}
}

// shuffledIf returns the numbers of the elements in a random order, or nil for their own order.
func shuffledIf(random bool) []uint32 {
	if random {
		return shuffled(0, elements, 1)
	}
	return nil
}

// removing sends a command for each element that is to go.
func removing(command ...string) func(*Env, int, int) {
	return func(e *Env, from, to int) {
		c := e.join()
		e.pump(c, NewTemplate(command...).Of(shuffled(0, elements, 2)), from, to-from, pipeline, pipeDepth, sizeOne)
		e.leave(c)
	}
}

// pushing fills a list, many elements at a time: the replies differ in length.
func pushing(element string) func(*Env) {
	return func(e *Env) {
		c := e.dial()
		defer c.Close()
		t := parseTemplate([]byte(element))
		for n := 0; n < elements; {
			line := words("RPUSH", "v")
			for range fillBatch {
				line = append(line, string(t.Append(nil, n)))
				n++
			}
			must(c.Do(line...))
		}
	}
}

// trimming sends one command, which ends in the number of elements that are to stay, plus more.
func trimming(more int, command ...string) func(*Env, int, int) {
	return func(e *Env, _, to int) { e.do(append(command, strconv.Itoa(elements-to+more))...) }
}

// pending hands out all entries after they were added.
func pending(add func(*Env)) func(*Env) {
	return func(e *Env) {
		add(e)
		c := e.dial([]string{"XGROUP", "CREATE", "v", "g", "0"})
		defer c.Close()
		for range elements / fillBatch {
			must(c.Do("XREADGROUP", "GROUP", "g", "c", "COUNT", strconv.Itoa(fillBatch), "STREAMS", "v", ">"))
		}
	}
}

func memory(e *Env, r memoryRow) {
	const mb = 1 << 20
	before, used := e.resident(), e.used()
	took := e.measure(func() { r.add(e) })
	e.report(memoryFill, 0, ns(took.cpu, elements))
	e.report(memoryFull, 0, (e.resident()-before)/mb)
	estimate := e.used() - used
	if !r.keys {
		estimate = float64(must(strconv.ParseInt(fmt.Sprint(e.do("MEMORY", "USAGE", "v", "SAMPLES", "0")), 10, 64)))
	}
	e.report(memoryEstimate, 0, estimate/mb)
	r.remove(e, 0, elements/2)
	e.report(memoryHalf, 0, (e.resident()-before)/mb)
	r.remove(e, elements/2, elements-few)
	e.report(memoryFew, 0, (e.resident()-before)/mb)
}

// used returns the server's used_memory in bytes.
func (e *Env) used() float64 {
	_, after, ok := strings.Cut(fmt.Sprintf("%s", e.do("INFO", "memory")), "used_memory:")
	if !ok {
		check(fmt.Errorf("INFO has no used_memory"))
	}
	return must(strconv.ParseFloat(strings.Fields(after)[0], 64))
}
