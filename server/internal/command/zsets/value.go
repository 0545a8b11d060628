package zsets

import (
	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// read returns the sorted set that a command reads, or nil if there is none.
func read(c *command.Call, key []byte) (*keyspace.ZSet, error) {
	return keyspace.As[*keyspace.ZSet](c.DB.LookupRead(key))
}

// write returns the sorted set that a command changes, or nil if there is none.
func write(c *command.Call, key []byte) (*keyspace.ZSet, error) {
	return keyspace.As[*keyspace.ZSet](c.DB.LookupWrite(key))
}

// removed reports that a command has taken n members out: its event, that of the key if it is
// gone, and then the change, of which those who track the key hear. Removing by range tells of the
// change first; see removedRange.
func removed(c *command.Call, key []byte, z *keyspace.ZSet, n int, event string) {
	publish(c, key, event, z.Empty() && c.DB.Delete(key))
	c.Modified(key)
	c.CountAs(n)
}

// removedRange is removed for ZREMRANGEBYRANK and its like.
func removedRange(c *command.Call, key []byte, z *keyspace.ZSet, n int) {
	gone := z.Empty() && c.DB.Delete(key)
	c.Modified(key)
	c.CountAs(n)
	publish(c, key, c.Row.Name, gone)
}

// publish publishes the event of a command, and that of its key if it is gone.
func publish(c *command.Call, key []byte, event string, gone bool) {
	c.Event(keyspace.ClassZSet, event, key)
	if gone {
		c.Event(keyspace.ClassGeneric, "del", key)
	}
}

// Store puts a result under key, or removes the key if the result is empty, and
// replies how many members it has. See [keyspace.NewResult].
func Store(c *command.Call, key []byte, z *keyspace.ZSet, event string) {
	c.Out.Len(z.Len())
	if z.Empty() {
		if c.DB.Delete(key) {
			c.Modified(key)
			c.Event(keyspace.ClassGeneric, "del", key)
		}
		return
	}
	z.Shrink()
	c.DB.Put(key, z, false)
	c.Modified(key)
	c.Event(keyspace.ClassZSet, event, key)
}

// openMembers opens a reply of n members. With scores these are pairs on RESP3
// and twice as many elements on RESP2.
func openMembers(w *resp.Writer, n int, scores bool) {
	if scores && !w.V3() {
		n *= 2
	}
	w.Array(n)
}

// writeMember writes one member of such a reply.
func writeMember(w *resp.Writer, member string, score float64, scores bool) {
	if scores && w.V3() {
		w.Array(2)
	}
	w.BulkString(member)
	if scores {
		w.Double(score)
	}
}

// writeScore writes a score, or null for a member that does not exist.
func writeScore(w *resp.Writer, score float64, there bool) {
	if !there {
		w.Null()
		return
	}
	w.Double(score)
}
