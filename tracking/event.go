package tracking

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Event is one thing that happened in a server. This package makes the events of
// tracking; the server makes the others and numbers all of them.
//
// The meaning of a field, a kind, a cause, a route or an outcome stays. New ones may come,
// and the numbers of the constants may change. The text of [Event.String], Text and the
// order of events that do not cause each other are for people, and may change at any time.
type Event struct {
	// Seq numbers the events of a server in order. A watcher sees gaps where it has not
	// asked for a kind of event.
	Seq uint64
	// At is the time by the server's clock.
	At time.Time
	// Cycle is the number of the server's cycle in which the event happened.
	Cycle uint64
	// CausedBy is the number of the event that caused this one, 0 for none. Usually that
	// is the Began of a command. What becomes of a message that waited is caused by the
	// event that says that it waits, and pushed bytes by their message. If no command was
	// running, a message is caused by the Removed, Forgotten or Gathered of its key.
	CausedBy uint64
	// Fault is the number of the Faulted event by which a test made this happen, 0 for none.
	// A message that is held, a refused command and a connection that is killed have one.
	Fault uint64

	Kind Kind
	// Client is the client that the event is about, 0 for none. For a message it is the
	// tracking client, whoever receives it.
	Client uint64
	Name   string // of that client's connection, if it has one
	// Command is the name of the running command; in a transaction or a script, of the
	// inner one. For a message it is the command that changed the keys, or met the change.
	Command string
	// DB is the number of the database of the command or of the changed key, 0 if there is
	// none. For a message of many keys it is that of the last one.
	DB int

	Keys   []string // nil in a message that says that everything is gone
	Prefix string   // with Route Broadcast
	Cause  Cause    // with Route Broadcast always Write: changes of many causes go out together
	// Writer is the client whose command changed the keys, or met the change: the last of
	// them in a message of many keys. It is 0 for none, which with a Command is direct access.
	Writer     uint64
	WriterName string // of that client's connection, if it has one
	Receiver   uint64 // the client that a message is for: Client, or its redirect target
	Route      Route
	Outcome    Outcome

	// Words are the words of a command, with passwords removed and cut after a few KiB; or
	// the options with which a client tracks from now on, as CLIENT TRACKING takes them.
	Words []string
	// Bytes is a reply or a push as it is sent, with passwords removed and cut likewise.
	Bytes []byte
	// Text is the address of a client that connected, the reason why one was closed, or what
	// a test did to it.
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
	Pushed     // the bytes of an invalidation or a Pub/Sub message were queued for a client
	CycleEnded // a cycle of the server ended
	Faulted    // a test began or ended a fault, or stopped the loop or the clock; Text says which, Client of whom, 0 for all
	Removed    // a key expired or was evicted, as Cause says, whoever holds it
	kinds
)

// String returns the kind in a word or two.
func (k Kind) String() string {
	return [kinds]string{
		"enabled", "disabled", "remembered", "not remembered", "forgotten", "flushed", "gathered", "message",
		"connected", "closed", "began", "ended", "pushed", "cycle ended", "fault", "removed",
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

// String describes the event in one line, without its number and time. It names the writer
// of a change, its command and, unless it is number 0, its database:
//
//	client 1 (app): tracking ON OPTIN NOLOOP
//	client 1 (app) holds [user:1] (GET)
//	invalidate [user:1] for client 1 (app) by push: sent (SET by client 2 in db 3)
func (e Event) String() string {
	who := clientName(e.Client, e.Name)
	switch e.Kind {
	case Enabled:
		return fmt.Sprintf("%s: tracking %s", who, strings.Join(e.Words, " "))
	case Disabled:
		return who + ": tracking OFF"
	case Remembered:
		return fmt.Sprintf("%s holds %s (%s)", who, keyList(e.Keys), e.command())
	case NotRemembered:
		return fmt.Sprintf("%s read %s: %s (%s)", who, keyList(e.Keys), e.Outcome, e.command())
	case Flushed:
		return fmt.Sprintf("the tracking table is dropped (%s)", e.change())
	case Forgotten, Gathered, Removed:
		return fmt.Sprintf("%s %s (%s)", keyList(e.Keys), e.Kind, e.change())
	case Message:
		return fmt.Sprintf("invalidate %s for %s by %s: %s (%s)", keyList(e.Keys), who, e.way(), e.Outcome, e.change())
	case Connected, Closed:
		return fmt.Sprintf("%s %s: %s", who, e.Kind, e.Text)
	case Began:
		return fmt.Sprintf("%s > %s", e.place(who), strings.Join(e.Words, " "))
	case Ended, Pushed:
		return fmt.Sprintf("%s < %q", who, e.Bytes)
	case Faulted:
		if e.Client == 0 {
			return "fault: " + e.Text
		}
		return fmt.Sprintf("fault: %s: %s", who, e.Text)
	}
	return fmt.Sprintf("cycle %d ended", e.Cycle)
}

func clientName(id uint64, name string) string {
	switch {
	case id == 0:
		return "direct access"
	case name == "":
		return fmt.Sprintf("client %d", id)
	}
	return fmt.Sprintf("client %d (%s)", id, name)
}

// place adds the database to a text, unless it is number 0.
func (e Event) place(text string) string {
	if e.DB == 0 {
		return text
	}
	return fmt.Sprintf("%s in db %d", text, e.DB)
}

// command describes the command of a read.
func (e Event) command() string { return e.place(strings.ToUpper(e.Command)) }

// change describes what changed the keys.
func (e Event) change() string {
	if e.Command == "" || e.Cause != Write && e.Cause != Flush {
		return e.place(e.Cause.String())
	}
	return e.place(strings.ToUpper(e.Command) + " by " + clientName(e.Writer, e.WriterName))
}

// way describes the way of a message.
func (e Event) way() string {
	way := e.Route.String()
	if e.Prefix != "" {
		way += " of " + shownKey(e.Prefix)
	}
	if e.Receiver != e.Client {
		way += fmt.Sprintf(" to client %d", e.Receiver)
	}
	return way
}

// shownKeys bounds the keys that a text names.
const shownKeys = 10

func keyList(keys []string) string {
	if keys == nil {
		return "everything"
	}
	shown := make([]string, min(len(keys), shownKeys))
	for i := range shown {
		shown[i] = shownKey(keys[i])
	}
	if more := len(keys) - len(shown); more > 0 {
		shown = append(shown, fmt.Sprintf("and %d more", more))
	}
	return "[" + strings.Join(shown, " ") + "]"
}

// shownKey quotes a key unless it is plain.
func shownKey(key string) string {
	if quoted := strconv.Quote(key); quoted != `"`+key+`"` || strings.ContainsAny(key, " ]") || key == "" {
		return quoted
	}
	return key
}

// Watch calls take with each event of the given kinds from now on, in place of the
// function set before. take is called inside the server's cycle and returns the number
// of the event. An event of any other kind costs one comparison.
func (t *Tracker) Watch(kinds Kinds, take func(Event) uint64) { t.watched, t.take = kinds, take }
