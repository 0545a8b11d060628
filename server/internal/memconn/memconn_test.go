package memconn_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/internal/memconn"
)

func TestWritesDoNotWaitForReads(t *testing.T) {
	a, b := memconn.Pipe()
	n, err := a.Write([]byte("hello"))
	require.NoError(t, err)
	require.Equal(t, 5, n)
	require.NoError(t, a.Close())
	got, err := io.ReadAll(b)
	require.NoError(t, err, "what was written is read before the end shows")
	require.Equal(t, "hello", string(got))
	_, err = b.Write([]byte("x"))
	require.Error(t, err)
}

func TestLargeWritesWaitForTheReader(t *testing.T) {
	a, b := memconn.Pipe()
	sent := bytes.Repeat([]byte("0123456789"), 200_000)
	go func() {
		a.Write(sent)
		a.Close()
	}()
	got, err := io.ReadAll(b)
	require.NoError(t, err)
	require.True(t, bytes.Equal(sent, got))
}

// A deadline ends a blocked read, and can be set or removed while the read blocks.
// Time is the bubble's.
func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := memconn.Pipe()
		defer a.Close()
		defer b.Close()
		began := time.Now()
		b.SetReadDeadline(began.Add(time.Hour))
		_, err := b.Read(make([]byte, 1))
		require.True(t, errors.Is(err, os.ErrDeadlineExceeded))
		require.Equal(t, time.Hour, time.Since(began))

		b.SetReadDeadline(time.Time{})
		done := make(chan error)
		go func() {
			_, err := b.Read(make([]byte, 1))
			done <- err
		}()
		synctest.Wait()
		b.SetReadDeadline(time.Unix(1, 0))
		require.ErrorIs(t, <-done, os.ErrDeadlineExceeded)

		b.SetReadDeadline(time.Time{})
		a.Write([]byte("x"))
		n, err := b.Read(make([]byte, 1))
		require.NoError(t, err)
		require.Equal(t, 1, n)
	})
}

func TestListener(t *testing.T) {
	l := memconn.Listen()
	accepted := make(chan net.Conn, 1)
	go func() {
		c, _ := l.Accept()
		accepted <- c
	}()
	c, err := l.Dial(context.Background())
	require.NoError(t, err)
	c.Write([]byte("x"))
	p := make([]byte, 1)
	_, err = (<-accepted).Read(p)
	require.NoError(t, err)
	require.Equal(t, "x", string(p))

	require.NoError(t, l.Close())
	require.NoError(t, l.Close())
	_, err = l.Dial(context.Background())
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = memconn.Listen().Dial(ctx)
	require.ErrorIs(t, err, context.Canceled)
}
