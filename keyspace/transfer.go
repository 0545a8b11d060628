package keyspace

import "bytes"

// MoveTo puts the value of e, an entry of db, under key in the database to,
// with its time to live, and removes e (RENAME, MOVE). key must not be there. It
// reports nothing but the event "new".
func (db *DB) MoveTo(e *Entry, to *DB, key []byte) {
	to.adopt(key, e, e.str, e.obj)
	db.drop(e)
}

// CopyTo puts a copy of the value of e under key in the database to, with the
// same time to live (COPY). key must not be there. It reports nothing but the
// event "new".
func (db *DB) CopyTo(e *Entry, to *DB, key []byte) {
	obj := e.obj
	if obj != nil {
		obj = obj.Clone()
	}
	to.adopt(key, e, bytes.Clone(e.str), obj)
}

// adopt makes an entry with a value, and with all that from says of it.
func (db *DB) adopt(key []byte, from *Entry, str []byte, obj Value) {
	e := db.place(key, false)
	e.str, e.obj, e.raw, e.text = str, obj, from.raw, from.text
	db.setAlarm(e)
	if from.expireAt != 0 {
		db.SetExpire(e, from.expireAt)
	}
}
