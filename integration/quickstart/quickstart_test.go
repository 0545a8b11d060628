package quickstart_test

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/tattle-server/tattle/server/servertest"
)

func TestCachedName(t *testing.T) {
	ctx := context.Background()
	srv := servertest.Run(t) // a server for this test; it ends with the test
	client := redis.NewClient(&redis.Options{
		Addr: srv.Addr(), Protocol: 3, ClientName: "app",
		ClientSideCacheConfig: &redis.ClientSideCacheConfig{MaxEntries: 1000},
	})
	defer client.Close()
	app := srv.ClientsNamed("app")

	srv.Set("user:1", "Ada")
	client.Get(ctx, "user:1")
	srv.RequireCaching(t, app)            // is the cache on at all?
	srv.WaitTracked(t, "user:1", app)     // the server knows who has a copy
	srv.Set("user:1", "Grace")            // as any other client would
	srv.WaitInvalidated(t, app, "user:1") // the client was told
	srv.Eventually(t, "the new name", func() bool {
		return client.Get(ctx, "user:1").Val() == "Grace"
	})
}
