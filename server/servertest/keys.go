package servertest

import (
	"slices"
	"time"
)

// Exists reports whether a key is there.
func (d *database) Exists(k string) bool {
	d.home.t.Helper()
	return d.mustNumber("EXISTS", k) == 1
}

// Del removes a key and reports whether it was there.
func (d *database) Del(k string) bool {
	d.home.t.Helper()
	return d.mustNumber("DEL", k) == 1
}

// Unlink is Del.
func (d *database) Unlink(k string) bool {
	d.home.t.Helper()
	return d.Del(k)
}

// Keys returns all keys, sorted.
func (d *database) Keys() []string {
	d.home.t.Helper()
	keys := d.mustList("KEYS", "*")
	slices.Sort(keys)
	return keys
}

// Type returns the type of a key: "string", "hash", "list", "set" or "zset"; ""
// if it is not there.
func (d *database) Type(k string) string {
	d.home.t.Helper()
	if t := d.mustText("TYPE", k); t != "none" {
		return t
	}
	return ""
}

// TTL returns how long a key still lives, in whole milliseconds; 0 if it has no
// time to live or is not there.
func (d *database) TTL(k string) time.Duration {
	d.home.t.Helper()
	return left(d.mustInt64("PTTL", k))
}

// SetTTL gives a key a time to live, rounded up to a millisecond. A key is gone at
// once if that is not positive. One that is not there fails the test.
func (d *database) SetTTL(k string, ttl time.Duration) {
	d.home.t.Helper()
	if d.mustNumber("PEXPIRE", k, millis(ttl)) == 0 {
		d.home.t.Errorf("servertest: SetTTL(%q): there is no such key; set it first", k)
	}
}

// FlushDB removes all keys of the database. Every client that tracks is told that
// all it knows is gone, as by FLUSHDB.
func (d *database) FlushDB() {
	d.home.t.Helper()
	d.mustText("FLUSHDB")
}

// FlushAll removes all keys of all databases.
func (s *Server) FlushAll() {
	s.t.Helper()
	s.database.mustText("FLUSHALL")
}

// SwapDB exchanges the contents of two databases, by their numbers. It returns
// true; a number that no database has fails the test. Clients that cache are not
// told, as with Redis.
func (s *Server) SwapDB(i, j int) bool {
	s.t.Helper()
	return s.database.mustText("SWAPDB", i, j) == "OK"
}

// Copy copies a key to another, which is replaced, in the same or another
// database. It fails with ErrKeyNotFound if there is nothing to copy.
func (s *Server) Copy(srcDB int, src string, destDB int, dest string) error {
	s.t.Helper()
	n, err := s.DB(srcDB).number("COPY", src, dest, "DB", destDB, "REPLACE")
	if err == nil && n == 0 {
		return ErrKeyNotFound
	}
	return err
}
