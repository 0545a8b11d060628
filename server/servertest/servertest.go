package servertest

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
)

// Server is a server that runs for as long as a test.
type Server struct {
	database // number 0: its methods are also the server's

	t    TB
	set  settings
	cert *certificate // of StartTLS

	mu        sync.Mutex
	srv       *server.Server // nil before Start; replaced by Restart
	addr      string         // "" until it is asked for
	closed    bool
	history   history           // the events of tracking
	session   history           // commands, replies and pushes
	seen      map[uint64]uint64 // by client: the last event that WaitInvalidated has consumed
	callbacks []callback
	calling   sync.WaitGroup // callbacks
}

// Option changes how a server is started.
type Option func(*settings)

type settings struct {
	lines  []string
	clock  *server.ManualClock
	manual bool
	rdb    string
}

// WithSetting sets a setting of redis.conf: WithSetting("maxmemory", "1mb").
func WithSetting(name, value string) Option {
	return func(s *settings) { s.lines = append(s.lines, name+" "+value) }
}

// WithRDB loads an RDB file of Redis, such as SAVE writes it, before the server starts.
func WithRDB(path string) Option { return func(s *settings) { s.rdb = path } }

// WithManualClock stops the server's clock at now until [Server.FastForward] or
// [Server.SetTime]. Without it the server uses the real clock, which in a bubble of
// testing/synctest is that of the bubble.
func WithManualClock(now time.Time) Option {
	return func(s *settings) { s.clock = server.NewManualClock(now) }
}

// WithManualLoop makes the server wait: commands run only by [Server.Step], and what they
// cause is written only by [Server.EndCycle].
func WithManualLoop() Option { return func(s *settings) { s.manual = true } }

// Run starts a server and returns when it is ready. The server ends with the test, and
// its tables are checked then.
//
// The first call of Addr or URL opens the address. A test that only uses Dial opens no
// socket, and works inside testing/synctest.
func Run(t TB, opts ...Option) *Server {
	t.Helper()
	s := NewUnstarted(t, opts...)
	s.Start()
	return s
}

// NewUnstarted prepares a server, which Start or StartTLS then starts.
func NewUnstarted(t TB, opts ...Option) *Server {
	s := &Server{t: t, history: newHistory(historySize, historyKinds...), session: newHistory(sessionSize, sessionKinds...)}
	s.database = database{s, 0}
	for _, o := range opts {
		o(&s.set)
	}
	return s
}

// Start starts a server made by NewUnstarted.
func (s *Server) Start() {
	s.t.Helper()
	if _, started := s.now(); started {
		s.t.Fatalf("servertest: Start was called before; a server starts once (Restart starts it anew)")
	}
	s.start()
	s.t.Cleanup(s.end)
}

// StartTLS starts a server made by NewUnstarted. Its address speaks TLS with a new
// certificate; clients trust it by [Server.TLSConfig].
func (s *Server) StartTLS() {
	s.t.Helper()
	cert, err := newCertificate()
	if err != nil {
		s.t.Fatalf("servertest: making a certificate: %v", err)
	}
	s.cert = cert
	s.Start()
}

// TLSConfig returns the settings with which a client trusts a server started by StartTLS,
// or nil for any other server.
func (s *Server) TLSConfig() *tls.Config {
	if s.cert == nil {
		return nil
	}
	return s.cert.client()
}

func (s *Server) start() {
	s.t.Helper()
	cfg := config.New()
	cfg.Port = 0 // the address is opened when it is asked for
	cfg.EnableDebugCommand = config.AccessYes
	for _, line := range s.set.lines {
		if err := cfg.Load(line); err != nil {
			s.t.Fatalf("servertest: the setting %q: %v", line, err)
		}
	}
	srv, err := server.Start(server.Options{Config: cfg, Clock: s.set.clock, Manual: s.set.manual, RDB: s.set.rdb})
	if err != nil {
		s.t.Fatalf("servertest: starting the server: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.srv, s.closed, s.seen = srv, false, map[uint64]uint64{}
	s.watch()
}

// now returns the current server and whether there is one.
func (s *Server) now() (_ *server.Server, started bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.srv, s.srv != nil
}

// engine returns the current server.
func (s *Server) engine() *server.Server {
	s.t.Helper()
	srv, started := s.now()
	if !started {
		s.t.Fatalf("servertest: the server does not run yet; call Start")
	}
	return srv
}

// running returns the current server if it is running.
func (s *Server) running() (*server.Server, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.srv == nil || s.closed {
		return nil, errNotRunning
	}
	return s.srv, nil
}

// Lab returns the server's lab, for tests that need more than the methods of Server and
// [Client]. After Restart, ask for it again.
func (s *Server) Lab() *server.Lab {
	s.t.Helper()
	return s.engine().Lab()
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
	if s.srv == nil || s.closed {
		s.t.Fatalf("servertest: the server is closed or was not started; ask for its address after Start and before Close")
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
	go s.srv.ServeTLS(l, config)
}

// Serve serves the connections of the caller's listener until Close, which also closes the
// listener; see [server.Server.Serve].
func (s *Server) Serve(l net.Listener) error {
	s.t.Helper()
	return s.engine().Serve(l)
}

// URL returns the address as redis://host:port, or as rediss://host:port with TLS.
func (s *Server) URL() string {
	s.t.Helper()
	if s.cert != nil {
		return "rediss://" + s.Addr()
	}
	return "redis://" + s.Addr()
}

// Dial returns a connection inside the process, without a socket, buffered in both
// directions. It can be used as the Dialer of go-redis and in rueidis's DialCtxFn.
//
// Inside testing/synctest, also give go-redis an Addr with an IP address, although that is
// never dialled. Otherwise go-redis looks up the name "localhost"; package net then keeps
// a channel of the bubble, and a later look-up outside of the bubble ends the program.
func (s *Server) Dial(ctx context.Context) (net.Conn, error) {
	s.mu.Lock()
	if s.srv == nil || s.closed {
		s.mu.Unlock()
		return nil, net.ErrClosed
	}
	srv := s.srv
	s.mu.Unlock()
	return srv.Dial(ctx)
}

// Connect returns a new connection, which speaks RESP2 and is closed when the test ends.
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

// Do runs one command on a new connection and returns the reply, in the types of
// [Conn.Do].
func (s *Server) Do(args ...any) any {
	s.t.Helper()
	c := s.Connect(s.t)
	defer c.Close()
	return c.Do(args...)
}

// Call runs one command on a database without a connection. It returns the reply in the
// types of [Conn.Do], or an error reply as a [resp.Error]. Commands about a connection are
// refused, and a blocking command does not wait.
func (s *Server) Call(db int, args ...any) (reply any, err error) {
	s.t.Helper()
	return s.engine().Call(db, args...)
}

// Done returns a channel that is closed when the server has ended, by Close or by a
// client's SHUTDOWN.
func (s *Server) Done() <-chan struct{} {
	s.t.Helper()
	return s.engine().Done()
}

// closePatience is how long Close waits before it reports what it is waiting for.
const closePatience = 5 * time.Second

// Close ends the server and waits until nothing of it runs. It may be called
// again.
func (s *Server) Close() error {
	s.t.Helper()
	s.mu.Lock()
	srv := s.srv
	s.closed = true
	s.mu.Unlock()
	if srv == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closePatience)
	defer cancel()
	err := srv.Shutdown(ctx)
	if err != nil {
		s.t.Errorf("servertest: Close still waits after %v for: %s", closePatience, strings.Join(srv.Lab().Remaining(), ", "))
		return err
	}
	s.calling.Wait()
	return nil
}

// Restart ends the server and starts a new, empty one at the same address. Clients lose
// their connections, as with a real restart.
func (s *Server) Restart() {
	s.t.Helper()
	if _, started := s.now(); !started {
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

// Reset makes the server as good as new, for the next of several tests that share it:
// connections are closed, and data, settings, counters, faults and the history are gone.
// The address stays the same.
func (s *Server) Reset() {
	s.t.Helper()
	s.Restart()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.history.before, s.session.before = nil, nil
}

// end ends the server with its test. It checks the tables, and shows the session if the
// test has failed.
func (s *Server) end() {
	s.t.Helper()
	if srv, err := s.running(); err == nil {
		srv.Lab().AbortScripts() // one may never end
		if err := srv.Lab().Check(); err != nil {
			s.t.Errorf("servertest: the server's tables are out of step: %v", err)
		}
	}
	shown := s.diagram() // now, before Close ends all connections
	s.Close()
	if f, ok := s.t.(interface{ Failed() bool }); ok && f.Failed() {
		s.t.Logf("%s", shown)
	}
}
