package integration

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

// Dial can be used as the dialer of both clients, so that no socket is opened.
func TestDialWithoutASocket(t *testing.T) {
	ctx := context.Background()
	srv := servertest.Run(t)

	gr := redis.NewClient(&redis.Options{
		Protocol: 3,
		Dialer:   srv.Dialer(),
	})
	defer gr.Close()
	require.NoError(t, gr.Set(ctx, "k", "1", 0).Err())

	ru, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{"memory:0"},
		DialCtxFn:   srv.DialCtxFn(),
	})
	require.NoError(t, err)
	defer ru.Close()
	read := func() (string, bool) {
		r := ru.DoCache(ctx, ru.B().Get().Key("k").Cache(), time.Hour)
		text, err := r.ToString()
		require.NoError(t, err)
		return text, r.IsCacheHit()
	}
	text, hit := read()
	require.Equal(t, "1", text)
	require.False(t, hit)
	_, hit = read()
	require.True(t, hit)
	srv.RequireCaching(t)
}

// In a bubble, a key with a time to live expires at once when the test sleeps.
func TestGoRedisInsideSynctest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		srv := servertest.Run(t)
		c := redis.NewClient(&redis.Options{
			// Never dialled. Without it go-redis looks up "localhost", and package net keeps
			// a channel of the bubble for ever: the next look-up outside ends the program.
			Addr:     "127.0.0.1:6379",
			Protocol: 3,
			Dialer:   srv.Dialer(),
		})
		defer c.Close()
		require.NoError(t, c.Set(ctx, "k", "1", time.Hour).Err())
		time.Sleep(59 * time.Minute)
		require.Equal(t, time.Minute, c.TTL(ctx, "k").Val())
		time.Sleep(2 * time.Minute)
		require.ErrorIs(t, c.Get(ctx, "k").Err(), redis.Nil)
	})
}

// A command of a module that a function of the test answers, with keys that tracking remembers: both
// clients call it, rueidis caches it, and a command that writes ends what is cached.
func TestHandleWithClients(t *testing.T) {
	ctx := context.Background()
	srv := servertest.Run(t)
	srv.Handle("JSON.GET", func(r *servertest.Request) (any, error) { return srv.Get(r.Words[1]) },
		servertest.HandleArity(-2), servertest.HandleReads(1, 1, 1))
	srv.Handle("JSON.SET", func(r *servertest.Request) (any, error) { return "OK", srv.Set(r.Words[1], r.Words[3]) },
		servertest.HandleArity(-4), servertest.HandleWrites(1, 1, 1))
	gr := redis.NewClient(&redis.Options{Dialer: srv.Dialer()})
	defer gr.Close()
	ru, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{"memory:0"}, DialCtxFn: srv.DialCtxFn()})
	require.NoError(t, err)
	defer ru.Close()
	read := func() (string, bool) {
		r := ru.DoCache(ctx, ru.B().JsonGet().Key("k").Path("$").Cache(), time.Hour)
		text, err := r.ToString()
		require.NoError(t, err)
		return text, r.IsCacheHit()
	}
	require.NoError(t, gr.JSONSet(ctx, "k", "$", "[1]").Err())
	text, _ := read()
	require.Equal(t, "[1]", text)
	_, hit := read()
	require.True(t, hit)
	require.NoError(t, gr.JSONSet(ctx, "k", "$", "[2]").Err())
	srv.Eventually(t, "the new value", func() bool { text, _ := read(); return text == "[2]" })
}

// A hook fails what a test chooses: go-redis tries again after LOADING.
func TestBeforeWithGoRedis(t *testing.T) {
	ctx := context.Background()
	srv := servertest.Run(t)
	gets := 0
	srv.Before(func(r *servertest.Request) error {
		if r.Name() == "GET" {
			if gets++; gets == 1 {
				return resp.Error("LOADING Redis is loading the dataset in memory")
			}
		}
		return nil
	})
	gr := redis.NewClient(&redis.Options{Dialer: srv.Dialer()})
	defer gr.Close()
	require.ErrorIs(t, gr.Get(ctx, "k").Err(), redis.Nil)
	require.Equal(t, 2, gets)
}
