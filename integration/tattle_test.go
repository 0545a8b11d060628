package integration

import (
	"fmt"
	"os"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// The TATTLE command through client libraries: they need to know nothing of it.

func skipReal(t *testing.T) {
	if os.Getenv("TATTLE_TEST_ADDR") != "" {
		t.Skip("TATTLE is tattle's own")
	}
}

func TestTattleThroughGoRedis(t *testing.T) {
	skipReal(t)
	p, ctx := start(t), t.Context()
	cache := openGoRedis(t, p.addr, func(o *redis.Options) { o.ClientName, o.PoolSize = "app", 1 })
	read(t, cache, "user:1")
	id := cache.ClientID(ctx).Val()
	for proto := 2; proto <= 3; proto++ {
		c := redis.NewClient(&redis.Options{Addr: p.addr, Protocol: proto})
		defer c.Close()
		field := func(reply any, name string) any {
			if m, ok := reply.(map[any]any); ok {
				return m[name]
			}
			flat := reply.([]any)
			for i := 0; i < len(flat); i += 2 {
				if flat[i] == name {
					return flat[i+1]
				}
			}
			return nil
		}
		keys := field(c.Do(ctx, "TATTLE", "TABLE", "PREFIX", "user:").Val(), "keys").([]any)
		require.Equal(t, []any{id}, field(keys[0], "holders"))

		told := 0
		for _, v := range c.Do(ctx, "TATTLE", "EXPLAIN", "user:1").Val().([]any) {
			if field(v, "client") == id {
				require.Equal(t, "app", field(v, "name"))
				require.Equal(t, fmt.Sprintf("client %d (app) by push: sent", id), field(v, "line"))
				told++
			}
		}
		require.Equal(t, 1, told)
		verdict := field(c.Do(ctx, "TATTLE", "WHY", id, "user:1").Val(), "verdict")
		require.Contains(t, verdict, `holds "user:1" since event `)
		require.ErrorContains(t, c.Do(ctx, "TATTLE", "HOLD", 9999).Err(), "ERR client 9999 is not connected")
		require.Equal(t, "OK", c.Do(ctx, "TATTLE", "HOLD", id).Val())
		require.Equal(t, "OK", c.Do(ctx, "TATTLE", "RESET").Val())
		help, err := c.Do(ctx, "TATTLE", "HELP").StringSlice()
		require.NoError(t, err)
		require.Contains(t, help, "PREFIXES")
	}

	// What happens comes as pushes, and a push of any form reaches the client's handlers.
	follower := redis.NewClient(&redis.Options{Addr: p.addr, Protocol: 3, PoolSize: 1})
	defer follower.Close()
	got := make(chan []any, 100)
	for _, kind := range []string{"tattle-event", "HELLO-THERE"} {
		require.NoError(t, follower.RegisterPushNotificationHandler(kind, pushes(got), false))
	}
	require.Equal(t, "OK", follower.Do(ctx, "TATTLE", "FOLLOW", "KIND", "message", "CLIENT", id).Val())
	p.run("SET", "user:1", "Ada")
	await(t, "an event", func() bool { return follower.Ping(ctx).Err() == nil && len(got) > 0 })
	event := receive(t, "an event", got)
	require.Equal(t, "sent", event[1].(map[any]any)["outcome"])
	p.run("TATTLE", "PUSH", follower.ClientID(ctx).Val(), ">HELLO-THERE 1")
	require.NoError(t, follower.Ping(ctx).Err())
	require.Equal(t, []any{"HELLO-THERE", int64(1)}, receive(t, "a push", got))
}

func TestTattleThroughRueidis(t *testing.T) {
	skipReal(t)
	p, ctx := start(t), t.Context()
	c := openRueidis(t, p.addr)
	read(t, c, "k")
	reply, err := c.Do(ctx, c.B().Arbitrary("TATTLE", "TABLE").Build()).AsMap()
	require.NoError(t, err)
	keys := reply["keys"]
	list, err := keys.ToArray()
	require.NoError(t, err)
	require.Len(t, list, 1)
	key, err := list[0].AsMap()
	require.NoError(t, err)
	holders := key["holders"]
	ids, err := holders.AsIntSlice()
	require.NoError(t, err)
	require.Len(t, ids, 1)
	require.NoError(t, c.Do(ctx, c.B().Arbitrary("TATTLE", "HOLD").Args("1").Build()).Error())
	require.NoError(t, c.Do(ctx, c.B().Arbitrary("TATTLE", "RESET").Build()).Error())
}
