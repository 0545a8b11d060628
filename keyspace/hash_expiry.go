package keyspace

// How fields of hashes expire.
//
// Each database holds a heap of its hashes that have fields with deadlines, by
// the earliest deadline of each. A hash does not know what holds it; its place in
// the heap belongs to the entry and is set right whenever the entry gets a value
// or its value was reported as modified, and given up when the entry leaves. So
// whoever moves, copies, renames or overwrites hashes need not think of it.
//
// A field whose time is up is removed and reported in one of three ways:
//
//   - the active cycle takes what is due, earliest first (Keyspace.ActiveExpire);
//   - a command that reads one field finds it so: Field;
//   - a command that reads several gathers what TakeField says and reports once.
//
// The event is "hexpired", then "del" where the hash has become empty, then the
// change: Redis lets these events go ahead of the invalidation.

// hashAlarm is the place of an entry in the heap of hashes with deadlines.
type hashAlarm struct {
	entry *Entry
	at    int64 // what the heap goes by, until the next setAlarm
	pos   int
}

func (a *hashAlarm) deadline() int64 { return a.at }
func (a *hashAlarm) place() int      { return a.pos }
func (a *hashAlarm) setPlace(i int)  { a.pos = i }

// setAlarm puts an entry where it belongs in the heap, by what its value is now.
func (db *DB) setAlarm(e *Entry) {
	var at int64
	if h, ok := e.obj.(*Hash); ok {
		at = h.NextExpiry()
	}
	switch {
	case at == 0:
		db.clearAlarm(e)
	case e.alarm == nil:
		e.alarm = &hashAlarm{entry: e, at: at}
		db.alarms.add(e.alarm)
	case e.alarm.at != at:
		e.alarm.at = at
		db.alarms.fix(e.alarm)
	}
}

func (db *DB) clearAlarm(e *Entry) {
	if e.alarm != nil {
		db.alarms.remove(e.alarm)
		e.alarm = nil
	}
}

// FieldExpires returns the number of hashes that have fields with a time to live
// (subexpiry in INFO).
func (db *DB) FieldExpires() int { return len(db.alarms) }

// Field reads a field of the hash h, which is the value of key. A field whose
// time is up reads as missing, and it is removed and reported, with the key if
// that leaves the hash empty.
func (db *DB) Field(key []byte, h *Hash, field []byte) (value string, ok bool) {
	value, ok, gone := db.TakeField(h, field)
	if gone {
		db.reportExpired(key, h)
	}
	return value, ok
}

// TakeField is Field without the report: gone tells that the field was removed
// because its time is up. The caller must then delete the key if the hash is
// empty, and report.
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

// ExpireField removes a field of the hash h because it was given a time that has
// passed. Reporting it is left to the caller.
func (db *DB) ExpireField(h *Hash, field []byte) {
	if h.Delete(field) {
		db.ks.Stats.ExpiredFields++
	}
}

// fieldsAtOnce is how many fields of one hash are removed in one go, so that a
// large hash cannot hold the loop.
const fieldsAtOnce = 1000

// ExpireFields removes and reports the fields of the hash h, which is the value
// of key, whose time is up, all of them.
func (db *DB) ExpireFields(key []byte, h *Hash) {
	if db.ks.HoldExpiry {
		return
	}
	if db.dropExpired(h, h.Len()) > 0 {
		db.reportExpired(key, h)
	}
}

// expireSome lets fields expire of a hash that is due by its alarm, and returns
// how many: none where the alarm was out of date and is set right instead.
func (db *DB) expireSome(e *Entry) int {
	h, ok := e.obj.(*Hash)
	if !ok || h.NextExpiry() != e.alarm.at {
		db.setAlarm(e)
		return 0
	}
	n := db.dropExpired(h, fieldsAtOnce)
	db.reportExpired(e.Key(), h)
	return n
}

// dropExpired removes up to limit fields whose time is up and returns how many
// there were.
func (db *DB) dropExpired(h *Hash, limit int) int {
	n := 0
	for n < limit && h.expireNext(db.ks.now) {
		n++
	}
	db.ks.Stats.ExpiredFields += int64(n)
	return n
}

// reportExpired tells that fields of a hash have expired, and drops it if it is
// empty.
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
