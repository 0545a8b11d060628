package servertest

import (
	"slices"
	"time"
)

// Exists reports whether a key exists.
func (d *database) Exists(k string) bool {
	d.home.t.Helper()
	return d.mustNumber("EXISTS", k) == 1
}

// Del removes a key and reports whether it existed.
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

// Type returns the type of a key: "string", "hash", "list", "set" or "zset", or "" if it
// does not exist.
func (d *database) Type(k string) string {
	d.home.t.Helper()
	if t := d.mustText("TYPE", k); t != "none" {
		return t
	}
	return ""
}

// TTL returns the remaining time to live of a key, in whole milliseconds, or 0 if it has
// none or does not exist.
func (d *database) TTL(k string) time.Duration {
	d.home.t.Helper()
	return left(d.mustInt64("PTTL", k))
}

// SetTTL gives a key a time to live, rounded up to a millisecond. If ttl is not positive,
// the key is removed at once. A key that does not exist fails the test.
func (d *database) SetTTL(k string, ttl time.Duration) {
	d.home.t.Helper()
	if d.mustNumber("PEXPIRE", k, millis(ttl)) == 0 {
		d.home.t.Errorf("servertest: SetTTL(%q): there is no such key; set it first", k)
	}
}

// FlushDB removes all keys of the database. As with FLUSHDB, every client that tracks is
// told to forget everything.
func (d *database) FlushDB() {
	d.home.t.Helper()
	d.mustText("FLUSHDB")
}

// FlushAll removes all keys of all databases.
func (s *Server) FlushAll() {
	s.t.Helper()
	s.database.mustText("FLUSHALL")
}

// SwapDB exchanges the contents of the databases with the numbers i and j, and returns
// true. A number that no database has fails the test. As with Redis, clients that cache
// are not told.
func (s *Server) SwapDB(i, j int) bool {
	s.t.Helper()
	return s.database.mustText("SWAPDB", i, j) == "OK"
}

// Copy copies a key, to the same or another database, and replaces the destination. It
// returns ErrKeyNotFound if there is nothing to copy.
func (s *Server) Copy(srcDB int, src string, destDB int, dest string) error {
	s.t.Helper()
	n, err := s.DB(srcDB).number("COPY", src, dest, "DB", destDB, "REPLACE")
	if err == nil && n == 0 {
		return ErrKeyNotFound
	}
	return err
}
