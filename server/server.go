package server

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"io"
	"maps"
	mathrand "math/rand/v2"
	"net"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/loop"
	"github.com/tattle-server/tattle/server/internal/watch"
	"github.com/tattle-server/tattle/server/internal/wire"
	"github.com/tattle-server/tattle/server/serverlog"
	"github.com/tattle-server/tattle/tracking"
)

// Options say how to start a server. The zero Options is a server with Redis's
// defaults that listens on a free port of the loopback interface and logs nothing.
type Options struct {
	// Config are the settings, which Start copies. They say where to listen; port 0 is
	// no TCP port, and config.Auto one that is free. With nil the settings are Redis's defaults, and the address is
	// 127.0.0.1 with a port that is free; [Server.Addr] tells which.
	Config *config.Config
	// Log takes the log in Redis's form; nil discards it.
	Log io.Writer
	// RDB is an RDB file of Redis to load before the server listens, or "".
	RDB string
	// Persist loads the file that the settings dir and dbfilename name, if it is there.
	Persist bool
	// Clock is a clock that is moved by hand; nil for the real one.
	Clock *ManualClock
	// Manual starts the server with its loop stopped: a command runs by [Lab.Step], and
	// what it caused is written by [Lab.EndCycle].
	Manual bool
	// Tattle answers the TATTLE command: it is [tattle.Answer], of package server/tattle. It is called in a
	// goroutine of its own, outside of any cycle, as the function of a [CustomCommand].
	Tattle func(*Lab, *Request) (reply any, err error)
}

// Server is a running server.
type Server struct {
	// Fixed at the start.
	cfg     *config.Config // its values change by CONFIG SET, in a cycle
	log     *serverlog.Logger
	tattle  func(*Lab, *Request) (any, error) // nil for none
	values  sync.Map                          // of Lab.Value
	renamed renames
	ks      *keyspace.Keyspace
	tracker *tracking.Tracker
	runID   string
	replID  string
	started time.Time

	loop *loop.Loop[*client]

	manualClock atomic.Pointer[ManualClock] // nil while the real clock runs
	moving      sync.Mutex                  // held while it moves; never in a cycle

	// Read when connections are accepted.
	tcpKeepAlive, maxClients atomic.Int64
	nextID                   atomic.Uint64
	tls                      atomic.Pointer[tls.Config] // of the settings

	// Listeners and connections, for Close.
	mu         sync.Mutex
	listeners  []listener
	open       map[*client]struct{}
	openRoom   int
	shaking    map[net.Conn]struct{} // in their TLS handshake; nil after the end
	accepting  sync.WaitGroup
	handshakes sync.WaitGroup
	streams    sync.WaitGroup // of connections that are not sockets
	stopping   atomic.Bool    // the end has begun: no client's command runs any more
	ending     chan struct{}  // closed when the end begins
	done       chan struct{}  // closed when nothing runs any more
	closeOnce  sync.Once

	// Everything below belongs to the cycle.

	// What runs: see execution.go.
	exec       *execution
	beside     *execution // a script that was put aside while others are served
	executions [8]execution
	entered    int // how many executions there are, with those put aside

	sockets       *wire.Sockets[*client] // nil until there is one
	polled        <-chan struct{}        // closed when sockets is not polled any more
	cycleBegan    time.Time
	clock         time.Time // the time for commands
	askedTime     time.Time // when the system was last asked for the time
	realTime      time.Time // what the real clock showed last: the next command begins then
	clients       map[uint64]*client
	clientsRoom   int
	netIn, netOut int64    // bytes
	scratch       []byte   // to read into
	words         [][]byte // scratch of runInput
	dirty         []*client
	unwritten     []*client // to be written to, after the clients whose commands ran
	unblocked     []*client // to go on at the end of the cycle
	invalidation  lastInvalidation
	unwanted      resp.Writer // takes messages for clients that are closing
	flushing      []*client   // their FLUSHALL or FLUSHDB is done and not answered
	events        events
	toFree        []*client // to be freed at the end of the cycle
	departures    []departure
	monitors      ordered[*client]
	pubsub        pubsub
	access        access
	watched       []*index        // by database
	waiting       []*index        // by database: the keys that clients wait for
	ready         ordered[*topic] // of waiting: keys that have changed
	timeouts      timeoutHeap
	pause         pause
	script        scripting
	persistence   persistence
	slowlog       watch.Slowlog
	latency       watch.Latency
	stats         stats
	meter         watch.Meter
	inject        injections
	table         *command.Table
	custom        []command.Row                       // by full name, further rows of the table: see custom.go
	answers       map[int]func(*Request) (any, error) // the functions of custom, by ID
	before        Hook                                // nil for none
	armedPushes   int                                 // pushes that wait for a reply
	between       bool                                // there is a hook, or there are such pushes
	returned      []*blocked                          // whose functions have returned while a script was put aside
	leases        map[uint64]*lease                   // of the clients that have called TATTLE, by id
	loopHeld      *lease                              // of whoever has stopped the loop; nil if Go code has
	clockHeld     *lease                              // of whoever has stopped the clock
	givenClock    *ManualClock                        // is the clock whenever it is stopped; nil until then
	calls         []watch.Calls                       // by command.Row.ID
	errors        watch.ErrorCodes
	softOver      map[*client]time.Time // since when the output is over its soft limit
	weighs        bool                  // weight is kept: see clientmemory.go
	weight        int64                 // the bytes that all clients take

	tableOver      bool
	memoryChanged  bool // maxmemory was set: evict at the end of the cycle
	activeExpire   bool
	expiryBehind   bool
	closed         bool
	broken         bool // a panic at a cycle's end: see catch
	pubsubClients  int
	blockedClients int
	lastTick       int64 // Unix ms
	lastIdle       int64 // when idle clients were last looked for, Unix ms
	armed          int64
	due            int64 // with a manual clock: when the next thing falls due, Unix ms
	timer          *time.Timer
}

// Start starts a server and returns when it accepts connections.
func Start(o Options) (*Server, error) {
	s, err := newServer(o)
	if err != nil {
		return nil, err
	}
	if o.Config == nil {
		err = s.Listen("tcp", "127.0.0.1:0")
	} else {
		err = s.listenAtStart()
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func newServer(o Options) (*Server, error) {
	cfg := config.New()
	cfg.Port = 0
	if o.Config != nil {
		cfg = o.Config.Clone()
	}
	n := int(cfg.Databases)
	s := &Server{
		cfg: cfg, log: newLogger(o.Log, cfg.LogLevel), table: commands(), runID: randomID(), replID: randomID(),
		ending: make(chan struct{}), done: make(chan struct{}), shaking: map[net.Conn]struct{}{}, clients: map[uint64]*client{}, pubsub: newPubSub(),
		errors: watch.ErrorCodes{}, latency: watch.Latency{}, open: map[*client]struct{}{}, answers: map[int]func(*Request) (any, error){}, softOver: map[*client]time.Time{}, leases: map[uint64]*lease{}, activeExpire: true,
	}
	s.tattle, s.givenClock = o.Tattle, o.Clock
	s.manualClock.Store(o.Clock)
	s.loop = loop.New(engine{s})
	s.loop.SetManual(o.Manual)
	s.started = s.now()
	s.meter = watch.NewMeter(s.started)
	s.renamed = newRenames(cfg.Renames)
	s.calls = make([]watch.Calls, s.table.IDs())
	r := mathrand.New(mathrand.NewPCG(mathrand.Uint64(), mathrand.Uint64()))
	s.ks = keyspace.New(n, changes{s}, r)
	s.watched, s.waiting = newIndexes(s.ks.DBs()), newIndexes(s.ks.DBs())
	s.tracker = tracking.New(host{s}, r)
	s.script.init()
	if err := s.loadUsers(); err != nil {
		return nil, err
	}
	s.cfg.Apply = s.applySetting
	s.configChanged()
	s.readClock()
	s.refreshTime()
	s.log.Noticef("Server initialized")
	return s, s.loadAtStart(o)
}

func newLogger(w io.Writer, level string) *serverlog.Logger {
	if w == nil {
		w = io.Discard
	}
	return serverlog.New(w, 'M', serverlog.ParseLevel(level))
}

// Logf writes a line to the server's log.
func (s *Server) Logf(level serverlog.Level, format string, args ...any) {
	s.log.Logf(level, format, args...)
}

func randomID() string {
	var b [20]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// Done returns a channel that is closed when the server has ended, by Close or by the
// SHUTDOWN command.
func (s *Server) Done() <-chan struct{} { return s.done }

// Close ends the server. It closes the listeners and all connections, and returns when
// nothing of the server runs any more. What clients have sent and has not begun to run is
// dropped. It may be called more than once. It always returns nil.
func (s *Server) Close() error { return s.Shutdown(context.Background()) }

// Shutdown is Close with a bound on how long to wait: it returns ctx.Err() when ctx is done
// before the server has ended.
func (s *Server) Shutdown(ctx context.Context) error {
	s.closeOnce.Do(func() { go s.end() })
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// end closes everything. The listeners come first, so that no connection comes after the
// others are told.
func (s *Server) end() {
	s.stopping.Store(true) // else the end would come after all that clients have sent
	s.script.engine.Abort()
	close(s.ending)
	s.closeListeners("")
	s.do(s.logged(func() {
		s.saveAtEnd()
		s.closed = true
		s.loop.SetManual(false)
		s.closeListeners("") // CONFIG SET may have opened some
		if s.timer != nil {
			s.timer.Stop()
		}
		if s.broken {
			return // closeRemaining closes the connections; nobody relies on the tables
		}
		for _, c := range s.sortedClients() {
			s.kill(c, "shutdown")
		}
	}))
	s.accepting.Wait()
	s.endHandshakes()
	s.do(s.logged(s.closeRemaining))
	s.streams.Wait()
	s.persistence.writing.Wait()
	if s.sockets != nil {
		s.sockets.Close()
		<-s.polled
	}
	s.do(s.logged(s.endWatchers))
	close(s.done)
}

// endHandshakes closes the connections that are in a TLS handshake.
func (s *Server) endHandshakes() {
	s.mu.Lock()
	for nc := range s.shaking {
		nc.Close()
	}
	s.shaking = nil
	s.mu.Unlock()
	s.handshakes.Wait()
}

// closeRemaining closes the connections whose peers do not take the last bytes.
func (s *Server) closeRemaining() {
	s.mu.Lock()
	open := slices.Collect(maps.Keys(s.open))
	s.mu.Unlock()
	for _, c := range open {
		s.closeConn(c)
	}
}

// UsedMemory estimates the bytes that keys, values and clients take, as used_memory in INFO.
func (s *Server) UsedMemory() (n int64) {
	s.do(func() { n = s.usedMemory() })
	return n
}

// Do runs fn in a cycle of its own, during which nothing else happens to the server. fn runs
// in the caller's goroutine: a panic is the caller's. Do must not be called from inside a
// cycle.
func (s *Server) Do(fn func()) { s.do(fn) }

func (s *Server) do(fn func()) { s.loop.Do(fn) }

// doBeside is do for what need not wait for the end of a script that takes long: it changes no keys.
func (s *Server) doBeside(fn func()) { s.loop.DoBeside(fn) }

// post runs fn in a cycle, and does not wait for it. A panic goes to the log.
func (s *Server) post(fn func()) { s.loop.Post(s.logged(fn)) }

// logged returns fn with its panics sent to the log.
func (s *Server) logged(fn func()) func() {
	return func() {
		defer func() {
			if r := recover(); r != nil {
				s.log.Warningf("panic in the server's own work: %v\n%s", r, debug.Stack())
			}
		}()
		fn()
	}
}
