package history

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/servertest"
)

// The sizes of the history with rueidis.
const (
	rueidisKeys     = 4
	rueidisReaders  = 4
	rueidisReads    = 1500
	rueidisKillOnce = 300 // writes between two kills
)

// TestRueidisNeverReadsWhatWasInvalidated gives each key one writer that counts up.
// A reader that has received a PONG after a write was answered must not get an older value
// from its cache, and must never go back in time. Connections are killed meanwhile, and the
// cache must be dropped with them.
func TestRueidisNeverReadsWhatWasInvalidated(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	srv := servertest.Run(t)
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress:       []string{srv.Addr()},
		PipelineMultiplex: -1, // one connection, so that PING waits for what the cache is told
	})
	require.NoError(t, err)
	defer client.Close()

	var answered [rueidisKeys]atomic.Int64
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for k := range rueidisKeys {
		c := servertest.Dial(t, srv.Addr())
		writers.Go(func() { countUp(c, k, &answered[k], stop) })
	}
	var hits atomic.Int64
	for r := range rueidisReaders {
		rnd := rand.New(rand.NewPCG(seed, uint64(r)))
		readers.Go(func() { readForward(t, client, &answered, &hits, rnd) })
	}
	readers.Wait()
	close(stop)
	writers.Wait()
	require.Positive(t, hits.Load(), "the cache was never used")
}

// countUp writes 1, 2, 3 ... to a key. Now and then, the writer of key 0 kills the
// connections that track.
func countUp(c *servertest.Conn, k int, answered *atomic.Int64, stop chan struct{}) {
	for n := int64(1); ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		c.Do("SET", counter(k), n)
		answered.Store(n)
		if k == 0 && n%rueidisKillOnce == 0 {
			killTrackers(c)
		}
	}
}

func counter(k int) string { return fmt.Sprint("counter:", k) }

// killTrackers kills every client with tracking on.
func killTrackers(c *servertest.Conn) {
	list, _ := c.Do("CLIENT", "LIST").(string)
	for line := range strings.Lines(list) {
		if strings.Contains(line, " flags=t ") {
			id, _, _ := strings.Cut(strings.TrimPrefix(line, "id="), " ")
			c.Do("CLIENT", "KILL", "ID", id)
		}
	}
}

func readForward(t *testing.T, client rueidis.Client, answered *[rueidisKeys]atomic.Int64, hits *atomic.Int64, rnd *rand.Rand) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var last [rueidisKeys]int64
	for range rueidisReads {
		k := rnd.IntN(rueidisKeys)
		least := max(answered[k].Load(), last[k])
		// Pinned, since rueidis takes a command back for the next one when its connection
		// is killed, while the goroutine that writes may still read it.
		if client.Do(ctx, client.B().Ping().Build().Pin()).Error() != nil {
			continue // killed
		}
		reply := client.DoCache(ctx, client.B().Get().Key(counter(k)).Cache().Pin(), time.Minute)
		text, err := reply.ToString()
		if err != nil && !rueidis.IsRedisNil(err) {
			continue
		}
		n, _ := strconv.ParseInt(text, 10, 64)
		if reply.IsCacheHit() {
			hits.Add(1)
		}
		if n < least {
			t.Errorf("%s was %d when it had been %d already (out of the cache: %v)", counter(k), n, least, reply.IsCacheHit())
			return
		}
		last[k] = n
	}
}
