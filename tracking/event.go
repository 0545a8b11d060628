package tracking

import (
	"fmt"
	"strings"
	"time"
)

// Event is one thing that happened. This package tells of what tracking does; the
// server, which adds what happens around it, numbers all events in one row.
type Event struct {
	// Seq numbers the events of a server in their order. Numbers are missing where
	// nobody wanted to know.
	Seq uint64
	// At is the time by the server's clock.
	At time.Time
	// Cycle is the cycle of the server in which it happened.
	Cycle uint64
	// CausedBy is the number of the event that this one follows from, 0 for none: the
	// command that ran. Without a command it is an event before it: that its key was
	// forgotten, or changed and waits. Of a message sent after the reply it is the one
	// that tells that it was held; of bytes pushed, their message.
	CausedBy uint64

	Kind Kind
	// Client is whom it is about, 0 for nobody; of a message the client that tracks.
	Client uint64
	Name   string // of that client's connection, if it has one
	// Command is the name of the command that ran: in a transaction or a script the
	// inner one.
	Command string

	Keys     []string // nil where a message says that everything is gone
	Prefix   string   // with Route Broadcast
	Cause    Cause    // with Route Broadcast always Write: changes of many causes go out together
	Writer   uint64   // the client whose command changed the keys, 0 for none
	Receiver uint64   // the client that a message is for: Client, or where it redirects
	Route    Route
	Outcome  Outcome

	// Words are a command as it came, or the flags of a client that enabled tracking.
	// Passwords are left out, and what is longer than a few KiB is cut.
	Words []string
	// Bytes are a reply or a push in the protocol's form, cut like Words.
	Bytes []byte
	// Text is the address of a client that connected, or why it was closed.
	Text string
}

// Kind is what an [Event] tells of.
type Kind uint8

// The kinds of events.
const (
	Enabled       Kind = iota // a client turned tracking on, or on again
	Disabled                  // a client turned tracking off, or went
	Remembered                // a client became a holder of a key
	NotRemembered             // a client read keys and is no holder of them; Outcome has the rule
	Forgotten                 // a key left the tracking table
	Flushed                   // the whole table was dropped
	Waiting                   // a key under a prefix of BCAST changed, and waits for the end of the cycle
	Message                   // an invalidation was sent, held, or not sent and why

	Connected  // a client came
	Closed     // a client went
	Began      // a command came, which may be refused or have to wait
	Ended      // it is over and its reply is queued
	Pushed     // the bytes of a message were queued for a client
	CycleEnded // what was queued in this cycle is handed out
	kinds
)

// String returns the kind in a word or two.
func (k Kind) String() string {
	return [kinds]string{
		"enabled", "disabled", "remembered", "not remembered", "forgotten", "flushed", "waiting", "message",
		"connected", "closed", "began", "ended", "pushed", "cycle ended",
	}[k]
}

// Kinds is a set of kinds.
type Kinds uint32

// KindsOf makes a set; of none given it is that of all.
func KindsOf(list ...Kind) (set Kinds) {
	if len(list) == 0 {
		return 1<<kinds - 1
	}
	for _, k := range list {
		set |= 1 << k
	}
	return set
}

// Has reports whether a kind is in the set.
func (s Kinds) Has(k Kind) bool { return s&(1<<k) != 0 }

// String tells the event in a line, without its number and time.
func (e Event) String() string {
	who := fmt.Sprintf("client %d", e.Client)
	switch e.Kind {
	case Enabled, Disabled:
		return fmt.Sprintf("%s: tracking %s", who, e.Kind)
	case Remembered:
		return fmt.Sprintf("%s holds %q", who, e.Keys[0])
	case NotRemembered:
		return fmt.Sprintf("%s read %q: %s", who, e.Keys, e.Outcome)
	case Flushed:
		return "the tracking table is dropped"
	case Forgotten, Waiting:
		return fmt.Sprintf("%q %s (%s)", e.Keys[0], e.Kind, e.Cause)
	case Message:
		what := strings.Join(e.Keys, " ")
		if e.Keys == nil {
			what = "(everything)"
		}
		return fmt.Sprintf("invalidate [%s] for %s by %s, %s: %s", what, who, e.Route, e.Cause, e.Outcome)
	case Connected, Closed:
		return fmt.Sprintf("%s %s: %s", who, e.Kind, e.Text)
	case Began:
		return fmt.Sprintf("%s > %s", who, strings.Join(e.Words, " "))
	case Ended, Pushed:
		return fmt.Sprintf("%s < %q", who, e.Bytes)
	}
	return fmt.Sprintf("cycle %d ended", e.Cycle)
}

// Watch makes take hear of every event of some kinds from now on, in place of who
// heard of them before; no kinds end it. It is called inside of the server's cycle, numbers the
// event and returns the number. An event that nobody wants costs a comparison.
func (t *Tracker) Watch(kinds Kinds, take func(Event) uint64) { t.watched, t.take = kinds, take }
