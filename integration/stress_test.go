package integration

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tattle-server/tattle/server/servertest"
)

// The size of the stress: enough to meet most orders of reads, writes and pushes,
// and small enough for the race detector.
const (
	stressRounds = 40
	stressKeys   = 24
	stressWrites = 20 // of each writer in a round
	stressReads  = 50 // of each reader in a round
	writers      = 3
	readersEach  = 2 // goroutines that share one client
)

// TestCachesAgreeInTheEnd lets all kinds of caches read while other clients write, in
// random order. When the last write of a round is done and the pushes have arrived, every
// cache must agree with the server: no invalidation was lost, whatever the order. A cache
// that missed one would keep its old value for ever. The rounds are short, because a loss
// shows only if no later write makes up for it.
func TestCachesAgreeInTheEnd(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	p := start(t)
	clients := make([]cachingClient, len(cachingClients))
	for i, kind := range cachingClients {
		clients[i] = kind.open(t, p.addr)
	}
	for round := range uint64(stressRounds) {
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() { writeAtRandom(t, p.addr, rand.New(rand.NewPCG(seed+round, uint64(w)))) })
		}
		for i, c := range clients {
			for r := range readersEach {
				rnd := rand.New(rand.NewPCG(seed+round, uint64(100+i*readersEach+r)))
				all.Go(func() { readAtRandom(t, cachingClients[i].name, c, rnd) })
			}
		}
		all.Wait()
		requireAgreement(t, p, clients)
	}
}

// requireAgreement waits until every cache has the values of the server.
func requireAgreement(t *testing.T, p *peer, clients []cachingClient) {
	t.Helper()
	for k := range stressKeys {
		p.Do("PERSIST", stressKey(k)) // no key may expire while they are compared
	}
	for k := range stressKeys {
		key := stressKey(k)
		truth := missing
		if v, there := p.Do("GET", key).(string); there {
			truth = v
		}
		for i, c := range clients {
			what := fmt.Sprintf("%s to agree that %s is %q", cachingClients[i].name, key, truth)
			await(t, what, func() bool { return read(t, c, key) == truth })
		}
	}
}

func stressKey(i int) string { return fmt.Sprint("x:", i) }

// writeAtRandom changes keys over a connection of its own, in every possible way.
func writeAtRandom(t *testing.T, addr string, rnd *rand.Rand) {
	c := servertest.Dial(t, addr)
	for n := range stressWrites {
		key, other := stressKey(rnd.IntN(stressKeys)), stressKey(rnd.IntN(stressKeys))
		for _, args := range randomWrite(rnd, key, other, fmt.Sprint(n, " ", rnd.Uint32())) {
			c.Do(args...) // some commands are refused: no such key, same key
		}
	}
	c.Close()
}

// randomWrite returns the commands of one change.
func randomWrite(rnd *rand.Rand, key, other, value string) do {
	switch n := rnd.IntN(100); {
	case n < 40:
		return do{{"SET", key, value}}
	case n < 50:
		return do{{"DEL", key}}
	case n < 60:
		return do{{"SET", key, value, "PX", 1 + rnd.IntN(20)}}
	case n < 68:
		return do{{"RENAME", key, other}}
	case n < 74:
		return do{{"COPY", key, other, "REPLACE"}}
	case n < 80:
		return do{{"APPEND", key, "+"}}
	case n < 90:
		return do{{"MULTI"}, {"SET", key, value}, {"DEL", other}, {"SET", other, value}, {"EXEC"}}
	case n < 97:
		return do{{"EVAL", "redis.call('SET', KEYS[1], ARGV[1]) redis.call('DEL', KEYS[2])", 2, key, other, value}}
	case n < 99:
		return do{{"PEXPIRE", key, 1 + rnd.IntN(20)}}
	default:
		return do{{"FLUSHALL"}}
	}
}

// readAtRandom reads keys through a cache. A value may be old, but must have been written at
// some time.
func readAtRandom(t *testing.T, name string, c cachingClient, rnd *rand.Rand) {
	for range stressReads {
		v, err := c.get(stressKey(rnd.IntN(stressKeys)))
		var n, r uint32
		if err == nil && v != missing {
			if _, bad := fmt.Sscanf(strings.TrimRight(v, "+"), "%d %d", &n, &r); bad != nil && v != strings.Repeat("+", len(v)) {
				err = fmt.Errorf("never written: %q", v)
			}
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
	}
}
