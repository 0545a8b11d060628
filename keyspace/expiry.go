package keyspace

import "time"

// due reports whether the time to live of an entry has run out.
func (e *Entry) due(now int64) bool { return e.expireAt != 0 && e.expireAt <= now }

// expireIfDue removes an entry whose time has come, unless expiry is held, and reports
// whether it has.
func (db *DB) expireIfDue(e *Entry) bool {
	if !e.due(db.ks.now) || db.ks.HoldExpiry {
		return false
	}
	db.expire(e)
	return true
}

// expire removes an entry whose time has come and reports it.
func (db *DB) expire(e *Entry) {
	db.countLazily(e, db.ks.LazyFree.Expire)
	db.drop(e)
	db.ks.dirty++
	db.ks.Stats.Expired++
	key := e.Key()
	db.ks.listener.Modified(db, key, Expired)
	db.Event(ClassExpired, "expired", key)
}

// expireCheckEvery is how many keys and fields the active cycle removes between two
// readings of the clock.
const expireCheckEvery = 16

// ActiveExpire removes keys, and fields of hashes, whose time has come. In each
// database keys come first, and the earliest of them before the others. It reports
// whether it finished before the budget was used up. elapsed returns the time since
// the cycle began.
//
// Redis samples at random because its keys are not ordered by time. Here they are
// in a heap, so every key looked at is due.
func (ks *Keyspace) ActiveExpire(budget time.Duration, elapsed func() time.Duration) bool {
	unchecked := 0
	for _, db := range ks.dbs {
		for n := db.expireDue(); n > 0; n = db.expireDue() {
			unchecked += n
			if unchecked < expireCheckEvery {
				continue
			}
			unchecked = 0
			if elapsed() > budget {
				ks.Stats.ActiveExpireTimeCapHits++
				return false
			}
		}
	}
	return true
}

// expireDue removes one key whose time has come, or some fields of one hash. It
// returns how many it removed, 0 if nothing is due.
func (db *DB) expireDue() int {
	if e, ok := db.expires.first(); ok && e.expireAt <= db.ks.now {
		db.expire(e)
		return 1
	}
	if a, ok := db.alarms.first(); ok && a.at <= db.ks.now {
		return max(db.expireSome(a.entry), 1)
	}
	return 0
}

// NextExpiry returns the earliest time at which a key or a field of a hash
// expires, as Unix time in milliseconds, or 0 if nothing does.
func (ks *Keyspace) NextExpiry() int64 {
	var next int64
	sooner := func(at int64) {
		if next == 0 || at < next {
			next = at
		}
	}
	for _, db := range ks.dbs {
		if e, ok := db.expires.first(); ok {
			sooner(e.expireAt)
		}
		if a, ok := db.alarms.first(); ok {
			sooner(a.at)
		}
	}
	return next
}

// AverageTTL estimates the average time that the keys with a time to live have
// left, in milliseconds, from as many keys as Redis samples.
func (db *DB) AverageTTL() int64 {
	const sample = 20
	n := min(len(db.expires), sample)
	if n == 0 {
		return 0
	}
	var sum int64
	for range n {
		sum += max(db.expires[db.ks.Rand.IntN(len(db.expires))].expireAt-db.ks.now, 0)
	}
	return sum / int64(n)
}
