package integration

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/servertest"
	"github.com/tattle-server/tattle/server/servertest/cachecheck"
)

// checkedRueidis is rueidis as cachecheck uses it. Its commands are pinned: cachecheck
// kills connections, and rueidis takes a command back for the next one while the
// goroutine that writes may still read it.
type checkedRueidis struct{ rueidis.Client }

func (c checkedRueidis) Get(ctx context.Context, key string) (string, bool, error) {
	v, err := c.DoCache(ctx, c.B().Get().Key(key).Cache().Pin(), rueidisTTL).ToString()
	if rueidis.IsRedisNil(err) {
		return "", false, nil
	}
	return v, err == nil, err
}

func (c checkedRueidis) Set(ctx context.Context, key, value string) error {
	return c.Do(ctx, c.B().Set().Key(key).Value(value).Build().Pin()).Error()
}

func checkRueidis(tracking ...string) cachecheck.Open {
	return func(srv *servertest.Server, name string) (cachecheck.Client, error) {
		c, err := rueidis.NewClient(rueidis.ClientOption{
			InitAddress: []string{srv.Addr()}, ClientName: name, ClientTrackingOptions: tracking,
		})
		return checkedRueidis{c}, err
	}
}

// checkedGoRedis is go-redis as cachecheck uses it.
type checkedGoRedis struct{ *redis.Client }

func (c checkedGoRedis) Get(ctx context.Context, key string) (string, bool, error) {
	v, err := c.Client.Get(ctx, key).Result()
	if errors.Is(err, redis.Nil) {
		return "", false, nil
	}
	return v, err == nil, err
}

func (c checkedGoRedis) Set(ctx context.Context, key, value string) error {
	return c.Client.Set(ctx, key, value, 0).Err()
}

func (c checkedGoRedis) Close() { c.Client.Close() }

func checkGoRedis(more ...func(*redis.Options)) cachecheck.Open {
	return func(srv *servertest.Server, name string) (cachecheck.Client, error) {
		o := &redis.Options{
			Addr: srv.Addr(), Protocol: 3, ClientName: name,
			ClientSideCacheConfig: &redis.ClientSideCacheConfig{MaxEntries: 10_000},
		}
		for _, f := range more {
			f(o)
		}
		return checkedGoRedis{redis.NewClient(o)}, nil
	}
}

// TestNoCacheReadsBackInTime exposes the caches of both libraries to everything that can
// come between a cache and its server.
func TestNoCacheReadsBackInTime(t *testing.T) {
	for name, open := range map[string]cachecheck.Open{
		"rueidis/optin":             checkRueidis(),
		"rueidis/optout":            checkRueidis("OPTOUT"),
		"rueidis/bcast":             checkRueidis("PREFIX", "key-", "PREFIX", "other-", "BCAST"),
		"go-redis":                  checkGoRedis(),
		"go-redis/coalesced misses": checkGoRedis(func(o *redis.Options) { o.ClientSideCacheCoalesceMisses = true }),
		"go-redis/refresh":          checkGoRedis(func(o *redis.Options) { o.ClientSideCacheRefreshOnInvalidate = true }),
		"go-redis/batched deletes": checkGoRedis(func(o *redis.Options) {
			o.ClientSideCacheInvalidationBatchWindow = time.Millisecond
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cachecheck.Run(t, open, cachecheck.WithRounds(20))
		})
	}
}

// With NOLOOP a connection is not told of its own writes, so that the client has to
// bring its cache up to date by itself. Rueidis accepts the option, but does not do that.
// It writes on any of its connections; if that is the one on which it has cached the key,
// the old value stays.
//
//	cache-0 reads key-1: nothing
//	cache-0 writes key-1 = v2
//	  invalidate key-1 for cache-0: not sent: NOLOOP
//	cache-0 reads key-1, again and again: nothing
func TestRueidisWithNoLoopKeepsWhatItOverwrites(t *testing.T) {
	found := cachecheck.Find(t, checkRueidis("BCAST", "NOLOOP"), cachecheck.WithClients(1), cachecheck.WithRounds(500))
	require.NotNil(t, found, "rueidis is better than this test says")
	t.Log(found)
	require.Contains(t, found.Wrong[0], "goes on reading")
	require.Contains(t, strings.Join(found.History, "\n"), "not sent: NOLOOP")
}
