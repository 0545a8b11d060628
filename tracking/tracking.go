package tracking

import (
	"math/rand/v2"

	"github.com/tattle-server/tattle/prefixtable"
)

// Client is a connected client as tracking sees it.
type Client interface {
	ID() uint64
	Tracking() *State
	// Proto is the RESP version that it speaks now, 2 or 3.
	Proto() int
	// Subscribed reports whether it has any Pub/Sub subscription.
	Subscribed() bool
	// Invalidate queues an invalidation in its stream: a push on RESP3, a message
	// of the channel __redis__:invalidate on RESP2.
	Invalidate(Payload)
	// RedirBroken queues the push tracking-redir-broken with the id that it
	// redirected to.
	RedirBroken(target uint64)
}

// Host is the server as tracking sees it.
type Host interface {
	// Client returns a connected client, or nil.
	Client(id uint64) Client
	// Running returns the client whose command runs, or nil between commands and
	// in the server's own work. In a script or a transaction it is the client that
	// called it.
	Running() Client
	// Executing reports whether that command has begun. What happens before (keys
	// evicted to make room for it) is announced before its reply.
	Executing() bool
	// Scripted reports whether that command is being run by a script. Redis counts
	// what a script changes as nobody's own in broadcasting mode, though not in
	// default mode.
	Scripted() bool
	// Event returns the number of the event with which the running command began, 0 for
	// none. It is called only while somebody watches.
	Event() uint64
}

// Payload is what an invalidation says: one key, or many, or with neither that
// everything is gone.
type Payload struct {
	Key  []byte // one key, valid during the call
	Keys *Keys  // many keys
	// NullProto is the RESP version in which the null of a flush is written: that
	// of the client that tracks, whoever receives it.
	NullProto int
}

// Keys is a list of keys that goes to many clients. Encoded is for who writes
// them: the array in the protocol's form, once made, serves all.
type Keys struct {
	List    []string
	Encoded []byte
}

// Tracker holds the two tables and decides who is told.
type Tracker struct {
	host     Host
	rand     *rand.Rand
	table    table
	prefixes *prefixtable.Table
	clients  int // clients with tracking on

	// watched are the kinds of events that take wants to hear of.
	watched Kinds
	take    func(Event) uint64
	// from says what messages come from now, if not from the running command. waits has the
	// event for each key that changed in this cycle.
	from  origin
	waits map[string]uint64

	// held are the messages for the running client that wait for its reply.
	held []heldMessage
	// overLimit counts the times in a row that the limit was not reached.
	overLimit int
}

// origin is the event and the client that messages come from; 0 says nothing.
type origin struct{ event, writer uint64 }

type heldMessage struct {
	to        Client
	key       string
	nullProto int // of a flush: see Payload
	cause     Cause
	event     uint64 // that tells that it was held
}

// New makes a Tracker. Keys that leave because of the table's limit are picked
// with r.
func New(host Host, r *rand.Rand) *Tracker {
	return &Tracker{host: host, rand: r, prefixes: prefixtable.New()}
}

// Clients returns the number of clients with tracking on (INFO tracking_clients).
func (t *Tracker) Clients() int { return t.clients }

// Keys returns the number of keys in the tracking table (INFO
// tracking_total_keys).
func (t *Tracker) Keys() int { return t.table.len() }

// Items returns the number of ids summed over the keys, those of clients that are
// gone included (INFO tracking_total_items).
func (t *Tracker) Items() int { return t.table.items }

// Prefixes returns the number of prefixes (INFO tracking_total_prefixes).
func (t *Tracker) Prefixes() int { return t.prefixes.Len() }

// Enable turns tracking on for a client, or changes it where it is on already:
// CLIENT TRACKING ON with its options. Redirect must have been checked to exist.
// On an error nothing has changed.
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
		t.take(Event{Kind: Enabled, Client: c.ID(), Words: s.Flags(), CausedBy: t.host.Event()})
	}
	return nil
}

func (t *Tracker) subscribe(c Client, prefixes []string) {
	if len(prefixes) == 0 {
		prefixes = []string{""}
	}
	for _, p := range prefixes {
		t.prefixes.Subscribe(p, c.ID())
		c.Tracking().hold(p)
	}
}

// Disable turns tracking off for a client, which has asked for it or is going
// away. Its prefixes go at once; its ids in the tracking table stay until the
// keys change.
func (t *Tracker) Disable(c Client) {
	s := c.Tracking()
	if !s.On {
		return
	}
	for _, p := range s.prefixes {
		t.prefixes.Unsubscribe(p, c.ID())
	}
	*s = State{Redirect: s.Redirect} // which a message that waits for the reply goes by
	t.clients--
	if t.watched.Has(Disabled) {
		t.take(Event{Kind: Disabled, Client: c.ID(), CausedBy: t.host.Event()})
	}
}

// Remembers reports whether what the client reads now is to be remembered.
func (t *Tracker) Remembers(c Client) bool {
	_, ignores := c.Tracking().ignores()
	return !ignores
}

// Remember makes a client a holder of a key that it has read. Ask Remembers
// first.
func (t *Tracker) Remember(c Client, key []byte) {
	if t.table.remember(key, c.ID()) && t.watched.Has(Remembered) {
		t.take(Event{Kind: Remembered, Client: c.ID(), Keys: []string{string(key)}, CausedBy: t.host.Event()})
	}
}

// WantsIgnored reports whether somebody watches what is read and not remembered.
func (t *Tracker) WantsIgnored() bool { return t.watched.Has(NotRemembered) }

// Ignore tells that keys which a client has read are not remembered: by the rule of its
// mode or, if its mode would remember them, because the command is not read-only. Ask
// WantsIgnored first.
func (t *Tracker) Ignore(c Client, keys []string) {
	s := c.Tracking()
	why, ignores := s.ignores()
	switch {
	case !ignores:
		why = NotReadOnly
	case why == OptInUnused && s.used:
		why, s.used = CachingUsed, false
	}
	t.take(Event{Kind: NotRemembered, Client: c.ID(), Keys: keys, Outcome: why, CausedBy: t.host.Event()})
}
