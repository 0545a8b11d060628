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

// Outcome says what became of a message, sent, waiting, or the rule by which it
// is not sent; or the rule by which what a client read is not remembered.
type Outcome uint8

// The outcomes. The rules are those of the contract, which integration/transcripts
// has one by one.
const (
	Sent Outcome = iota // queued in the receiver's stream
	Held                // waits for the running command's reply; Sent or another follows

	NoLoop          // the client changed the key itself
	Resp2           // RESP2 and no redirection, so there is no way
	NotSubscribed   // the redirect target speaks RESP2 and subscribes to nothing
	BrokenRedirect  // the redirect target is gone
	HolderGone      // the holder disconnected
	NotTracking     // the holder turned tracking off
	NowBCast        // the holder is in broadcasting mode now
	NoLoopBroadcast // the client was the last to change each of the keys

	TrackingOff // the client does not track
	OptInUnused // OPTIN, and no CLIENT CACHING YES came before
	CachingUsed // OPTIN, and another command has used CLIENT CACHING YES up
	OptedOut    // OPTOUT, and CLIENT CACHING NO came before
	InBCast     // broadcasting mode remembers nothing
	NotReadOnly // the command returns data, but has not the readonly flag
	outcomes
)

// rulings are what an outcome says, and the number of its rule.
var rulings = [outcomes]struct {
	text string
	rule int
}{
	Sent:            {"sent", 0},
	Held:            {"held until after the reply", 37},
	NoLoop:          {"not sent: NOLOOP", 28},
	Resp2:           {"not sent: RESP2 without redirect", 29},
	NotSubscribed:   {"not sent: redirect target has no subscription", 30},
	BrokenRedirect:  {"not sent: redirect target gone", 31},
	HolderGone:      {"not sent: holder gone", 28},
	NotTracking:     {"not sent: holder does not track now", 28},
	NowBCast:        {"not sent: holder is in BCAST now", 28},
	NoLoopBroadcast: {"not sent: NOLOOP", 42},
	TrackingOff:     {"not remembered: tracking is off", 13},
	OptInUnused:     {"not remembered: OPTIN without CLIENT CACHING YES", 16},
	CachingUsed:     {"not remembered: another command used CLIENT CACHING YES up", 15},
	OptedOut:        {"not remembered: OPTOUT and CLIENT CACHING NO", 16},
	InBCast:         {"not remembered: BCAST remembers nothing", 22},
	NotReadOnly:     {"not remembered: the command is not read-only", 20},
}

// String returns the outcome in a few words.
func (o Outcome) String() string { return rulings[o].text }

// Rule returns the number of the rule, in the contract of client tracking, by which
// it came to this; 0 for what was sent, which no rule forbade.
func (o Outcome) Rule() int { return rulings[o].rule }

// Suppressed reports whether no message was sent, nor will be.
func (o Outcome) Suppressed() bool { return o >= NoLoop && o <= NoLoopBroadcast }
