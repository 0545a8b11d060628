package hashes

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/server/internal/command"
)

// none stands for the hash of a missing key. It is never written to.
var none = &keyspace.Hash{}

// read returns the hash of a key for a command that reads, or none if there is no such key.
func read(c *command.Call, key []byte) (*keyspace.Hash, error) {
	return orNone(c.DB.LookupRead(key))
}

// write is read for a command that writes. If the hash may be new, the command must call
// ensure before it writes.
func write(c *command.Call, key []byte) (*keyspace.Hash, error) {
	return orNone(c.DB.LookupWrite(key))
}

func orNone(e *keyspace.Entry) (*keyspace.Hash, error) {
	h, err := keyspace.As[*keyspace.Hash](e)
	if h == nil {
		h = none
	}
	return h, err
}

// ensure returns h, or a new hash under key if h has no fields: the key was missing, or
// its last field has just expired.
func ensure(c *command.Call, key []byte, h *keyspace.Hash) *keyspace.Hash {
	if !h.Empty() {
		return h
	}
	h = &keyspace.Hash{}
	c.DB.Put(key, h, false)
	return h
}

// changed reports that a hash has changed, with events that say how; "" stands for an
// event that did not happen. It deletes the key if the hash is empty now.
func changed(c *command.Call, key []byte, h *keyspace.Hash, names ...string) {
	if h.Empty() {
		c.DB.Delete(key)
	}
	c.Modified(key)
	events(c, key, h, names...)
}

// events reports events of a hash, and the end of its key if it is empty.
func events(c *command.Call, key []byte, h *keyspace.Hash, names ...string) {
	for _, name := range names {
		if name != "" {
			c.Event(keyspace.ClassHash, name, key)
		}
	}
	if h.Empty() {
		c.Event(keyspace.ClassGeneric, "del", key)
	}
}

// when returns the name of an event that happened n times, or "" if n is 0.
func when(n int, name string) string {
	if n == 0 {
		return ""
	}
	return name
}

// replyField replies with a value, or null if there is none.
func replyField(c *command.Call, value string, ok bool) {
	if !ok {
		c.Out.Null()
		return
	}
	c.Out.BulkString(value)
}
