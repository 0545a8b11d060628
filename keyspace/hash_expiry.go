package keyspace

// How fields of hashes expire.
//
// Each database keeps a heap of its hashes that have fields with deadlines, ordered
// by the earliest deadline of each. A hash does not know its entry. The place in
// the heap belongs to the entry: it is updated whenever the entry gets a value or
// its value is reported as modified, and given up when the entry is removed. So
// code that moves, copies, renames or overwrites hashes need not think of it.
//
// A field whose time is up is removed and reported in one of three ways:
//
//   - the active cycle removes what is due, earliest first (Keyspace.ActiveExpire);
//   - a command that reads one field finds it expired (Field);
//   - a command that reads several calls TakeField for each and reports once.
//
// The events are "hexpired" and then, if the hash has become empty, "del"; the
// change is reported last, because Redis sends these events before the
// invalidation.

// hashAlarm is the place of an entry in the heap of hashes with deadlines.
type hashAlarm struct {
	entry *Entry
	at    int64 // the deadline that the heap orders by
	pos   int
}

func (a *hashAlarm) deadline() int64 { return a.at }
func (a *hashAlarm) place() int      { return a.pos }
func (a *hashAlarm) setPlace(i int)  { a.pos = i }

// setAlarm moves an entry to its place in the heap, according to its present value.
func (db *DB) setAlarm(e *Entry) {
	var at int64
	if h, ok := e.obj.(*Hash); ok {
		at = h.NextExpiry()
	}
	switch {
	case at == 0:
		db.clearAlarm(e)
	case !e.alarmed:
		a := &hashAlarm{entry: e, at: at}
		if db.alarmOf == nil {
			db.alarmOf = map[*Entry]*hashAlarm{}
		}
		db.alarmOf[e], e.alarmed = a, true
		db.alarms.add(a)
	case db.alarmOf[e].at != at:
		a := db.alarmOf[e]
		a.at = at
		db.alarms.fix(a)
	}
}

func (db *DB) clearAlarm(e *Entry) {
	if e.alarmed {
		db.alarms.remove(db.alarmOf[e])
		delete(db.alarmOf, e)
		e.alarmed = false
	}
}

// FieldExpires returns the number of hashes that have fields with a time to live
// (subexpiry in INFO).
func (db *DB) FieldExpires() int { return len(db.alarms) }

// Field reads a field of the hash h, which is the value of key. A field whose time
// is up reads as missing. It is removed and reported, and so is the key if that
// leaves the hash empty.
func (db *DB) Field(key []byte, h *Hash, field []byte) (value string, ok bool) {
	value, ok, gone := db.TakeField(h, field)
	if gone {
		db.reportExpired(key, h)
	}
	return value, ok
}

// TakeField is Field without the report. gone says that the field was removed
// because its time is up; the caller must then delete the key if the hash is empty,
// and report the change.
func (db *DB) TakeField(h *Hash, field []byte) (value string, ok, gone bool) {
	value, at, ok := h.Get(field)
	if at == 0 || at > db.ks.now {
		return value, ok, false
	}
	if !db.ks.HoldExpiry {
		db.ks.Stats.ExpiredFields++
		gone = h.Delete(field)
	}
	return "", false, gone
}

// ExpireField removes a field of the hash h because a command gave it a deadline in
// the past. The caller reports it.
func (db *DB) ExpireField(h *Hash, field []byte) {
	if h.Delete(field) {
		db.ks.Stats.ExpiredFields++
	}
}

// fieldsAtOnce is how many fields of one hash are removed at once, so that a large
// hash cannot hold up the loop.
const fieldsAtOnce = 1000

// ExpireFields removes and reports all fields of the hash h, the value of key,
// whose time is up.
func (db *DB) ExpireFields(key []byte, h *Hash) {
	if db.ks.HoldExpiry {
		return
	}
	if db.dropExpired(h, h.Len()) > 0 {
		db.reportExpired(key, h)
	}
}

// expireSome removes expired fields of a hash whose alarm is due and returns how
// many. If there are none, the alarm was out of date and is corrected.
func (db *DB) expireSome(e *Entry) int {
	h, ok := e.obj.(*Hash)
	if !ok || h.NextExpiry() != db.alarmOf[e].at {
		db.setAlarm(e)
		return 0
	}
	n := db.dropExpired(h, fieldsAtOnce)
	db.reportExpired(e.Key(), h)
	return n
}

// dropExpired removes up to limit fields whose time is up and returns how many it
// removed.
func (db *DB) dropExpired(h *Hash, limit int) int {
	n := 0
	for n < limit && h.expireNext(db.ks.now) {
		n++
	}
	db.ks.Stats.ExpiredFields += int64(n)
	return n
}

// reportExpired reports that fields of a hash have expired, and deletes the hash if
// it is empty.
func (db *DB) reportExpired(key []byte, h *Hash) {
	if h.Empty() {
		db.Delete(key)
	}
	db.Event(ClassHash, "hexpired", key)
	if h.Empty() {
		db.Event(ClassGeneric, "del", key)
	}
	db.ModifiedBy(key, Expired)
}
