package servertest

import (
	"context"
	"crypto/tls"
	"net"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
)

// Server is a server for the time of a test.
type Server struct {
	*server.Server // replaced by Restart

	t       TB
	set     settings
	history *history
	session *session

	mu      sync.Mutex
	addr    string       // "" until somebody asks for it
	cert    *certificate // of StartTLS
	started bool
	closed  bool
}

// Option changes how a server is started.
type Option func(*settings)

type settings struct {
	lines  []string
	clock  *server.ManualClock
	manual bool
}

// WithSetting sets a setting as redis.conf does: WithSetting("maxmemory", "1mb").
func WithSetting(name, value string) Option {
	return func(s *settings) { s.lines = append(s.lines, name+" "+value) }
}

// WithManualClock lets time stand still at now until [Server.FastForward] or
// [Server.SetTime]. Without it the clock is the real one; inside a bubble of
// testing/synctest it is the bubble's, with nothing set.
func WithManualClock(now time.Time) Option {
	return func(s *settings) { s.clock = server.NewManualClock(now) }
}

// WithManualLoop lets no command run before [Server.Step], and nothing that it
// caused be written before [Server.EndCycle].
func WithManualLoop() Option { return func(s *settings) { s.manual = true } }

// Run starts a server and returns when it is ready. It ends with the test, and
// then its tables are checked.
//
// The address is opened by the first call of Addr or URL: a test that only uses
// Dial opens no socket, and works inside testing/synctest.
func Run(t TB, opts ...Option) *Server {
	t.Helper()
	s := NewUnstarted(t, opts...)
	s.Start()
	return s
}

// NewUnstarted prepares a server that Start or StartTLS starts.
func NewUnstarted(t TB, opts ...Option) *Server {
	s := &Server{t: t, history: newHistory(), session: newSession()}
	for _, o := range opts {
		o(&s.set)
	}
	return s
}

// Start starts a server made by NewUnstarted.
func (s *Server) Start() {
	s.t.Helper()
	if s.started {
		s.t.Fatalf("servertest: Start was called before; a server starts once (Restart starts it anew)")
	}
	s.started = true
	s.start()
	s.t.Cleanup(s.end)
}

// StartTLS starts a server made by NewUnstarted whose address speaks TLS, with a
// certificate made for it. [Server.TLSConfig] is what a client needs.
func (s *Server) StartTLS() {
	s.t.Helper()
	cert, err := newCertificate()
	if err != nil {
		s.t.Fatalf("servertest: making a certificate: %v", err)
	}
	s.cert = cert
	s.Start()
}

// TLSConfig returns the settings with which a client trusts a server started by
// StartTLS; nil for others.
func (s *Server) TLSConfig() *tls.Config {
	if s.cert == nil {
		return nil
	}
	return s.cert.client()
}

func (s *Server) start() {
	s.t.Helper()
	cfg := config.New()
	cfg.Port = 0 // the address is opened when somebody asks for it
	cfg.EnableDebugCommand = config.AccessYes
	for _, line := range s.set.lines {
		if err := cfg.Load(line); err != nil {
			s.t.Fatalf("servertest: the setting %q: %v", line, err)
		}
	}
	srv, err := server.Start(server.Options{
		Config: cfg, Clock: s.set.clock, Manual: s.set.manual, Trace: s.history.trace(), Record: s.session.record,
	})
	if err != nil {
		s.t.Fatalf("servertest: starting the server: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Server, s.closed = srv, false
}

// Addr returns the address, host:port, ready for a client's options.
func (s *Server) Addr() string {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.addr == "" {
		s.listen("127.0.0.1:0")
	}
	return s.addr
}

// listen opens an address. Called with mu held.
func (s *Server) listen(address string) {
	s.t.Helper()
	if s.closed {
		s.t.Fatalf("servertest: the server is closed; ask for its address before Close")
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		s.t.Fatalf("servertest: opening an address: %v", err)
	}
	s.addr = l.Addr().String()
	var config *tls.Config
	if s.cert != nil {
		config = s.cert.server()
	}
	go s.ServeTLS(l, config)
}

// URL returns the address as redis://host:port, rediss:// with TLS.
func (s *Server) URL() string {
	s.t.Helper()
	if s.cert != nil {
		return "rediss://" + s.Addr()
	}
	return "redis://" + s.Addr()
}

// Dial returns a connection inside the process, without a socket, buffered both
// ways. It is ready as the Dialer of go-redis, and in rueidis's DialCtxFn.
//
// Inside testing/synctest give go-redis an Addr with an IP too, though nobody dials
// it: else it looks up the name "localhost", and package net then keeps a channel of
// the bubble, on which look-ups outside end the program.
func (s *Server) Dial(ctx context.Context) (net.Conn, error) {
	s.mu.Lock()
	srv, closed := s.Server, s.closed
	s.mu.Unlock()
	if closed {
		return nil, net.ErrClosed
	}
	return srv.Dial(ctx)
}

// Connect returns a new connection, which speaks RESP2. It is closed with the
// test.
func (s *Server) Connect(t TB) *Conn {
	t.Helper()
	nc, err := s.Dial(context.Background())
	if err != nil {
		t.Fatalf("servertest: connecting: %v", err)
	}
	return newConn(t, nc)
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
	c := s.Connect(s.t)
	defer c.Close()
	return c.Do(args...)
}

// closePatience is how long Close waits before it says for whom.
const closePatience = 5 * time.Second

// Close ends the server and waits until nothing of it runs. It may be called
// again.
func (s *Server) Close() error {
	s.t.Helper()
	s.mu.Lock()
	srv := s.Server
	s.closed = true
	s.mu.Unlock()
	if srv == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closePatience)
	defer cancel()
	err := srv.Shutdown(ctx)
	if err != nil {
		s.t.Errorf("servertest: Close still waits after %v for: %s", closePatience, strings.Join(srv.Remaining(), ", "))
	}
	return err
}

// Restart ends the server and starts a new, empty one at the same address. Its
// clients lose their connections, as with a real restart.
func (s *Server) Restart() {
	s.t.Helper()
	if s.Server == nil {
		s.t.Fatalf("servertest: Restart of a server that was never started; call Start")
	}
	s.Close()
	s.start()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.addr != "" {
		s.listen(s.addr)
	}
}

// Reset makes the server as if it were new, for the next of several tests that
// share it: connections are closed, data, settings, counters, faults and the
// history are gone. The address stays.
func (s *Server) Reset() {
	s.t.Helper()
	s.Restart()
	s.history.forget()
	s.session.forget()
}

// end ends the server with its test: tables are checked, and the session is shown
// if the test has failed.
func (s *Server) end() {
	s.t.Helper()
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if !closed {
		if err := s.Check(); err != nil {
			s.t.Errorf("servertest: the server's tables are out of step: %v", err)
		}
	}
	s.Close()
	if f, ok := s.t.(interface{ Failed() bool }); ok && f.Failed() {
		s.t.Logf("%s", s.session.diagram())
	}
}

// WaitBlocked waits until n clients are blocked by commands such as BLPOP.
func (s *Server) WaitBlocked(t TB, n int) {
	t.Helper()
	deadline := time.Now().Add(waitPatience)
	for s.BlockedClients() != n {
		if time.Now().After(deadline) {
			t.Fatalf("servertest: waiting for %d blocked clients, there are %d", n, s.BlockedClients())
		}
		runtime.Gosched()
	}
}
