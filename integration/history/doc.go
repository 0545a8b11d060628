// Package history checks what concurrent clients with caches see while connections die.
// Every read and write is recorded with its beginning and its end. The recorded history
// must be one that a single register for each key could have (linearizability).
//
// A value from a cache may be old, which such a check would not accept. But the server
// promises that an invalidation comes before the reply to any command that its receiver
// sends after the write was answered. So a read that first waits for a PONG, and then takes
// the value in the cache, is as good as a read from the server. Those reads are part of the
// history, too, and so a single missing or late invalidation shows.
//
// The package contains only tests.
package history
