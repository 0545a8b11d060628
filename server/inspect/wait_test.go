package inspect_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/inspect"
)

func TestContinue(t *testing.T) {
	_, p := serve(t, inspect.Options{ReadOnly: true})
	next := stream(t, p.URL()+"events")
	require.JSONEq(t, `{"who":""}`, next("waits"))
	require.Contains(t, post(t, p, "continue", "{}"), "nobody waits")
	for _, who := range []string{"TestCart", "TestOther/sub"} {
		done := make(chan struct{})
		go func() {
			p.Wait(context.Background(), who)
			close(done)
		}()
		require.JSONEq(t, `{"who":"`+who+`"}`, next("waits"))
		require.JSONEq(t, `{"reply":"OK"}`, post(t, p, "continue", "{}"))
		<-done
		require.JSONEq(t, `{"who":""}`, next("waits"))
	}
}

func TestWaitEnds(t *testing.T) {
	srv, p := serve(t, inspect.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p.Wait(ctx, "a test that was interrupted")
	go srv.Close()
	p.Wait(context.Background(), "a test of a server that has ended")
}
