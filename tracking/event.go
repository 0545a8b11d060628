package tracking

import (
	"fmt"
	"strings"
	"time"
)

// Event is one thing that happened in a server. This package makes the events of
// tracking; the server adds those around it, and numbers all of them.
type Event struct {
	// Seq numbers the events of a server in their order. A watcher misses the numbers of
	// events that it does not want.
	Seq uint64
	// At is the time by the server's clock.
	At time.Time
	// Cycle is the cycle of the server in which it happened.
	Cycle uint64
	// CausedBy is the number of the event that caused this one, 0 for none. Mostly that is
	// the Began of a command. A message that was held until after the reply is caused by
	// the event that says so, and pushed bytes by their message. Where no command ran, a
	// message is caused by its key being forgotten, or changing under a prefix.
	CausedBy uint64

	Kind Kind
	// Client is the client that the event is about, 0 for none; for a message the one that
	// tracks.
	Client uint64
	Name   string // of that client's connection, if it has one
	// Command is the name of the command that was at work: in a transaction or a script
	// the inner one.
	Command string

	Keys     []string // nil in a message that says that everything is gone
	Prefix   string   // with Route Broadcast
	Cause    Cause    // with Route Broadcast always Write: changes of many causes go out together
	Writer   uint64   // the client whose command changed the keys, 0 for none
	Receiver uint64   // the client that a message is for: Client, or where it redirects
	Route    Route
	Outcome  Outcome

	// Words is a command as it came, without passwords and cut after a few KiB; or the
	// flags of a client that enabled tracking.
	Words []string
	// Bytes is a reply or a push in the protocol's form, without passwords and cut too.
	Bytes []byte
	// Text is the address of a client that connected, or the reason why one was closed.
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

	Connected  // a client connected
	Closed     // a client is gone
	Began      // a command came; it may be refused or have to wait
	Ended      // a command is over, and its reply is queued
	Pushed     // the bytes of a message were queued for a client
	CycleEnded // a cycle of the server ended
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

// KindsOf returns the set of these kinds, or of all kinds if none is given.
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

// Watch calls take with each event of some kinds from now on, in place of the function
// that was set before. take is called inside the server's cycle and returns the number
// of the event. An event that nobody wants costs a comparison.
func (t *Tracker) Watch(kinds Kinds, take func(Event) uint64) { t.watched, t.take = kinds, take }
