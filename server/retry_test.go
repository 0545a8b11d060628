package server

import (
	"bufio"
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/internal/command"
)

// A blocked command that panics when it is tried again costs its own client the
// connection. Whoever made it go on hears nothing of it: another client, a program
// inside the process, or the end of a cycle.
func TestPanicOfABlockedCommand(t *testing.T) {
	for name, wake := range map[string]func(t *testing.T, s *Server, other *bufio.ReadWriter){
		"command": func(t *testing.T, _ *Server, other *bufio.ReadWriter) { says(t, other, "RPUSH l x", ":1") },
		"call": func(t *testing.T, s *Server, _ *bufio.ReadWriter) {
			reply, err := s.Call(0, "RPUSH", "l", "x")
			require.NoError(t, err)
			require.Equal(t, int64(1), reply)
		},
		"end of a cycle": func(_ *testing.T, s *Server, _ *bufio.ReadWriter) {
			s.Do(func() { s.signalReady(s.ks.DB(0), []byte("l")) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config.New()
			cfg.Port = 0
			s, err := Start(Options{Config: cfg})
			require.NoError(t, err)
			defer s.Close()
			blocked, other := connect(t, s), connect(t, s)
			says(t, other, "PING", "+PONG")
			blocked.WriteString("BLPOP l 0\r\n")
			require.NoError(t, blocked.Flush())
			for broken := false; !broken; {
				s.Do(func() {
					for _, c := range s.clients {
						if c.blocked != nil {
							row := *c.blocked.row
							row.Run = func(*command.Call) error { panic("on purpose") }
							row.Wakes = func(*keyspace.Entry) bool { return true }
							c.blocked.row, broken = &row, true
						}
					}
				})
			}
			wake(t, s, other)
			_, err = blocked.ReadString('\n')
			require.Equal(t, io.EOF, err)
			says(t, other, "PING", "+PONG")
			s.Do(func() {
				require.Nil(t, s.exec)
				require.Zero(t, s.entered)
				require.Zero(t, s.blockedClients)
			})
		})
	}
}

func connect(t *testing.T, s *Server) *bufio.ReadWriter {
	t.Helper()
	nc, err := s.Dial(context.Background())
	require.NoError(t, err)
	nc.SetDeadline(time.Now().Add(10 * time.Second))
	t.Cleanup(func() { nc.Close() })
	return bufio.NewReadWriter(bufio.NewReader(nc), bufio.NewWriter(nc))
}

func says(t *testing.T, rw *bufio.ReadWriter, line, want string) {
	t.Helper()
	rw.WriteString(line + "\r\n")
	require.NoError(t, rw.Flush())
	got, err := rw.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, want+"\r\n", got)
}
