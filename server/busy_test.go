package server_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/servertest"
)

// This file is what happens to the client whose script takes long, and beside it.

const endless = "while true do end"

// isBusy waits until others are told of a busy script.
func (w *world) isBusy(other peer) {
	w.t.Helper()
	w.until(func() bool { return other.do("PING") == resp.Error(errBusy) })
}

// logged starts a server whose log the test reads.
func logged(t *testing.T) (*world, *lockedBuffer) {
	t.Helper()
	log := &lockedBuffer{}
	cfg := config.New()
	cfg.Port = 0
	s, err := server.Start(server.Options{Config: cfg, Log: log})
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go s.Serve(l)
	w := &world{t: t, addr: l.Addr().String()}
	w.admin = w.v2()
	w.admin.ok("CONFIG SET busy-reply-threshold 10")
	return w, log
}

// A client whose output is over its limit while its script runs is closed, and the
// transaction that the script is part of comes to its end in good order.
func TestCallerOfScriptIsOverItsLimit(t *testing.T) {
	w, log := logged(t)
	w.admin.does("OK", "SET", "k", strings.Repeat("x", 1<<20))
	w.admin.does("OK", "CONFIG", "SET", "client-output-buffer-limit", "normal 100kb 0 0")
	p, other := w.v2(), w.v2()
	p.ok("MULTI")
	p.does("QUEUED", "GET k")
	p.does("QUEUED", "EVAL", endless, 0)
	p.send("EXEC")
	w.isBusy(other)
	other.ok("SCRIPT KILL")
	p.Closed()
	w.until(func() bool { return other.do("CLIENT LIST ID", p.id) == "" })
	require.NotContains(t, log.String(), "panic")
	require.Equal(t, 1, w.stat("client_output_buffer_limit_disconnections"))
	require.Equal(t, 1, strings.Count(log.String(), "overcoming of output buffer limits"))
}

// A client reads the reply to an earlier command while its script runs: nothing of what
// the script answers is lost.
func TestCallerOfScriptReadsMeanwhile(t *testing.T) {
	srv := servertest.Run(t)
	w := &world{t: t}
	w.admin = peer{srv.Connect(t), t, 0}
	w.admin.ok("CONFIG SET busy-reply-threshold 10")
	value := strings.Repeat("x", 1<<20)
	w.admin.does("OK", "SET", "k", value)
	p, other := peer{srv.Connect(t), t, 0}, peer{srv.Connect(t), t, 0}
	p.send("GET k")
	w.until(func() bool { return srv.Lab().PendingOutput() > 0 })
	p.Send("EVAL", endless, 0)
	w.isBusy(other)
	read := make(chan error, 1)
	go func() {
		_, err := io.ReadFull(p.NetConn(), make([]byte, len("$1048576\r\n")+len(value)+2))
		read <- err
	}()
	for range 20 {
		w.isBusy(other) // and the server hears of the room
	}
	other.ok("SCRIPT KILL")
	require.NoError(t, <-read)
	require.Contains(t, p.Read(), "Script killed by user")
	p.does("PONG", "PING")
}

// Time stands still for a script: no key goes while it runs, however long it does.
func TestNothingExpiresInsideOfAScript(t *testing.T) {
	w := newWorld(t)
	w.admin.ok("CONFIG SET busy-reply-threshold 10")
	p, other := w.v2(), w.v2()
	w.admin.ok("SET k v PX 60")
	p.Send("EVAL", "if redis.call('exists','k') == 0 then return 'early' end while redis.call('exists','k') == 1 do end return 'gone'", 0)
	for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
		other.do("PING")
	}
	if other.do("SCRIPT KILL") != "OK" {
		require.NotEqual(t, "gone", p.Read())
		return // the machine was so slow that the key was gone before the script began
	}
	require.IsType(t, resp.Error(""), p.Read())
	w.until(func() bool { return w.admin.do("DBSIZE") == int64(0) })
}
