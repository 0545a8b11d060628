package servertest

import (
	"fmt"
	"runtime"
	"time"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
)

// Server is a server for the time of a test.
type Server struct {
	*server.Server
	t    TB
	addr string
}

// Option changes how Run starts a server.
type Option func(*settings)

type settings struct {
	config *config.Config
	lines  []string
}

// WithSetting sets a setting as redis.conf does: WithSetting("maxmemory", "1mb").
func WithSetting(name, value string) Option {
	return func(s *settings) { s.lines = append(s.lines, name+" "+value) }
}

// Run starts a server on a free port of the loopback interface and returns when
// it accepts connections. It ends with the test.
func Run(t TB, opts ...Option) *Server {
	t.Helper()
	set := settings{config: config.New()}
	set.config.Bind = []string{"127.0.0.1"}
	set.config.EnableDebugCommand = config.AccessYes
	for _, o := range opts {
		o(&set)
	}
	for _, line := range set.lines {
		if err := set.config.Load(line); err != nil {
			t.Fatalf("servertest: the setting %q: %v", line, err)
		}
	}
	srv, err := start(set.config)
	if err != nil {
		t.Fatalf("servertest: starting the server: %v", err)
	}
	s := &Server{Server: srv, t: t, addr: srv.Addr().String()}
	t.Cleanup(func() { s.Close() })
	return s
}

// Addr returns the address, host:port, ready for a client's options.
func (s *Server) Addr() string { return s.addr }

// URL returns the address as redis://host:port.
func (s *Server) URL() string { return "redis://" + s.addr }

// Connect returns a new connection, which speaks RESP2. It is closed with the
// test.
func (s *Server) Connect(t TB) *Conn {
	t.Helper()
	return Dial(t, s.addr)
}

// Connect3 returns a new connection that speaks RESP3.
func (s *Server) Connect3(t TB) *Conn {
	t.Helper()
	c := s.Connect(t)
	c.Hello3()
	return c
}

// Do runs one command on a connection of its own and returns the reply in the
// types that [Conn.Do] returns.
func (s *Server) Do(args ...any) any {
	s.t.Helper()
	c := Dial(s.t, s.addr)
	defer c.Close()
	return c.Do(args...)
}

// WaitBlocked waits until n clients are blocked by commands such as BLPOP.
func (s *Server) WaitBlocked(t TB, n int) {
	t.Helper()
	deadline := time.Now().Add(readTimeout)
	for s.BlockedClients() != n {
		if time.Now().After(deadline) {
			t.Fatalf("servertest: waiting for %d blocked clients, there are %d", n, s.BlockedClients())
		}
		runtime.Gosched()
	}
}

// start starts a server on a free port.
func start(c *config.Config) (*server.Server, error) {
	c.Port = 0
	srv, err := server.Start(server.Options{Config: c})
	if err != nil {
		return nil, err
	}
	if err := srv.Listen("tcp", "127.0.0.1:0"); err != nil {
		srv.Close()
		return nil, fmt.Errorf("listening: %w", err)
	}
	return srv, nil
}
