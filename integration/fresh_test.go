package integration_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/servertest"
)

// docs/testing.md quotes the tests of this file. Each opens its client as the client's own
// documentation does.

const rounds = 50

func TestFreshRueidisEventually(t *testing.T) {
	ctx := context.Background()
	srv := servertest.Run(t)
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{srv.Addr()},
		ClientName:  "app",
	})
	require.NoError(t, err)
	defer client.Close()
	name := func() string {
		v, _ := client.DoCache(ctx, client.B().Get().Key("user:1").Cache(), time.Hour).ToString()
		return v
	}
	app := srv.ClientsNamed("app")

	srv.Set("user:1", "Ada")
	require.Equal(t, "Ada", name())
	srv.RequireCaching(t, app)
	srv.WaitTracked(t, "user:1", app)

	srv.Set("user:1", "Grace")
	srv.WaitInvalidated(t, app, "user:1")
	srv.Eventually(t, "the new name", func() bool { return name() == "Grace" })
}

func TestFreshRueidisByPing(t *testing.T) {
	ctx := context.Background()
	srv := servertest.Run(t)
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress:       []string{srv.Addr()},
		ClientName:        "app",
		PipelineMultiplex: -1, // one connection
	})
	require.NoError(t, err)
	defer client.Close()
	get := func(key string) string {
		v, _ := client.DoCache(ctx, client.B().Get().Key(key).Cache(), time.Hour).ToString()
		return v
	}
	for range rounds {
		srv.Set("k", "1")
		client.Do(ctx, client.B().Ping().Build())
		require.Equal(t, "1", get("k"))

		srv.Set("k", "2")
		client.Do(ctx, client.B().Ping().Build())
		require.Equal(t, "2", get("k"))
	}
}

func TestFreshRueidisByItsCallback(t *testing.T) {
	ctx := context.Background()
	srv := servertest.Run(t)
	forgotten := make(chan string, 100)
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{srv.Addr()},
		ClientName:  "app",
		OnInvalidations: func(keys []rueidis.RedisMessage) {
			for _, k := range keys {
				key, _ := k.ToString()
				forgotten <- key
			}
		},
	})
	require.NoError(t, err)
	defer client.Close()
	get := func(key string) string {
		v, _ := client.DoCache(ctx, client.B().Get().Key(key).Cache(), time.Hour).ToString()
		return v
	}
	srv.Set("k", "1")
	for range rounds {
		require.Equal(t, "1", get("k"))
		srv.Set("k", "2")
		require.Equal(t, "k", <-forgotten)
		require.Equal(t, "2", get("k"))
		srv.Set("k", "1")
		require.Equal(t, "k", <-forgotten)
	}
}

func TestFreshGoRedisEventually(t *testing.T) {
	ctx := context.Background()
	srv := servertest.Run(t)
	client := redis.NewClient(&redis.Options{
		Addr: srv.Addr(), Protocol: 3, ClientName: "app",
		ClientSideCacheConfig: &redis.ClientSideCacheConfig{MaxEntries: 10_000},
	})
	defer client.Close()
	name := func() string { return client.Get(ctx, "user:1").Val() }
	app := srv.ClientsNamed("app")

	srv.Set("user:1", "Ada")
	require.Equal(t, "Ada", name())
	srv.RequireCaching(t, app)
	srv.WaitTracked(t, "user:1", app)

	srv.Set("user:1", "Grace")
	srv.WaitInvalidated(t, app, "user:1")
	srv.Eventually(t, "the new name", func() bool { return name() == "Grace" })
}

func TestFreshGoRedisByItsCounts(t *testing.T) {
	ctx := context.Background()
	srv := servertest.Run(t)
	client := redis.NewClient(&redis.Options{
		Addr: srv.Addr(), Protocol: 3, ClientName: "app",
		ClientSideCacheConfig: &redis.ClientSideCacheConfig{MaxEntries: 10_000},
	})
	defer client.Close()
	for range rounds {
		srv.Set("k", "1")
		srv.Eventually(t, "an empty cache", func() bool { return client.CSCStats().Entries == 0 })
		require.Equal(t, "1", client.Get(ctx, "k").Val())

		srv.Set("k", "2")
		srv.Eventually(t, "an empty cache", func() bool { return client.CSCStats().Entries == 0 })
		require.Equal(t, "2", client.Get(ctx, "k").Val())
	}
}

// An hour passes at once: the key expires, and its copy with it.
func TestFreshAfterAnHour(t *testing.T) {
	ctx := context.Background()
	srv := servertest.Run(t, servertest.WithManualClock(time.Now()))
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{srv.Addr()},
		ClientName:  "app",
	})
	require.NoError(t, err)
	defer client.Close()
	session := func() string {
		v, _ := client.DoCache(ctx, client.B().Get().Key("session").Cache(), 2*time.Hour).ToString()
		return v
	}

	srv.Set("session", "Ada")
	srv.SetTTL("session", time.Hour)
	require.Equal(t, "Ada", session())

	srv.FastForward(time.Hour)
	srv.WaitInvalidated(t, srv.ClientsNamed("app"), "session")
	srv.Eventually(t, "the end of the session", func() bool { return session() == "" })
}

// A cache must not answer from what it had before its connections broke.
func TestFreshAfterACut(t *testing.T) {
	ctx := context.Background()
	srv := servertest.Run(t)
	client := redis.NewClient(&redis.Options{
		Addr: srv.Addr(), Protocol: 3, ClientName: "app",
		ClientSideCacheConfig: &redis.ClientSideCacheConfig{MaxEntries: 10_000},
	})
	defer client.Close()

	srv.Set("k", "1")
	require.Equal(t, "1", client.Get(ctx, "k").Val())
	srv.ClientsNamed("app").CutBeforePush()
	srv.Set("k", "2")
	srv.Eventually(t, "the new value", func() bool { return client.Get(ctx, "k").Val() == "2" })
}
