package tracking

// Cause says why holders of a key are told.
type Cause uint8

// The causes.
const (
	Write   Cause = iota // a command changed the key
	Expired              // its time to live ran out
	Evicted              // memory was over maxmemory
	Limit                // the tracking table was over tracking-table-max-keys; the key did not change
	Flush                // a database was flushed
)

// String returns the cause in a word.
func (c Cause) String() string {
	return [...]string{"write", "expired", "evicted", "table limit", "flush"}[c]
}

// Route says which way a message takes.
type Route uint8

// The routes.
const (
	Push      Route = iota // a RESP3 push on the client's own connection
	Redirect               // on another client's connection
	Broadcast              // as a subscriber of a prefix, directly or redirected
)

// String returns the route in a word.
func (r Route) String() string { return [...]string{"push", "redirect", "broadcast"}[r] }

// Outcome says what became of a message: sent, waiting, or the rule by which it
// is not sent.
type Outcome uint8

// The outcomes.
const (
	Sent           Outcome = iota // queued in the receiver's stream
	Held                          // waits for the running command's reply; Sent or another follows
	NoLoop                        // not sent: the client changed the key itself
	Resp2                         // not sent: RESP2 and no redirection, so there is no way
	NotSubscribed                 // not sent: the redirect target speaks RESP2 and subscribes to nothing
	BrokenRedirect                // not sent: the redirect target is gone
	HolderGone                    // not sent: the holder disconnected
	NotTracking                   // not sent: the holder turned tracking off
	NowBCast                      // not sent: the holder is in broadcasting mode now
)

// String returns the outcome in a few words.
func (o Outcome) String() string {
	return [...]string{
		"sent", "held until after the reply", "not sent: NOLOOP", "not sent: RESP2 without redirect",
		"not sent: redirect target has no subscription", "not sent: redirect target gone", "not sent: holder gone",
		"not sent: holder does not track now", "not sent: holder is in BCAST now",
	}[o]
}

// Suppressed tells that no message was sent.
func (o Outcome) Suppressed() bool { return o >= NoLoop }

// Message describes one message, or one that is not sent.
type Message struct {
	Keys     []string // nil for a flush
	Prefix   string   // with Route Broadcast
	Cause    Cause    // with Route Broadcast always Write: changes of many causes go out together
	Writer   uint64   // the client whose command ran, 0 for none
	Holder   uint64   // the client that tracks
	Receiver uint64   // the client that is sent to: Holder, or where it redirects
	Route    Route
	Outcome  Outcome
}

// Trace is a set of functions that are told what tracking does, each optional. A
// nil Trace, or a nil function, costs a comparison. They are called inside the
// server's cycle: they must be quick and must not call the server.
type Trace struct {
	// Enabled: a client turned tracking on, or on again.
	Enabled func(client uint64, s *State)
	// Disabled: a client turned tracking off or disconnected.
	Disabled func(client uint64)
	// Remembered: a client is a holder of key now, and was not before.
	Remembered func(key []byte, client uint64)
	// Forgotten: key left the table.
	Forgotten func(key []byte, cause Cause)
	// Flushed: the whole table was dropped; it had that many keys.
	Flushed func(keys int)
	// Waiting: key changed under a prefix that somebody subscribed to, and waits
	// for the end of the cycle.
	Waiting func(key []byte, writer uint64)
	// Message: a message was sent, held, or not sent.
	Message func(Message)
}
