package integration

import (
	"context"
	"crypto/tls"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/servertest"
)

// Dial can be used as the dialer of both clients, so that no socket is opened.
func TestDialWithoutASocket(t *testing.T) {
	ctx := context.Background()
	srv := servertest.Run(t)

	gr := redis.NewClient(&redis.Options{
		Protocol: 3,
		Dialer:   func(ctx context.Context, _, _ string) (net.Conn, error) { return srv.Dial(ctx) },
	})
	defer gr.Close()
	require.NoError(t, gr.Set(ctx, "k", "1", 0).Err())

	ru, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{"memory:0"},
		DialCtxFn: func(ctx context.Context, _ string, _ *net.Dialer, _ *tls.Config) (net.Conn, error) {
			return srv.Dial(ctx)
		},
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
			Dialer:   func(ctx context.Context, _, _ string) (net.Conn, error) { return srv.Dial(ctx) },
		})
		defer c.Close()
		require.NoError(t, c.Set(ctx, "k", "1", time.Hour).Err())
		time.Sleep(59 * time.Minute)
		require.Equal(t, time.Minute, c.TTL(ctx, "k").Val())
		time.Sleep(2 * time.Minute)
		require.ErrorIs(t, c.Get(ctx, "k").Err(), redis.Nil)
	})
}
