// Package keyspace owns the data: the numbered databases, the types a value
// may have and what can be done to them, expiry and eviction.
//
// It knows nothing of clients, of the protocol or of tracking. Its one idea is that
// every change is reported: whoever changes a key calls [DB.Modified], and the
// [Listener] given to [New] hears of each change with its cause: a command, time,
// or the memory limit. What the change means to clients (invalidation, WATCH,
// blocked commands) is the listener's business.
//
// Nothing here has a lock. The server is the only caller, and it runs one command
// at a time.
package keyspace
