package history

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/servertest"
)

// The size of a history: enough that every client meets invalidations of every kind
// and loses its connection many times, and small enough for the race detector.
const (
	keys       = 5
	operations = 1500 // of each client
	usersEach  = 2    // goroutines that share one cache
	cutOnce    = 120  // operations between two cuts, on average
)

// TestHistoriesAreLinearizable lets caches of all modes read and write the same keys while
// it cuts connections.
func TestHistoriesAreLinearizable(t *testing.T) {
	for _, cuts := range []bool{false, true} {
		t.Run(fmt.Sprintf("cuts=%v", cuts), func(t *testing.T) {
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			srv := servertest.Run(t)
			rec := &recorder{began: time.Now()}
			caches := make([]*cache, len(modes))
			for i, m := range modes {
				caches[i] = newCache(m, srv.Addr())
				require.NoError(t, caches[i].connect())
			}
			var all sync.WaitGroup
			for i, c := range caches {
				all.Go(func() { runCache(t, rec, c, i, cuts, rand.New(rand.NewPCG(seed, uint64(i)))) })
			}
			all.Wait()
			for _, c := range caches {
				c.end()
				require.Positive(t, c.hits, "%s never used its cache", c.mode.name)
				require.Positive(t, c.invalidations, "%s was never told of a change", c.mode.name)
				if cuts {
					require.Positive(t, c.deaths, "%s kept its connection", c.mode.name)
				}
			}
			rec.check(t)
		})
	}
}

// runCache lets goroutines use one cache until its operations are done. When a connection
// dies, they stop, the cache connects anew, and they go on.
func runCache(t *testing.T, rec *recorder, c *cache, number int, cuts bool, rnd *rand.Rand) {
	var left atomic.Int64
	left.Store(operations)
	for left.Load() > 0 {
		var users sync.WaitGroup
		for u := range usersEach {
			r := rand.New(rand.NewPCG(rnd.Uint64(), 0))
			users.Go(func() {
				for left.Add(-1) >= 0 {
					if err := operate(rec, c, number*usersEach+u, cuts, r); err != nil {
						if !errors.Is(err, errDown) {
							t.Errorf("%s: %v", c.mode.name, err)
						}
						return
					}
				}
			})
		}
		users.Wait()
		if left.Load() > 0 && !t.Failed() {
			c.cut() // if it is not cut yet
			if err := c.connect(); err != nil {
				t.Errorf("%s: connecting again: %v", c.mode.name, err)
				return
			}
		}
		if t.Failed() {
			return
		}
	}
}

// operate does one random operation.
func operate(rec *recorder, c *cache, client int, cuts bool, r *rand.Rand) error {
	key := fmt.Sprint("k", r.IntN(keys))
	value := fmt.Sprint(client, "-", r.Uint64())
	if cuts && r.IntN(cutOnce) == 0 {
		sever(c, r)
	}
	in, words := input{key: key, write: true, value: value}, []any{"SET", key, value}
	switch n := r.IntN(100); {
	case n < 70:
		return rec.record(client, input{key: key}, func() (string, error) {
			v, _, err := c.get(key)
			return v, err
		})
	case n < 80:
		words, in.old = append(words, "GET"), true
	case n < 85:
		words, in.value = []any{"DEL", key}, ""
	case n < 90:
		words = []any{"EVAL", "redis.call('SET', KEYS[1], 'for a moment') redis.call('SET', KEYS[1], ARGV[1])", 1, key, value}
	}
	return rec.record(client, in, func() (string, error) {
		v, err := c.write(key, words...)
		old, _ := v.(string)
		return old, err
	})
}

// sever ends a connection of c, either one if there are two. The client ends it in the
// middle of its work, or the server does.
func sever(c *cache, r *rand.Rand) {
	data, pushes := c.streams()
	switch r.IntN(3) {
	case 0:
		c.cut()
	case 1:
		data.do(nil, "CLIENT", "KILL", "TYPE", "normal", "LADDR", c.addr, "SKIPME", "no", "ADDR", data.nc.LocalAddr().String())
	case 2:
		data.do(nil, "CLIENT", "KILL", "ADDR", pushes.nc.LocalAddr().String(), "SKIPME", "no")
	}
}

// TestTheCheckFinds makes sure that a lost or late invalidation would be found.
func TestTheCheckFinds(t *testing.T) {
	srv := servertest.Run(t)
	c, writer := newCache(modes[0], srv.Addr()), newCache(mode{name: "plain"}, srv.Addr())
	require.NoError(t, c.connect())
	require.NoError(t, writer.connect())
	defer c.end()
	defer writer.end()
	rec := &recorder{began: time.Now()}
	get := func() {
		rec.record(0, input{key: "k"}, func() (string, error) { v, _, err := c.get("k"); return v, err })
	}
	set := func(v string) {
		rec.record(1, input{key: "k", write: true, value: v}, func() (string, error) {
			_, err := writer.write("k", "SET", "k", v)
			return "", err
		})
	}
	set("1")
	get()
	_, err := c.data.do(nil, "CLIENT", "TRACKING", "OFF") // so nobody tells it
	require.NoError(t, err)
	set("2")
	get()
	require.Equal(t, 1, c.hits)
	require.False(t, checkQuietly(rec))
}
