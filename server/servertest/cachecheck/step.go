package cachecheck

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// kind is what a step does.
type kind uint8

const (
	read          kind = iota // a cache reads a key
	slowRead                  // a cache begins to read a key; the reply stays at the server until the cache's next read or write
	write                     // a cache writes a key
	foreignWrite              // another client writes a key
	mortalWrite               // another client writes a key that will expire
	foreignDelete             // another client deletes a key
	flushAll                  // another client empties the server
	expire                    // the clock moves on, and mortal keys expire
	evict                     // the tracking table drops keys
	hold                      // a cache's invalidations are withheld
	release                   // they are released
	reorder                   // they are released, the last one first
	delay                     // a cache's invalidations come later
	duplicate                 // a cache's invalidations come twice
	cutAll                    // all of a cache's connections are cut
	cutOne                    // one of a cache's connections is cut
	cutAtPush                 // a cache's connection is cut in place of the next invalidation
	quiet                     // everything withheld is released, and the caches are compared with the server
	kinds
)

// weights are how often each kind comes: mostly reads and foreign writes, which must meet
// on a key between the rarer kinds.
var weights = [kinds]int{
	read: 30, slowRead: 14, write: 6, foreignWrite: 26, mortalWrite: 5, foreignDelete: 5, flushAll: 3, expire: 3,
	evict: 3, hold: 4, release: 3, reorder: 1, delay: 1, duplicate: 1, cutAll: 2, cutOne: 2, cutAtPush: 2, quiet: 8,
}

// step is one thing that a play does.
type step struct {
	kind   kind
	number int // in the whole list; the value that the step writes is named after it
	client int
	key    int
	choice int // which connection, how many keys
}

// mortalFor is how long a mortal key lives. An expire step moves the clock well beyond
// that.
const mortalFor = 10 * time.Second

// delayFor is how late delayed invalidations are: long enough for many other steps.
const delayFor = 2 * time.Millisecond

// generate makes the steps of a round.
func (s *settings) generate(round uint64) []step {
	rnd := rand.New(rand.NewPCG(s.seed, round))
	total := 0
	for _, w := range weights {
		total += w
	}
	steps := make([]step, s.steps)
	for i := range steps {
		steps[i] = step{
			kind: pick(rnd.IntN(total)), number: i + 1,
			client: rnd.IntN(s.clients), key: rnd.IntN(s.keys), choice: rnd.IntN(12),
		}
	}
	return steps
}

// pick returns the kind at a position in the sum of all weights.
func pick(at int) kind {
	for k, w := range weights {
		if at < w {
			return kind(k)
		}
		at -= w
	}
	panic("cachecheck: beyond all weights")
}

func cacheName(i int) string { return fmt.Sprint("cache-", i) }
func keyName(i int) string   { return fmt.Sprint("key-", i) }

// value returns the value that a step writes.
func (s step) value() string { return fmt.Sprint("v", s.number) }

// String describes the step, without its result.
func (s step) String() string {
	who, key := cacheName(s.client), keyName(s.key)
	switch s.kind {
	case read:
		return fmt.Sprintf("%s reads %s", who, key)
	case slowRead:
		return fmt.Sprintf("%s reads %s, the reply is slow", who, key)
	case write:
		return fmt.Sprintf("%s writes %s = %s", who, key, s.value())
	case foreignWrite:
		return fmt.Sprintf("another client writes %s = %s", key, s.value())
	case mortalWrite:
		return fmt.Sprintf("another client writes %s = %s, to expire", key, s.value())
	case foreignDelete:
		return fmt.Sprintf("another client deletes %s", key)
	case evict:
		return fmt.Sprintf("the tracking table drops %d keys", s.evicts())
	case flushAll, expire, quiet:
		return text[s.kind]
	}
	return who + ": " + text[s.kind]
}

var text = [kinds]string{
	flushAll: "another client empties the server", expire: "the clock moves on, keys expire", quiet: "everything is released, and compared",
	hold: "invalidations are withheld", release: "invalidations are released", reorder: "invalidations are released, the last one first",
	delay: "invalidations come later", duplicate: "invalidations come twice", cutAll: "all connections are cut",
	cutOne: "a connection is cut", cutAtPush: "a connection is cut in place of the next invalidation",
}

// evicts returns how many keys an evict step drops.
func (s step) evicts() int { return 1 + s.choice%3 }
