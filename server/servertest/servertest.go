package servertest

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/tattle-server/tattle/server"
)

// Server is a server that runs for as long as a test, as this test sees it: what goes wrong
// fails this test. [Server.For] gives other tests their own view of the same server.
type Server struct {
	database // number 0: its methods are also the server's
	*instance

	t        TB
	patience time.Duration   // of the waits
	ctx      context.Context // which ends them too
	began    moment          // the events before are not this test's
	seen     map[seen]uint64 // the last event that WaitInvalidated has consumed; guarded by mu
}

// Option changes how a server is started.
type Option func(*settings)

type settings struct {
	lines    []string
	clock    *server.ManualClock
	manual   bool
	patience time.Duration
	rdb      string
}

// WithPatience sets how long the waits of [Server] wait before they fail the test: 10
// seconds, if nothing is said. [Server.Within] is for single waits.
func WithPatience(d time.Duration) Option { return func(s *settings) { s.patience = d } }

// WithSetting sets a setting of redis.conf: WithSetting("maxmemory", "1mb").
func WithSetting(name, value string) Option {
	return func(s *settings) { s.lines = append(s.lines, name+" "+value) }
}

// WithRDB loads an RDB file of Redis, such as SAVE writes it, before the server starts.
func WithRDB(path string) Option { return func(s *settings) { s.rdb = path } }

// WithManualClock stops the server's clock at now: it moves by [Server.FastForward] and
// [Server.SetTime], until [Server.RunClock]. Without it the server uses the real clock, which in a bubble of
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
	i := &instance{}
	i.set.patience = waitPatience
	i.funcs = funcs{i: i, running: map[*Request]struct{}{}, returned: sync.NewCond(&i.funcs.mu)}
	for _, o := range opts {
		o(&i.set)
	}
	return i.view(t)
}

// view returns the server as a test sees it that begins now.
func (i *instance) view(t TB) *Server {
	s := &Server{instance: i, t: t, patience: i.set.patience, ctx: context.Background(), seen: map[seen]uint64{}}
	s.database = database{s, 0}
	i.mu.Lock()
	defer i.mu.Unlock()
	s.began = i.history.now()
	return s
}

// For returns the server as a test or subtest sees it that shares the server with others:
// what goes wrong from now on fails this test, and is reported at its line. If the test
// fails, its log shows the session since For. The end of the test checks the server's tables
// and leaves the server running.
//
//	func TestCart(t *testing.T) {
//		srv := shared.For(t) // shared is of RunMain, or of the parent test
//		srv.Reset()
func (s *Server) For(t TB) *Server {
	t.Helper()
	v := s.view(t)
	t.Cleanup(func() {
		t.Helper()
		v.check()
		v.endCallbacks()
		v.funcs.forget(v, false)
		v.show(v.sessionEvents())
	})
	return v
}

// Within returns the same view of the server, with waits that take at most d.
func (s *Server) Within(d time.Duration) *Server {
	v := *s
	v.patience = d
	v.database = database{&v, 0}
	return &v
}

// WithContext returns the same view of the server, with waits that also end when ctx is done.
func (s *Server) WithContext(ctx context.Context) *Server {
	v := *s
	v.ctx = ctx
	v.database = database{&v, 0}
	return &v
}

// Start starts a server made by NewUnstarted.
func (s *Server) Start() {
	s.t.Helper()
	if s.started() {
		s.t.Fatalf("servertest: Start was called before; a server starts once (Restart starts it anew)")
	}
	s.launch()
	s.t.Cleanup(s.end)
}

// launch starts a server, or fails the test.
func (s *Server) launch() {
	s.t.Helper()
	if err := s.start(); err != nil {
		s.t.Fatalf("servertest: starting the server: %v", err)
	}
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

// engine returns the server. The test fails if it does not run.
func (s *Server) engine() *server.Server {
	s.t.Helper()
	srv, err := s.running()
	if err != nil {
		s.t.Fatalf("servertest: %v", err)
	}
	return srv
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
	addr, err := s.address()
	if err != nil {
		s.t.Fatalf("servertest: opening an address: %v", err)
	}
	return addr
}

// Serve serves the connections of the caller's listener until Close, which also closes the
// listener; see [server.Server.Serve]. It mostly runs in a goroutine, so a server that does not run is
// an error and does not fail the test.
func (s *Server) Serve(l net.Listener) error {
	srv, err := s.running()
	if err != nil {
		return fmt.Errorf("servertest: %w", err)
	}
	return srv.Serve(l)
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
// directions. [Server.Dialer] is the same for go-redis, [Server.DialCtxFn] for rueidis.
//
// Inside testing/synctest, also give go-redis an Addr with an IP address, although that is
// never dialled. Otherwise go-redis looks up the name "localhost"; package net then keeps
// a channel of the bubble, and a later look-up outside of the bubble ends the program.
func (s *Server) Dial(ctx context.Context) (net.Conn, error) {
	srv, err := s.running()
	if err != nil {
		return nil, fmt.Errorf("servertest: %w (%w)", err, net.ErrClosed)
	}
	return srv.Dial(ctx)
}

// Dialer returns Dial in the form of go-redis's option of that name. Network and address are ignored.
func (s *Server) Dialer() func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) { return s.Dial(ctx) }
}

// DialCtxFn returns Dial in the form of rueidis's option of that name. rueidis also wants an
// InitAddress, which is never dialled.
func (s *Server) DialCtxFn() func(ctx context.Context, addr string, d *net.Dialer, c *tls.Config) (net.Conn, error) {
	return func(ctx context.Context, _ string, _ *net.Dialer, _ *tls.Config) (net.Conn, error) {
		return s.Dial(ctx)
	}
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
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.srv == nil {
		s.t.Fatalf("servertest: %v", errNotStarted)
	}
	return s.srv.Done()
}

// closePatience is how long Close waits before it reports what it is waiting for.
const closePatience = 5 * time.Second

// Close checks the server's tables, ends the server and waits until nothing of it runs. It
// may be called again.
func (s *Server) Close() error {
	s.t.Helper()
	if srv, err := s.running(); err == nil {
		srv.Lab().AbortScripts() // one that never ends would keep the check from its turn
	}
	s.check()
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

// check fails the test if the tables of a running server are out of step.
func (s *Server) check() {
	s.t.Helper()
	if srv, err := s.running(); err == nil {
		if err := srv.Lab().Check(); err != nil {
			s.t.Errorf("servertest: the server's tables are out of step: %v", err)
		}
	}
}

// Restart ends the server and starts a new, empty one at the same address. Clients lose
// their connections, as with a real restart.
func (s *Server) Restart() {
	s.t.Helper()
	if !s.started() {
		s.t.Fatalf("servertest: Restart of a server that was never started; call Start")
	}
	defer s.keepListener()()
	s.Close()
	s.launch()
	if err := s.reopen(); err != nil {
		s.t.Fatalf("servertest: opening the address again: %v", err)
	}
}

// Reset makes the server as good as new, for the next of several tests that share it:
// connections are closed, and data, settings, counters, faults, functions of [Server.Handle] and
// [Server.Before], and the history are gone.
// The address stays the same.
func (s *Server) Reset() {
	s.t.Helper()
	s.funcs.forget(s, true)
	s.Restart()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.history.forget()
}

// end ends the server with its test.
func (s *Server) end() {
	s.t.Helper()
	session := s.sessionEvents() // now, before Close ends all connections
	s.Close()
	s.awaitFunctions()
	s.show(session)
}

// show logs the session if the test has failed.
func (s *Server) show(session []Event) {
	s.t.Helper()
	if f, ok := s.t.(interface{ Failed() bool }); ok && f.Failed() {
		s.t.Logf("%s", diagram(session))
	}
}
