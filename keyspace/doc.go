// Package keyspace owns the data: the numbered databases, the types a value
// may have and what can be done to them, expiry and eviction.
//
// It knows no client, no protocol and no tracking. Its one idea is that every
// change is reported: whoever changes a key calls [DB.Modified], and the
// [Listener] given to [New] hears of each change with its cause, whether a
// command made it, or time, or the limit of memory. What the change means to
// clients (invalidation, WATCH, blocked commands) is the listener's business.
//
// Nothing here has a lock. The server runs one command at a time and that is
// the only caller.
package keyspace
