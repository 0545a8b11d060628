package keyspace

import "math/rand/v2"

// Policy chooses the keys to evict, as maxmemory-policy names it.
type Policy uint8

// The policies of maxmemory-policy.
const (
	NoEviction Policy = iota
	AllKeysLRU
	AllKeysLFU
	AllKeysRandom
	VolatileLRU
	VolatileLFU
	VolatileRandom
	VolatileTTL
)

// PolicyNames are the values of maxmemory-policy, by [Policy].
var PolicyNames = [...]string{
	"noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-random",
	"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
}

// Volatile reports whether only keys with a time to live are evicted.
func (p Policy) Volatile() bool { return p >= VolatileLRU }

// IsLFU reports whether the policy goes by frequency of use.
func (p Policy) IsLFU() bool { return p == AllKeysLFU || p == VolatileLFU }

// IsLRU reports whether the policy goes by time of last use.
func (p Policy) IsLRU() bool { return p == AllKeysLRU || p == VolatileLRU }

// LFU holds the settings of the frequency counter.
type LFU struct {
	LogFactor int64 // lfu-log-factor
	DecayTime int64 // lfu-decay-time, minutes
}

// DefaultLFU are Redis's settings.
var DefaultLFU = LFU{LogFactor: 10, DecayTime: 1}

// lfuInit is the frequency of a new key: above zero, so that the key is not the
// first to be evicted.
const lfuInit = 5

func (ks *Keyspace) initAccess(e *Entry) {
	e.accessed, e.freq, e.freqMin = ks.now, lfuInit, ks.minutes()
}

// touch counts an access. The counter decays for the time since the last access,
// then grows with a probability that is lower the higher the counter is.
func (ks *Keyspace) touch(e *Entry) {
	e.accessed = ks.now
	e.freq, e.freqMin = ks.freq(e), ks.minutes()
	if e.freq == 255 {
		return
	}
	base := float64(max(int(e.freq)-lfuInit, 0))
	if ks.Rand.Float64() < 1/(base*float64(ks.LFU.LogFactor)+1) {
		e.freq++
	}
}

func (ks *Keyspace) minutes() uint16 { return uint16(ks.now / 60000) }

// freq returns the counter of an entry, decayed to the present.
func (ks *Keyspace) freq(e *Entry) uint8 {
	if ks.LFU.DecayTime == 0 {
		return e.freq
	}
	periods := int64(ks.minutes()-e.freqMin) / ks.LFU.DecayTime
	return uint8(max(int64(e.freq)-periods, 0))
}

// Touch counts an access (TOUCH).
func (ks *Keyspace) Touch(e *Entry) { ks.touch(e) }

// Freq returns the frequency counter of an entry, 0 to 255 (OBJECT FREQ).
func (ks *Keyspace) Freq(e *Entry) int { return int(ks.freq(e)) }

// Idle returns the milliseconds since the last access (OBJECT IDLETIME).
func (ks *Keyspace) Idle(e *Entry) int64 { return max(ks.now-e.accessed, 0) }

// SetAccess sets what Idle and Freq return (RESTORE). A negative idle time
// (milliseconds) or frequency leaves the old one.
func (ks *Keyspace) SetAccess(e *Entry, idle int64, freq int) {
	if idle >= 0 {
		e.accessed = ks.now - idle
	}
	if freq >= 0 {
		e.freq, e.freqMin = uint8(freq), ks.minutes()
	}
}

// EvictOne takes a sample of keys, removes and reports the one that the policy puts
// first, and reports whether there was one. samples is maxmemory-samples.
func (ks *Keyspace) EvictOne(p Policy, samples int) bool {
	var best *Entry
	var from *DB
	for _, db := range ks.dbs {
		for range samples {
			e := db.candidate(p, ks.Rand)
			if e == nil {
				break
			}
			if best == nil || ks.better(p, e, best) {
				best, from = e, db
			}
		}
	}
	if best == nil {
		return false
	}
	from.evict(best)
	return true
}

// candidate picks a key that may be evicted, or returns nil. For volatile-ttl the
// heap knows exactly which key is first.
func (db *DB) candidate(p Policy, r *rand.Rand) *Entry {
	switch {
	case p == NoEviction || db.Len() == 0 || p.Volatile() && len(db.expires) == 0:
		return nil
	case p == VolatileTTL:
		return db.expires[0]
	case p.Volatile():
		return db.expires[r.IntN(len(db.expires))]
	}
	e := db.keys.slots.random(r)
	return e
}

// better reports whether a should be evicted before b.
func (ks *Keyspace) better(p Policy, a, b *Entry) bool {
	switch {
	case p.IsLRU():
		return a.accessed < b.accessed
	case p.IsLFU():
		return ks.freq(a) < ks.freq(b)
	case p == VolatileTTL:
		return a.expireAt < b.expireAt
	}
	return ks.Rand.IntN(2) == 0
}

func (db *DB) evict(e *Entry) {
	db.countLazily(e, db.ks.LazyFree.Eviction)
	db.drop(e)
	db.ks.dirty++
	db.ks.Stats.Evicted++
	key := e.Key()
	db.ks.listener.Modified(db, key, Evicted)
	db.Event(ClassEvicted, "evicted", key)
}
