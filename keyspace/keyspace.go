package keyspace

import "math/rand/v2"

// Cause says why a key changed.
type Cause uint8

// The causes of a change.
const (
	Write   Cause = iota // a command
	Expired              // its time to live ran out, seen by a read or by the active cycle
	Evicted              // memory was over maxmemory
)

// String returns the cause as one word.
func (c Cause) String() string { return [...]string{"write", "expired", "evicted"}[c] }

// Class is the class of a keyspace event. notify-keyspace-events selects it by its
// letter.
type Class uint16

// The classes of keyspace events.
const (
	ClassGeneric Class = 1 << iota // g
	ClassString                    // $
	ClassList                      // l
	ClassSet                       // s
	ClassHash                      // h
	ClassZSet                      // z
	ClassExpired                   // x
	ClassEvicted                   // e
	ClassStream                    // t
	ClassKeyMiss                   // m
	ClassNew                       // n
	ClassModule                    // d
)

// Listener hears what happens to keys. The key is valid during the call only.
type Listener interface {
	// Modified is called after each change of a key. The key is then as the change
	// left it.
	Modified(db *DB, key []byte, cause Cause)
	// Ready is called when a key is new, so that those who wait for it look at it; it may not
	// have its value yet. It is also called after a change that is not announced, and that
	// may let those go on who wait.
	Ready(db *DB, key []byte)
	// Event is called for each keyspace event, such as "set" or "expired".
	Event(db *DB, class Class, event string, key []byte)
}

// Limits are the settings at which a value changes its encoding. tattle has one
// representation for each type; the limits only decide the name that OBJECT
// ENCODING replies. The exceptions are HLLSparseMaxBytes, as HyperLogLogs are strings and
// clients can read their bytes, and StringMax: the length in bytes beyond which no command
// makes a string grow (proto-max-bulk-len).
type Limits struct {
	HashListpackEntries, HashListpackValue int64
	ListListpackSize                       int64
	SetIntsetEntries                       int64
	SetListpackEntries, SetListpackValue   int64
	ZSetListpackEntries, ZSetListpackValue int64
	// Nodes of streams are as large as in Redis, since trimming goes by them. 0 is no limit.
	StreamNodeBytes, StreamNodeEntries int64
	HLLSparseMaxBytes                  int64
	StringMax                          int64
	// How values are written: RDBCompression packs strings in RDB files and payloads of DUMP,
	// RDBChecksum ends RDB files with a checksum, and compares those that are read.
	RDBCompression, RDBChecksum bool
}

// DefaultLimits are those of Redis 8.0.
var DefaultLimits = Limits{
	HashListpackEntries: 512, HashListpackValue: 64,
	ListListpackSize:   -2,
	SetIntsetEntries:   512,
	SetListpackEntries: 128, SetListpackValue: 64,
	ZSetListpackEntries: 128, ZSetListpackValue: 64,
	StreamNodeBytes: 4096, StreamNodeEntries: 100,
	HLLSparseMaxBytes: 3000,
	StringMax:         512 << 20,
	RDBCompression:    true, RDBChecksum: true,
}

// Stats counts what INFO reports about the keyspace.
type Stats struct {
	Hits, Misses            int64
	Expired, ExpiredFields  int64
	Evicted                 int64
	LazyFreed               int64 // values that Redis would free in the background
	ActiveExpireTimeCapHits int64
}

// Keyspace is all databases of a server.
type Keyspace struct {
	Limits Limits
	Stats  Stats
	Rand   *rand.Rand

	// NoTouch keeps reads from counting as use of a key (CLIENT NO-TOUCH, and
	// OBJECT itself). The server sets it for the command that runs.
	NoTouch bool
	// SkipChecksums lets LoadDump take payloads with a wrong checksum, for tests.
	SkipChecksums bool
	// HoldExpiry makes expired keys read as missing without removing them, while
	// clients are paused.
	HoldExpiry bool
	// LFU selects how accesses are counted; see the setting maxmemory-policy.
	LFU LFU
	// LazyFree says which values count as LazyFreed.
	LazyFree LazyFree
	// OwnInts says that no integer is kept once for several keys (OBJECT REFCOUNT): Redis
	// notes the use of a key in its value.
	OwnInts bool
	// Policy is the one that OBJECT FREQ and IDLETIME check; EvictOne is told its
	// own.
	Policy Policy

	dbs      []*DB
	listener Listener
	now      int64
	used     int64
	dirty    int64
	lzf      lzf
}

// New makes n empty databases. r is the source of random choices.
func New(n int, listener Listener, r *rand.Rand) *Keyspace {
	ks := &Keyspace{Limits: DefaultLimits, LFU: DefaultLFU, Rand: r, listener: listener}
	ks.dbs = make([]*DB, n)
	for i := range ks.dbs {
		ks.dbs[i] = &DB{Index: i, ks: ks}
	}
	return ks
}

// DB returns the database with that number, or nil.
func (ks *Keyspace) DB(n int) *DB {
	if n < 0 || n >= len(ks.dbs) {
		return nil
	}
	return ks.dbs[n]
}

// DBs returns all databases in order.
func (ks *Keyspace) DBs() []*DB { return ks.dbs }

// Now returns the time by which keys expire for commands, as Unix time in
// milliseconds. It does not change during a command, a script or a transaction.
func (ks *Keyspace) Now() int64 { return ks.now }

// SetNow sets the time. The server does so before each command.
func (ks *Keyspace) SetNow(ms int64) { ks.now = ms }

// Used estimates the bytes that all keys and values take.
func (ks *Keyspace) Used() int64 { return ks.used }

// Dirty returns the number of changes since the start; it only grows.
func (ks *Keyspace) Dirty() int64 { return ks.dirty }

// CountChanges counts n more changes than were reported of keys: of what is saved beside them,
// or of a command that Redis counts as several changes or as none.
func (ks *Keyspace) CountChanges(n int) { ks.dirty += int64(n) }

// Swap exchanges the contents of two databases (SWAPDB).
func (ks *Keyspace) Swap(a, b *DB) { a.contents, b.contents = b.contents, a.contents }
