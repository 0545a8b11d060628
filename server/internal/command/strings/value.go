package strings

import (
	"slices"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// reuseSlack is how many bytes of a buffer may be unused before SET gives it back.
const reuseSlack = 64

// store sets key to a copy of value. e is the entry of key, nil if there is none. A
// time to live is removed unless keepTTL.
func store(c *command.Call, e *keyspace.Entry, key, value []byte, keepTTL bool) *keyspace.Entry {
	if e == nil {
		return c.DB.PutStr(key, value, false)
	}
	c.DB.Overwritten(e)
	if old := e.Str(); old != nil && len(value) <= cap(old) && cap(old) <= 2*len(value)+reuseSlack {
		e.SetStr(append(old[:0], value...), false)
	} else {
		e.SetStr(clone(value), false)
	}
	if !keepTTL {
		c.DB.Persist(e)
	}
	return e
}

// storeOwned is store for a value that the entry may keep as it is. A time to live
// is kept.
func storeOwned(c *command.Call, e *keyspace.Entry, key, value []byte, raw bool) *keyspace.Entry {
	if e == nil {
		e = c.DB.PutStr(key, nil, false)
	}
	e.SetStr(value, raw)
	return e
}

// clone copies b; unlike bytes.Clone it never returns nil.
func clone(b []byte) []byte {
	c := make([]byte, len(b))
	copy(c, b)
	return c
}

// resized returns b with at least n bytes, the new ones zero. It reuses b's buffer
// where that is large enough.
func resized(b []byte, n int) []byte {
	if n <= len(b) {
		return b
	}
	grown := slices.Grow(b, n-len(b))[:n]
	clear(grown[len(b):])
	return grown
}

// stringMax returns the length in bytes to which a string may grow.
func stringMax(c *command.Call) int64 { return c.Keyspace().Limits.StringMax }

// checkGrowth reports whether a string may have more bytes from offset on.
func checkGrowth(c *command.Call, offset int64, more []byte) error {
	if offset > stringMax(c)-int64(len(more)) { // so that no sum can overflow
		return resp.ErrStringTooLong
	}
	return nil
}

// lookup finds a string for a command that writes: nil, nil if there is none.
func lookup(c *command.Call, key []byte) (*keyspace.Entry, []byte, error) {
	e := c.DB.LookupWrite(key)
	b, err := keyspace.Str(e)
	return e, b, err
}

// read returns a string for a command that treats a missing key as an empty string.
func read(c *command.Call, key []byte) ([]byte, error) {
	return keyspace.Str(c.DB.LookupRead(key))
}

// changed reports that key has a new value.
func changed(c *command.Call, key []byte, event string) {
	c.Modified(key)
	c.Event(keyspace.ClassString, event, key)
}
