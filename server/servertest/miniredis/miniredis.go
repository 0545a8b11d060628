// Package miniredis has the API of github.com/alicebob/miniredis/v2 on a server of
// [servertest], so that a test written for miniredis moves by one import line. New tests use
// package servertest itself.
//
// Time stands still, as in miniredis, until FastForward or SetTime; it is the same time for
// everything, TIME and stream ids too. A client of a cluster finds a cluster of this one node.
// docs/miniredis.md says what else differs.
package miniredis

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
)

// The errors of direct access.
var (
	ErrKeyNotFound           = servertest.ErrKeyNotFound
	ErrWrongType             = servertest.ErrWrongType
	ErrIntValueError         = servertest.ErrIntValueError
	ErrIntValueOverflowError = servertest.ErrIntValueOverflowError
	ErrFloatValueError       = servertest.ErrFloatValueError
	ErrNotValidHllValue      = error(resp.Error("WRONGTYPE Key is not a valid HyperLogLog string value."))
)

// StreamEntry is an entry of a stream.
type StreamEntry = servertest.StreamEntry

// Tester is what RunT takes of a testing.T.
type Tester interface {
	Fatalf(string, ...interface{})
	Cleanup(func())
	Logf(format string, args ...interface{})
}

// T is what the Check methods take of a testing.T.
type T interface {
	Helper()
	Errorf(string, ...interface{})
}

// databases is how many there are: miniredis makes them when they are asked for.
const databases = "128"

// Miniredis is a server. Its methods for data are those of the database that Select has chosen.
type Miniredis struct {
	*RedisDB // the selected database

	Ctx       context.Context // until Close
	CtxCancel context.CancelFunc

	srv *servertest.Server

	mu        sync.Mutex
	addr      string // of the last listener
	listener  net.Listener
	passwords map[string]string // by user
}

// NewMiniRedis makes a server that Start and its like open to clients. Data can be set before.
func NewMiniRedis() *Miniredis { return on(servertest.RunMain(options()...)) }

func options() []servertest.Option {
	return []servertest.Option{servertest.WithManualClock(time.Now()), servertest.WithSetting("databases", databases)}
}

func on(srv *servertest.Server) *Miniredis {
	m := &Miniredis{srv: srv, addr: "127.0.0.1:0", passwords: map[string]string{}}
	m.Ctx, m.CtxCancel = context.WithCancel(context.Background())
	m.Select(0)
	for command, reply := range map[string]func(host string, port int) any{"CLUSTER SLOTS": slots, "CLUSTER SHARDS": shards, "CLUSTER NODES": nodes} {
		srv.Handle(command, func(*servertest.Request) (any, error) {
			port, _ := strconv.Atoi(m.Port())
			return reply(m.Host(), port), nil
		}, servertest.HandleReplace())
	}
	return m
}

// nodeID is the id of the one node that cluster clients find.
const nodeID = "09dbe9720cda62f7865eabc5fd8857c5d2678366"

// lastSlot is the last hash slot of a cluster.
const lastSlot = 16383

func slots(host string, port int) any {
	return []any{[]any{0, lastSlot, []any{host, port, nodeID}}}
}

func shards(host string, port int) any {
	node := resp.Map{
		{Key: "id", Value: nodeID}, {Key: "ip", Value: host}, {Key: "port", Value: port}, {Key: "role", Value: "master"},
		{Key: "replication-offset", Value: 0}, {Key: "health", Value: "online"},
	}
	return []any{resp.Map{{Key: "slots", Value: []any{0, lastSlot}}, {Key: "nodes", Value: []any{node}}}}
}

func nodes(host string, port int) any {
	return fmt.Sprintf("%s %s:%d@%d myself,master - 0 0 1 connected 0-%d", nodeID, host, port, port, lastSlot)
}

// Run makes and starts a server.
func Run() (*Miniredis, error) {
	m := NewMiniRedis()
	return m, m.Start()
}

// RunTLS is Run for a server that speaks TLS.
func RunTLS(cfg *tls.Config) (*Miniredis, error) {
	m := NewMiniRedis()
	return m, m.StartTLS(cfg)
}

// RunT makes and starts a server that ends with the test.
func RunT(t Tester) *Miniredis {
	tb, ok := t.(servertest.TB)
	if !ok {
		tb = tester{t}
	}
	m := on(servertest.Run(tb, options()...))
	if err := m.Start(); err != nil {
		t.Fatalf("could not start miniredis: %s", err)
	}
	t.Cleanup(m.Close)
	return m
}

// tester makes a servertest.TB of a Tester.
type tester struct{ Tester }

func (tester) Helper()                             {}
func (tester) Name() string                        { return "miniredis" }
func (t tester) Errorf(format string, args ...any) { t.Fatalf(format, args...) }

// Tattle returns the server behind m, with all that package servertest can do.
func (m *Miniredis) Tattle() *servertest.Server { return m.srv }

// Start opens a port of the loopback interface: the one that it had before, if any.
func (m *Miniredis) Start() error { return m.StartAddrTLS(m.lastAddr(), nil) }

// StartTLS is Start for a server that speaks TLS.
func (m *Miniredis) StartTLS(cfg *tls.Config) error { return m.StartAddrTLS(m.lastAddr(), cfg) }

// StartAddr opens an address.
func (m *Miniredis) StartAddr(addr string) error { return m.StartAddrTLS(addr, nil) }

// StartAddrTLS opens an address that speaks TLS, or does not if cfg is nil.
func (m *Miniredis) StartAddrTLS(addr string, cfg *tls.Config) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.addr, m.listener = l.Addr().String(), l
	if cfg != nil {
		l = tls.NewListener(l, cfg)
	}
	go m.srv.Serve(l)
	return nil
}

func (m *Miniredis) lastAddr() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.addr
}

// Close closes the port and all connections. The data stays.
func (m *Miniredis) Close() {
	m.mu.Lock()
	l := m.listener
	m.listener = nil
	m.mu.Unlock()
	if l == nil {
		return
	}
	l.Close()
	m.CtxCancel()
	if m.ended() {
		return
	}
	for _, c := range m.srv.Clients() {
		m.srv.Lab().Faults(c.ID).Kill()
	}
}

// ended reports whether the server itself has ended, with its test or by SHUTDOWN.
func (m *Miniredis) ended() bool {
	select {
	case <-m.srv.Done():
		return true
	default:
		return false
	}
}

// Restart opens the port again. The data is still there.
func (m *Miniredis) Restart() error { return m.Start() }

// Addr returns the address, host:port.
func (m *Miniredis) Addr() string { return m.lastAddr() }

// Host returns the host of Addr.
func (m *Miniredis) Host() string {
	host, _, _ := net.SplitHostPort(m.Addr())
	return host
}

// Port returns the port of Addr.
func (m *Miniredis) Port() string {
	_, port, _ := net.SplitHostPort(m.Addr())
	return port
}

// Dial returns a connection without a socket. The server need not be started.
func (m *Miniredis) Dial() (net.Conn, error) { return m.srv.Dial(context.Background()) }

// DB returns a database.
func (m *Miniredis) DB(i int) *RedisDB { return &RedisDB{m.srv.DB(i), m.srv, i} }

// Select chooses the database that the methods of m work on.
func (m *Miniredis) Select(i int) { m.RedisDB = m.DB(i) }

// SwapDB exchanges two databases.
func (m *Miniredis) SwapDB(i, j int) bool { return m.srv.SwapDB(i, j) }

// Copy copies a key.
func (m *Miniredis) Copy(srcDB int, src string, destDB int, dest string) error {
	return m.srv.Copy(srcDB, src, destDB, dest)
}

// FlushAll removes all keys of all databases.
func (m *Miniredis) FlushAll() { m.srv.FlushAll() }

// FastForward moves the clock.
func (m *Miniredis) FastForward(d time.Duration) { m.srv.FastForward(d) }

// SetTime sets the clock.
func (m *Miniredis) SetTime(t time.Time) { m.srv.SetTime(t) }

// Seed makes random choices repeatable.
func (m *Miniredis) Seed(seed int) { m.srv.Seed(seed) }

// RequireAuth makes connections send AUTH with a password; "" ends that.
func (m *Miniredis) RequireAuth(pw string) { m.RequireUserAuth("default", pw) }

// RequireUserAuth makes connections send AUTH with a user and a password; "" removes the user.
func (m *Miniredis) RequireUserAuth(user, pw string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case pw != "":
		m.passwords[user] = pw
		if _, too := m.passwords["default"]; too && user != "default" {
			m.srv.Call(0, "ACL", "SETUSER", user, "on", ">"+pw, "+@all", "~*", "&*")
			return
		}
		m.srv.RequireUserAuth(user, pw)
		return
	case user != "default":
		m.srv.Call(0, "ACL", "DELUSER", user)
	case len(m.passwords) > 1:
		m.srv.Call(0, "ACL", "SETUSER", user, "off")
	}
	if delete(m.passwords, user); len(m.passwords) == 0 {
		m.srv.RequireAuth("")
	}
}

// SetError makes every command of a client fail; "" ends that.
func (m *Miniredis) SetError(msg string) { m.srv.SetError(msg) }

// IsReadOnlyCommand reports whether a command only reads.
func (m *Miniredis) IsReadOnlyCommand(cmd string) bool { return m.srv.IsReadOnlyCommand(cmd) }

// CommandCount returns how many commands have run, with those of direct access.
func (m *Miniredis) CommandCount() int { return m.srv.CommandCount() }

// CurrentConnectionCount returns how many connections are open, with those of subscribers.
func (m *Miniredis) CurrentConnectionCount() int { return m.srv.CurrentConnectionCount() }

// TotalConnectionCount returns how many connections there were.
func (m *Miniredis) TotalConnectionCount() int { return m.srv.TotalConnectionCount() }

// Publish sends a message to a channel.
func (m *Miniredis) Publish(channel, message string) int { return m.srv.Publish(channel, message) }

// PubSubChannels returns the channels with subscribers that match a pattern.
func (m *Miniredis) PubSubChannels(pattern string) []string { return m.srv.PubSubChannels(pattern) }

// PubSubNumSub returns the number of subscribers of channels.
func (m *Miniredis) PubSubNumSub(channels ...string) map[string]int {
	return m.srv.PubSubNumSub(channels...)
}

// PubSubNumPat returns the number of patterns that clients are subscribed to.
func (m *Miniredis) PubSubNumPat() int { return m.srv.PubSubNumPat() }
