package cachecheck

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/tattle-server/tattle/server/servertest"
)

// Client is a cache under test. Its methods are called by one goroutine at a time. A Get
// may still be running when the connection is cut; after an error it is called again.
type Client interface {
	// Get reads a string through the cache; found is false if the key does not
	// exist.
	Get(ctx context.Context, key string) (value string, found bool, err error)
	// Set writes a string.
	Set(ctx context.Context, key, value string) error
	// Close ends all connections.
	Close()
}

// Open makes a cache that uses srv, by [servertest.Server.Addr] or
// [servertest.Server.Dial]. Each of its connections must have the given name before it is
// used (by CLIENT SETNAME, or SETNAME of HELLO): that is how cachecheck finds the
// connections to cut and to delay.
type Open func(srv *servertest.Server, name string) (Client, error)

// Option changes what [Run] and [Find] try.
type Option func(*settings)

type settings struct {
	seed     uint64
	rounds   int
	steps    int
	clients  int
	keys     int
	patience patience
	server   []servertest.Option
}

// The defaults of the options: more than a hundred times what it takes to find the
// mistakes that this package was made for.
const (
	defaultRounds   = 40
	defaultSteps    = 80
	defaultClients  = 3
	defaultKeys     = 4
	defaultPatience = time.Second
)

// WithSeed repeats the run whose failure has printed the seed. Without it every run is
// different.
func WithSeed(seed uint64) Option { return func(s *settings) { s.seed = seed } }

// WithRounds sets how many lists of steps are played, each on a server of its own.
func WithRounds(n int) Option { return func(s *settings) { s.rounds = n } }

// WithSteps sets how long each list is.
func WithSteps(n int) Option { return func(s *settings) { s.steps = n } }

// WithClients sets how many caches there are.
func WithClients(n int) Option { return func(s *settings) { s.clients = max(n, 1) } }

// WithKeys sets how many keys they share.
func WithKeys(n int) Option { return func(s *settings) { s.keys = max(n, 1) } }

// WithPatience sets how long a client may go on reading an old value when all is quiet.
// The default of a second is a thousand times what a good cache needs, and it costs time
// only with bad ones.
func WithPatience(d time.Duration) Option { return func(s *settings) { s.patience.atLeast = d } }

// WithServer starts the servers with options, such as
// servertest.WithSetting("tracking-table-max-keys", "2").
func WithServer(opts ...servertest.Option) Option {
	return func(s *settings) { s.server = append(s.server, opts...) }
}

// Run tries a kind of cache and fails the test if it finds a mistake.
func Run(t servertest.TB, open Open, opts ...Option) {
	t.Helper()
	if found := Find(t, open, opts...); found != nil {
		t.Errorf("%s", found)
	}
}

// Find is Run for callers that expect a mistake. It returns nil if there is none. It fails
// the test only if nothing can be found: if the cache cannot be opened, its connections do
// not have their name, or it never asks the server to track.
func Find(t servertest.TB, open Open, opts ...Option) *Finding {
	t.Helper()
	s := settings{
		seed: rand.Uint64(), rounds: defaultRounds, steps: defaultSteps, clients: defaultClients, keys: defaultKeys,
		patience: patience{atLeast: defaultPatience, rounds: quietRounds},
	}
	for _, o := range opts {
		o(&s)
	}
	tracked := false
	for round := range s.rounds {
		steps := s.generate(uint64(round))
		p := perform(t, s, open, steps)
		tracked = tracked || p.tracked
		if len(p.wrong) > 0 {
			return s.report(t, open, round, p)
		}
	}
	if !tracked && s.rounds > 0 {
		t.Fatalf("cachecheck: no connection of the caches ever turned tracking on, or was named as Open was told (%q and so on): "+
			"there was nothing to check", cacheName(0))
	}
	return nil
}
