package tracking

import (
	"fmt"
	"strings"
	"time"
)

// Event is one thing that happened in a server. This package makes the events of
// tracking; the server makes the others and numbers all of them.
type Event struct {
	// Seq numbers the events of a server in order. A watcher sees gaps where it has not
	// asked for a kind of event.
	Seq uint64
	// At is the time by the server's clock.
	At time.Time
	// Cycle is the number of the server's cycle in which the event happened.
	Cycle uint64
	// CausedBy is the number of the event that caused this one, 0 for none. Usually that
	// is the Began of a command. A message that waited for a reply is caused by the event
	// with Outcome AfterReply, and pushed bytes by their message. If no command was running,
	// a message is caused by the Forgotten or Gathered of its key.
	CausedBy uint64

	Kind Kind
	// Client is the client that the event is about, 0 for none. For a message it is the
	// tracking client, whoever receives it.
	Client uint64
	Name   string // of that client's connection, if it has one
	// Command is the name of the running command; in a transaction or a script, of the
	// inner one.
	Command string

	Keys     []string // nil in a message that says that everything is gone
	Prefix   string   // with Route Broadcast
	Cause    Cause    // with Route Broadcast always Write: changes of many causes go out together
	Writer   uint64   // the client whose command changed the keys, 0 for none
	Receiver uint64   // the client that a message is for: Client, or its redirect target
	Route    Route
	Outcome  Outcome

	// Words are the words of a command, with passwords removed and cut after a few KiB; or
	// the flags of a client that has enabled tracking.
	Words []string
	// Bytes is a reply or a push as it is sent, with passwords removed and cut likewise.
	Bytes []byte
	// Text is the address of a client that connected, or the reason why one was closed.
	Text string
}

// Kind says what kind of thing happened.
type Kind uint8

// The kinds of events.
const (
	Enabled       Kind = iota // a client turned tracking on, or changed its options
	Disabled                  // a client turned tracking off, or disconnected
	Remembered                // a client became a holder of a key
	NotRemembered             // a client read keys without becoming their holder; Outcome has the rule
	Forgotten                 // a key left the tracking table
	Flushed                   // the whole table was dropped
	Gathered                  // a key changed under a prefix of BCAST, to be sent at the end of the cycle
	Message                   // an invalidation; Outcome says whether it was sent, and if not, why

	Connected  // a client connected
	Closed     // a client disconnected
	Began      // a command arrived; it may be refused or have to wait
	Ended      // a command ended, and its reply is queued
	Pushed     // the bytes of a message were queued for a client
	CycleEnded // a cycle of the server ended
	kinds
)

// String returns the kind in a word or two.
func (k Kind) String() string {
	return [kinds]string{
		"enabled", "disabled", "remembered", "not remembered", "forgotten", "flushed", "gathered", "message",
		"connected", "closed", "began", "ended", "pushed", "cycle ended",
	}[k]
}

// Kinds is a set of kinds.
type Kinds uint32

// KindsOf returns the set of the given kinds, or of all kinds if none is given.
func KindsOf(list ...Kind) (set Kinds) {
	if len(list) == 0 {
		return 1<<kinds - 1
	}
	for _, k := range list {
		set |= 1 << k
	}
	return set
}

// Has reports whether k is in the set.
func (s Kinds) Has(k Kind) bool { return s&(1<<k) != 0 }

// String describes the event in one line, without its number and time.
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
	case Forgotten, Gathered:
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

// Watch calls take with each event of the given kinds from now on, in place of the
// function set before. take is called inside the server's cycle and returns the number
// of the event. An event of any other kind costs one comparison.
func (t *Tracker) Watch(kinds Kinds, take func(Event) uint64) { t.watched, t.take = kinds, take }
