package keyspace

import "bytes"

// MoveTo moves the value of e, an entry of db, with its time to live to key in the
// database to, and removes e (RENAME, MOVE). key must not exist there. It reports
// nothing but the event "new".
func (db *DB) MoveTo(e *Entry, to *DB, key []byte) {
	to.adopt(key, e, e.str, e.obj)
	db.drop(e)
}

// CopyTo copies the value of e with its time to live to key in the database to
// (COPY). key must not exist there. It reports nothing but the event "new".
func (db *DB) CopyTo(e *Entry, to *DB, key []byte) {
	obj := e.obj
	if obj != nil {
		obj = obj.Clone()
	}
	to.adopt(key, e, bytes.Clone(e.str), obj)
}

// adopt makes an entry with a value and with the properties of from.
func (db *DB) adopt(key []byte, from *Entry, str []byte, obj Value) {
	e := db.place(key, false)
	e.str, e.obj, e.raw, e.text = str, obj, from.raw, from.text
	db.setAlarm(e)
	if s, ok := obj.(*Stream); ok {
		s.heard = false // by those who wait for key
	}
	if from.expireAt != 0 {
		db.SetExpire(e, from.expireAt)
	}
}
