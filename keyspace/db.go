package keyspace

import (
	"errors"
	"math/rand/v2"
)

// ErrWrongType says that a key holds a value of another type than the command
// expects.
var ErrWrongType = errors.New("WRONGTYPE Operation against a key holding the wrong kind of value")

// DB is one numbered database.
//
// A command that changes a key works in this order: find the [Entry] with
// LookupWrite, change the value, drop the key with Delete if the value is
// empty, then Modified, then Event. Modified must be called exactly when
// something changed: it is what invalidates clients' caches.
type DB struct {
	Index int
	ks    *Keyspace
	contents
}

// contents is what SWAPDB and FLUSHDB exchange.
type contents struct {
	keys    keyTable
	expires deadlines[*Entry]
	alarms  deadlines[*hashAlarm] // see hash_expiry.go
	alarmOf map[*Entry]*hashAlarm // of those that are alarmed
	used    int64
	sizes   Sizes
}

// Keyspace returns the keyspace that the database is part of.
func (db *DB) Keyspace() *Keyspace { return db.ks }

// Len returns the number of keys, including those that have expired but have not
// been removed yet (DBSIZE counts them too).
func (db *DB) Len() int { return db.keys.len() }

// Expires returns the number of keys with a time to live.
func (db *DB) Expires() int { return len(db.expires) }

// LookupRead finds a key for a command that reads it, and counts the access and the
// hit or miss. It returns nil if there is no such key. A key that has expired is
// removed and reported first.
func (db *DB) LookupRead(key []byte) *Entry {
	e := db.LookupWrite(key)
	if e == nil {
		db.ks.Stats.Misses++
		db.Event(ClassKeyMiss, "keymiss", key)
		return nil
	}
	db.ks.Stats.Hits++
	return e
}

// LookupWrite finds a key for a command that writes it. Unlike LookupRead, it does
// not count hits and misses.
func (db *DB) LookupWrite(key []byte) *Entry {
	e := db.Peek(key)
	if e != nil && !db.ks.NoTouch {
		db.ks.touch(e)
	}
	return e
}

// Peek finds a key without counting the access. A key that has expired is
// removed and reported.
func (db *DB) Peek(key []byte) *Entry {
	e := db.keys.get(key)
	if e == nil || db.expireIfDue(e) || e.due(db.ks.now) {
		return nil
	}
	return e
}

// As returns the value of an entry as type T: nil for a nil entry, and ErrWrongType
// for a value of another type. Typical use: zset, err :=
// keyspace.As[*ZSet](db.LookupRead(key)).
func As[T Value](e *Entry) (T, error) {
	var none T
	if e == nil {
		return none, nil
	}
	v, ok := e.obj.(T)
	if !ok {
		return none, ErrWrongType
	}
	return v, nil
}

// Put stores a value of any type but string under key, replacing what was there.
// The time to live is dropped unless keepTTL is set.
func (db *DB) Put(key []byte, v Value, keepTTL bool) *Entry {
	e := db.place(key, keepTTL)
	e.str, e.obj, e.raw = nil, v, false
	db.setAlarm(e)
	return e
}

// PutStr stores a copy of a string under key, replacing what was there. The time to
// live is dropped unless keepTTL is set.
func (db *DB) PutStr(key, b []byte, keepTTL bool) *Entry {
	e := db.replace(key, keepTTL)
	if e == nil {
		return db.add(newEntry(key, b))
	}
	e.SetStr(append(make([]byte, 0, len(b)), b...), false)
	db.clearAlarm(e)
	return e
}

// place returns the entry that is to hold a new value of key.
func (db *DB) place(key []byte, keepTTL bool) *Entry {
	e := db.replace(key, keepTTL)
	if e == nil {
		e = db.add(newEntry(key, nil))
	}
	return e
}

// replace returns the existing entry of key, ready for a new value, or nil if there
// is none. A key that has expired is removed and reported, not overwritten.
func (db *DB) replace(key []byte, keepTTL bool) *Entry {
	e := db.keys.get(key)
	if e == nil || db.expireIfDue(e) {
		return nil
	}
	db.Overwritten(e)
	if !keepTTL {
		db.Persist(e)
	}
	db.ks.touch(e)
	return e
}

func (db *DB) add(e *Entry) *Entry {
	db.ks.initAccess(e)
	db.keys.put(e)
	db.ks.listener.Ready(db, e.Key())
	db.Event(ClassNew, "new", e.Key())
	return e
}

// Delete removes a key and reports whether it was there. It tells the listener
// nothing: the caller calls Modified and Event.
func (db *DB) Delete(key []byte) bool { return db.Unlink(key, db.ks.LazyFree.ServerDel) }

// Unlink is Delete for those who ask for a key to be removed. lazy says whether the value may
// count as LazyFreed.
func (db *DB) Unlink(key []byte, lazy bool) bool {
	e := db.keys.get(key)
	if e == nil {
		return false
	}
	db.countLazily(e, lazy)
	db.drop(e)
	return true
}

func (db *DB) drop(e *Entry) {
	if e.expireAt != 0 {
		db.expires.remove(e)
		e.expireAt = 0
	}
	db.clearAlarm(e)
	db.keys.remove(e)
	db.account(e, 0)
	db.sizes.move(e, sizePlace{})
}

// Modified tells the listener that a command changed key, and accounts for the new
// size of its value.
func (db *DB) Modified(key []byte) { db.ModifiedBy(key, Write) }

// ModifiedBy is Modified for a change with another cause: fields of a hash that
// have expired.
func (db *DB) ModifiedBy(key []byte, cause Cause) {
	db.ks.dirty++
	if e := db.keys.get(key); e != nil {
		db.Resized(e)
		db.setAlarm(e)
		if e.obj != nil {
			e.obj.Encoding(&db.ks.Limits)
		}
	}
	db.ks.listener.Modified(db, key, cause)
}

// Changed counts n changes of key that are not announced, and accounts for the new size of
// its value.
func (db *DB) Changed(key []byte, n int) {
	db.ks.dirty += int64(n)
	if e := db.keys.get(key); e != nil {
		db.Resized(e)
	}
}

// Ready tells the listener that those who wait for key are to look at it.
func (db *DB) Ready(key []byte) { db.ks.listener.Ready(db, key) }

// News reports whether those who wait for key may find something that they have not seen: a
// stream from which entries were removed has nothing new.
func (db *DB) News(key []byte) bool {
	e := db.keys.get(key)
	if e == nil {
		return true
	}
	s, ok := e.obj.(*Stream)
	return !ok || !s.heard
}

// Resized accounts for the new size of a value. Modified does so too; this is for what
// Redis does not count as a change.
func (db *DB) Resized(e *Entry) {
	db.account(e, e.MemSize())
	db.sizes.move(e, e.sizePlace())
}

func (db *DB) account(e *Entry, size int64) {
	db.used += size - e.size
	db.ks.used += size - e.size
	e.size = size
}

// Event tells the listener of a keyspace event.
func (db *DB) Event(class Class, event string, key []byte) {
	db.ks.listener.Event(db, class, event, key)
}

// SetExpire gives an entry a time to live. at is Unix time in milliseconds and must
// not be 0. It may lie in the past: the key is then removed by its next lookup or
// by the active cycle.
func (db *DB) SetExpire(e *Entry, at int64) {
	if e.expireAt == 0 {
		e.expireAt = at
		db.expires.add(e)
		return
	}
	e.expireAt = at
	db.expires.fix(e)
}

// Persist removes the time to live of an entry and reports whether it had one.
func (db *DB) Persist(e *Entry) bool {
	if e.expireAt == 0 {
		return false
	}
	db.expires.remove(e)
	e.expireAt = 0
	return true
}

// Flush removes every key. It tells the listener nothing: the server announces a
// flush as a whole.
func (db *DB) Flush() int {
	n := db.Len()
	db.ks.used -= db.used
	db.ks.dirty += int64(n)
	db.contents = contents{}
	return n
}

// Scan visits about count keys; see [Dict.Scan]. Of those that have expired only the ones
// that matches picks are removed and reported, after the step; the others stay.
func (db *DB) Scan(cursor uint64, count int, matches func(key []byte) bool, visit func(*Entry)) uint64 {
	var gone []*Entry
	next := db.keys.slots.scan(cursor, count, func(e *Entry) {
		switch {
		case !matches(e.Key()):
		case e.due(db.ks.now):
			gone = append(gone, e)
		default:
			visit(e)
		}
	})
	for _, e := range gone {
		db.expireIfDue(e)
	}
	return next
}

// Each visits every key that has not expired, until visit returns false. visit must
// not change the database.
func (db *DB) Each(visit func(*Entry) bool) {
	for e := range db.keys.slots.all() {
		if !e.due(db.ks.now) && !visit(e) {
			return
		}
	}
}

// randomTries bounds the search of Random when most keys have expired.
const randomTries = 100

// Random returns a random key, or nil if there is none. If the key has expired, it
// is removed and another one is picked.
func (db *DB) Random(r *rand.Rand) *Entry {
	var held *Entry
	for range randomTries {
		if db.Len() == 0 {
			return nil
		}
		e := db.keys.slots.random(r)
		if !e.due(db.ks.now) {
			return e
		}
		if !db.expireIfDue(e) {
			held = e
		}
	}
	return held // Redis, too, returns an expired key when it finds no other
}

// Str returns the value of a string entry: nil for a nil entry, and ErrWrongType
// for a value of another type. See [Entry.Str].
func Str(e *Entry) ([]byte, error) {
	if e == nil {
		return nil, nil
	}
	if e.obj != nil {
		return nil, ErrWrongType
	}
	return e.str, nil
}

// Has reports whether a key is in the database, expired or not.
func (db *DB) Has(key []byte) bool { return db.keys.get(key) != nil }

// Stored returns the entry of key, expired or not, and changes nothing.
func (db *DB) Stored(key []byte) *Entry { return db.keys.get(key) }

// Stale reports whether a key is in the database but has expired.
func (db *DB) Stale(key []byte) bool {
	e := db.keys.get(key)
	return e != nil && e.due(db.ks.now)
}

// Accounted returns the sum of the sizes that keys are accounted for. It is for
// tests: it visits every key.
func (db *DB) Accounted() (sum int64) {
	for e := range db.keys.slots.all() {
		sum += e.size
	}
	return sum
}
