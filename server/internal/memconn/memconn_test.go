package memconn_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/internal/memconn"
)

// serve echoes what comes, as a loop would: it is told when there is something to read
// or room to write.
func serve(end *memconn.End) {
	wake := make(chan struct{}, 1)
	tell := func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	end.Notify(tell, tell)
	go func() {
		var out []byte
		p := make([]byte, 1000)
		for range wake {
			for {
				n, err := end.Read(p)
				out = append(out, p[:n]...)
				k, _ := end.Write(out)
				out = out[k:]
				if err != nil && len(out) == 0 {
					end.Close()
					return
				}
				if n == 0 {
					break
				}
			}
		}
	}()
}

func TestEcho(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, end := memconn.Pipe()
		serve(end)
		sent := bytes.Repeat([]byte("0123456789"), 200_000)
		go client.Write(sent)
		got := make([]byte, len(sent))
		_, err := io.ReadFull(client, got)
		require.NoError(t, err)
		require.True(t, bytes.Equal(sent, got))
		client.Close()
	})
}

// The writer itself tells the server, before Write returns: so what two connections
// write is known in the order of their Writes.
func TestTheWriterTells(t *testing.T) {
	client, end := memconn.Pipe()
	told := 0
	end.Notify(func() { told++ }, nil)
	_, err := client.Write([]byte("hello"))
	require.NoError(t, err)
	require.Equal(t, 1, told)
	p := make([]byte, 3)
	n, err := end.Read(p)
	require.NoError(t, err)
	require.Equal(t, "hel", string(p[:n]))
	require.NoError(t, client.Close())
	require.Equal(t, 2, told)
	n, err = end.Read(p)
	require.Equal(t, io.EOF, err, "the end comes with the last bytes")
	require.Equal(t, "lo", string(p[:n]))
	_, err = end.Write([]byte("x"))
	require.Error(t, err)
}

// A server's write takes what there is room for, and the server is told when there is
// more.
func TestRoom(t *testing.T) {
	client, end := memconn.Pipe()
	room := 0
	end.Notify(nil, func() { room++ })
	large := make([]byte, 1<<20)
	n, err := end.Write(large)
	require.NoError(t, err)
	require.Less(t, n, len(large))
	require.Zero(t, room)
	_, err = client.Read(make([]byte, 1))
	require.NoError(t, err)
	require.Equal(t, 1, room)
	n, err = end.Write(large)
	require.NoError(t, err)
	require.Equal(t, 1, n)

	require.NoError(t, end.Close())
	left, err := io.ReadAll(client)
	require.NoError(t, err, "what was written is read before the end shows")
	require.NotEmpty(t, left)
	_, err = client.Write([]byte("x"))
	require.Error(t, err)
}

// A deadline ends a blocked read, and can be set or removed while the read blocks.
// Time is the bubble's.
func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, a := memconn.Pipe()
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
