package tracking

// Cause is the reason why clients are told of a key.
type Cause uint8

// The causes.
const (
	Write   Cause = iota // a command changed the key
	Expired              // the key's time to live ran out
	Evicted              // the key was evicted because of maxmemory
	Limit                // the tracking table was over tracking-table-max-keys; the key did not change
	Flush                // a database was flushed
)

// String returns the cause in a word.
func (c Cause) String() string {
	return [...]string{"write", "expired", "evicted", "table limit", "flush"}[c]
}

// Route is the way that a message takes.
type Route uint8

// The routes.
const (
	Push      Route = iota // a RESP3 push on the client's own connection
	Redirect               // on another client's connection
	Broadcast              // to a subscriber of a prefix, directly or redirected
)

// String returns the route in a word.
func (r Route) String() string { return [...]string{"push", "redirect", "broadcast"}[r] }

// Outcome says what became of a message: that it was sent, that it waits, or why it is not
// sent, which is a rule of tracking or a fault of a test. For keys that a client read, it is
// the rule by which they are not remembered.
//
// Another event, with the same keys, says what becomes of a message that waits. It is caused
// by the event that says that it waits.
type Outcome uint8

// The outcomes. The rules are those of the contract; integration/transcripts has a
// transcript for each.
const (
	Sent       Outcome = iota // queued in the receiver's stream
	AfterReply                // waits for the running command's reply
	Held                      // waits until a test releases it
	Delayed                   // waits, since a test delays it
	Duplicated                // queued once more by a test

	NoLoop          // the client changed the key itself
	Resp2           // the client speaks RESP2 and does not redirect, so nothing can be sent
	NotSubscribed   // the redirect target speaks RESP2 and subscribes to nothing
	BrokenRedirect  // the redirect target is gone
	HolderGone      // the holder disconnected
	NotTracking     // the holder turned tracking off
	NowBCast        // the holder has switched to broadcasting mode
	NoLoopBroadcast // the client was the last to change each of the keys
	NotPermitted    // the client's user may not read any of the keys
	ConnectionEnded // the receiver's connection ends before it
	Dropped         // a test dropped it
	Cut             // a test closed the receiver's connection in its place

	TrackingOff // the client does not track
	OptInUnused // OPTIN without CLIENT CACHING YES
	CachingUsed // OPTIN, and another command has used up CLIENT CACHING YES
	OptedOut    // OPTOUT after CLIENT CACHING NO
	InBCast     // broadcasting mode remembers nothing
	NotReadOnly // the command returns data, but does not have the readonly flag

	NotHeld  // only in a Verdict: the client has not read the key since it changed last
	NoPrefix // only in a Verdict: no prefix of the client covers the key
	outcomes
)

// rulings are the text of each outcome and the number of its rule.
var rulings = [outcomes]struct {
	text string
	rule int
}{
	Sent:            {"sent", 0},
	AfterReply:      {"waits for the reply", 37},
	Held:            {"held by a fault", 0},
	Delayed:         {"delayed by a fault", 0},
	Duplicated:      {"sent again by a fault", 0},
	NoLoop:          {"not sent: NOLOOP", 28},
	Resp2:           {"not sent: RESP2 without redirect", 29},
	NotSubscribed:   {"not sent: redirect target has no subscription", 30},
	BrokenRedirect:  {"not sent: redirect target gone", 31},
	HolderGone:      {"not sent: holder gone", 28},
	NotTracking:     {"not sent: holder does not track now", 28},
	NowBCast:        {"not sent: holder is in BCAST now", 28},
	NoLoopBroadcast: {"not sent: NOLOOP", 42},
	NotPermitted:    {"not sent: its user may not read the key", 41},
	ConnectionEnded: {"not sent: the connection ends", 0},
	Dropped:         {"not sent: dropped by a fault", 0},
	Cut:             {"not sent: connection cut by a fault", 0},
	TrackingOff:     {"not remembered: tracking is off", 13},
	OptInUnused:     {"not remembered: OPTIN without CLIENT CACHING YES", 16},
	CachingUsed:     {"not remembered: another command used up CLIENT CACHING YES", 15},
	OptedOut:        {"not remembered: OPTOUT and CLIENT CACHING NO", 16},
	InBCast:         {"not remembered: BCAST remembers nothing", 22},
	NotReadOnly:     {"not remembered: the command is not read-only", 20},
	NotHeld:         {"not told: it has not read the key since the last change", 25},
	NoPrefix:        {"not told: none of its prefixes covers the key", 41},
}

// String returns the outcome in a few words.
func (o Outcome) String() string { return rulings[o].text }

// Rule returns the number of the rule of the tracking contract that led to the outcome,
// or 0 if no rule did: the message was sent, a test disturbed it, or the connection ended.
func (o Outcome) Rule() int { return rulings[o].rule }

// Suppressed reports whether no message was sent and none will be.
func (o Outcome) Suppressed() bool { return o >= NoLoop && o <= Cut }
