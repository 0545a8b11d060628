package tracking

import (
	"math/rand/v2"

	"github.com/tattle-server/tattle/prefixtable"
)

// Client is a connected client as tracking sees it.
type Client interface {
	ID() uint64
	Tracking() *State
	// Proto returns the RESP version that the client speaks now, 2 or 3.
	Proto() int
	// Subscribed reports whether the client has any Pub/Sub subscription.
	Subscribed() bool
	// Invalidate queues an invalidation in the client's stream: a push on RESP3, a
	// message on the channel __redis__:invalidate on RESP2.
	Invalidate(Payload)
	// RedirBroken queues the push tracking-redir-broken. target is the id of the client
	// that invalidations were redirected to.
	RedirBroken(target uint64)
}

// Host is the server as tracking sees it.
type Host interface {
	// Client returns a connected client, or nil.
	Client(id uint64) Client
	// Running returns the client whose command is running, or nil between commands and
	// during the server's own work. While a script or a transaction runs, it is the
	// client that called it.
	Running() Client
	// Executing reports whether the running command has begun. Whatever happens before
	// that, such as evictions to make room for it, is announced before its reply.
	Executing() bool
	// Scripted reports whether a script is running the command. In broadcasting mode,
	// though not in default mode, Redis treats a script's changes as nobody's own.
	Scripted() bool
	// Origin returns where a change that happens now comes from: the running command, if
	// any. It is called only while somebody watches.
	Origin() Origin
}

// Origin is where a change comes from, as events tell it. Its zero value is nowhere.
type Origin struct {
	Event   uint64 // the event that caused it: mostly the one with which the command began
	Writer  uint64 // the client whose command it was
	Command string // its name
	DB      int    // the database of the key that changed last
}

// Payload is the content of an invalidation: one key or many. With neither, it says
// that everything is gone.
type Payload struct {
	Key  []byte // one key, valid during the call
	Keys *Keys  // many keys
	// NullProto is the RESP version in which the null of a flush is written. It is
	// that of the tracking client, even if another client receives the null.
	NullProto int
}

// Keys is a list of keys that goes to many clients. Encoded belongs to the server,
// which puts the keys there in the protocol's form: it makes the array once, for all
// clients.
type Keys struct {
	List    []string
	Encoded []byte
}

// Tracker owns the two tables and decides which clients are told of a change.
type Tracker struct {
	host     Host
	rand     *rand.Rand
	table    table
	prefixes *prefixtable.Table
	clients  int // clients with tracking on

	// MayHear reports whether a client may be told of a key that it has not read. nil
	// stands for yes, as in Redis up to 8.8. Source: redis/redis#15371.
	MayHear func(c Client, key string) bool

	// watched are the kinds of events that are passed to take.
	watched Kinds
	take    func(Event) uint64
	// from is the origin of the messages being sent. It is out of date while nobody watches.
	from Origin
	// gathered maps each key that changed under a prefix in this cycle to the origin of its
	// last change. It is nil while nobody watches.
	gathered map[string]Origin

	// afterReply are the messages to the running client that wait for its reply.
	afterReply []ownMessage
	// overLimit counts the checks in a row that left the table over its limit.
	overLimit int
	// capacity is the constant of this name, and less in tests.
	capacity int
}

// ownMessage is a message to the running client.
type ownMessage struct {
	to        Client
	key       string
	nullProto int // of a flush: see Payload
	cause     Cause
	from      *Origin // its event is the one with Outcome AfterReply; nil if nobody watched
}

// New returns a Tracker. It uses r to pick the keys that leave because of the table's
// limit.
func New(host Host, r *rand.Rand) *Tracker {
	return &Tracker{host: host, rand: r, prefixes: prefixtable.New(), capacity: capacity}
}

// Clients returns the number of clients with tracking on (INFO tracking_clients).
func (t *Tracker) Clients() int { return t.clients }

// Keys returns the number of keys in the tracking table (INFO
// tracking_total_keys).
func (t *Tracker) Keys() int { return t.table.len() }

// Items returns the number of ids summed over the keys, including those of clients
// that are gone (INFO tracking_total_items).
func (t *Tracker) Items() int { return t.table.items }

// Prefixes returns the number of prefixes (INFO tracking_total_prefixes).
func (t *Tracker) Prefixes() int { return t.prefixes.Len() }

// Enable turns tracking on for a client, or changes its options if tracking is on
// already, as CLIENT TRACKING ON does. The caller has checked that the client in
// Redirect exists. On an error nothing has changed.
func (t *Tracker) Enable(c Client, o Options) error {
	s := c.Tracking()
	if err := s.check(o); err != nil {
		return err
	}
	if !s.On {
		t.clients++
	}
	s.On, s.Broken, s.used = true, false, false
	s.BCast, s.OptIn, s.OptOut, s.NoLoop, s.Redirect = o.BCast, o.OptIn, o.OptOut, o.NoLoop, o.Redirect
	if o.BCast {
		t.subscribe(c, o.Prefixes)
	}
	if t.watched.Has(Enabled) {
		t.take(Event{Kind: Enabled, Client: c.ID(), Words: s.options(), CausedBy: t.host.Origin().Event})
	}
	return nil
}

func (t *Tracker) subscribe(c Client, prefixes []string) {
	if len(prefixes) == 0 {
		prefixes = []string{""}
	}
	for _, p := range prefixes {
		t.prefixes.Subscribe(p, c.ID())
	}
	c.Tracking().subscribe(prefixes)
}

// Disable turns tracking off for a client that asked for it or is going away. Its
// prefixes are removed at once; its id stays in the tracking table until the keys
// change.
func (t *Tracker) Disable(c Client) {
	s := c.Tracking()
	if !s.On {
		return
	}
	for _, p := range s.prefixes {
		t.prefixes.Unsubscribe(p, c.ID())
	}
	*s = State{Redirect: s.Redirect} // messages that wait for the reply still need Redirect
	t.clients--
	if t.watched.Has(Disabled) {
		t.take(Event{Kind: Disabled, Client: c.ID(), CausedBy: t.host.Origin().Event})
	}
}

// Remembers reports whether the keys that the client reads now are to be remembered.
func (t *Tracker) Remembers(c Client) bool {
	_, ignores := c.Tracking().ignores()
	return !ignores
}

// Remember makes a client a holder of a key that it has read. Call Remembers first.
func (t *Tracker) Remember(c Client, key []byte) {
	if !t.table.fits(key, t.capacity) {
		t.makeRoom(key)
	}
	if t.table.remember(key, c.ID()) && t.watched.Has(Remembered) {
		t.take(Event{Kind: Remembered, Client: c.ID(), Keys: []string{string(key)}, CausedBy: t.host.Origin().Event})
	}
}

// WantsIgnored reports whether somebody watches reads that are not remembered.
func (t *Tracker) WantsIgnored() bool { return t.watched.Has(NotRemembered) }

// Ignore reports, as an event, that the keys a client has read are not remembered: by
// the rule of its mode or, if its mode would remember them, because the command is not
// read-only. Call WantsIgnored first.
func (t *Tracker) Ignore(c Client, keys []string) {
	s := c.Tracking()
	why, ignores := s.ignores()
	switch {
	case !ignores:
		why = NotReadOnly
	case why == OptInUnused && s.used:
		why, s.used = CachingUsed, false
	}
	t.take(Event{Kind: NotRemembered, Client: c.ID(), Keys: keys, Outcome: why, CausedBy: t.host.Origin().Event})
}
