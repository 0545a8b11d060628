package command

// Flags are the flags of a command. COMMAND INFO shows those up to MovableKeys; the
// rest are for the dispatcher alone.
type Flags uint64

// The flags of commands. The order is the one in which Redis lists them.
const (
	Write    Flags = 1 << iota
	ReadOnly       // the keys that it reads are remembered for tracking
	DenyOOM
	Module
	Admin
	PubSub
	NoScript
	Blocking
	Loading
	Stale
	SkipMonitor
	SkipSlowlog
	Asking
	Fast
	NoAuth
	NoAsyncLoading
	NoMulti
	NoMandatoryKeys
	AllowBusy
	MovableKeys // derived: first, last and step cannot express where the keys are

	MayReplicate    // treated as a write: CLIENT PAUSE WRITE delays it, and a script that only reads may not call it
	Unqueued        // runs at once inside MULTI
	RunsQueued      // runs the queued commands, so that their flags count too
	WhileSubscribed // allowed to a RESP2 connection with subscriptions
	RepliesByPush   // on RESP3 its replies are pushes, which CLIENT REPLY OFF does not silence
	NeedsConnection // makes no sense without a connection of its own
	NeedsDebug      // allowed only by enable-debug-command
	LoadsModules    // refused, as with enable-module-command no
	Instrument      // looks at the server and disturbs it: allowed by enable-tattle-command, and no part of what it looks at
	KeepsCaching    // does not use up CLIENT CACHING, which stays in force for the next command
	ShowsSecrets    // its reply may contain passwords
	Handshake       // sets up a connection, which a manual loop lets run by itself
	AsksHealth      // fails too where writes are refused because saving fails
	TouchesKeys     // marks its keys as used, whatever CLIENT NO-TOUCH says
)

// Restricted are the flags of commands that a setting allows or refuses.
const Restricted = NeedsDebug | LoadsModules | Instrument

var flagNames = []string{
	"write", "readonly", "denyoom", "module", "admin", "pubsub", "noscript", "blocking", "loading", "stale",
	"skip_monitor", "skip_slowlog", "asking", "fast", "no_auth", "no_async_loading", "no_multi",
	"no_mandatory_keys", "allow_busy", "movablekeys",
}

// Names lists the flags that COMMAND INFO shows, in Redis's order.
func (f Flags) Names() []string { return names(uint64(f), flagNames) }

// Category is a set of ACL categories.
type Category uint32

// The ACL categories, in Redis's order.
const (
	CatKeyspace Category = 1 << iota
	CatRead
	CatWrite
	CatSet
	CatSortedSet
	CatList
	CatHash
	CatString
	CatBitmap
	CatHyperLogLog
	CatGeo
	CatStream
	CatPubSub
	CatAdmin
	CatFast
	CatSlow
	CatBlocking
	CatDangerous
	CatConnection
	CatTransaction
	CatScripting
)

// CategoryNames are the names of the ACL categories, without the @.
var CategoryNames = []string{
	"keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap", "hyperloglog", "geo",
	"stream", "pubsub", "admin", "fast", "slow", "blocking", "dangerous", "connection", "transaction", "scripting",
}

// Names lists the categories in Redis's order.
func (c Category) Names() []string { return names(uint64(c), CategoryNames) }

func names(bits uint64, all []string) []string {
	var out []string
	for i, name := range all {
		if bits&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}
