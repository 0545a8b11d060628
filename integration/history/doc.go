// Package history checks what concurrent clients with caches see: every read and
// write is recorded with its beginning and its end, and the histories are held
// against what a single register per key would allow (linearizability), while
// connections die in between.
//
// A value out of a cache may be old, which no such check would accept. But the
// server promises that an invalidation stands in the stream of its receiver before
// the reply to any command that the receiver sends after the write was answered. So
// a read that first waits for a PONG, and then takes what the cache has, is as good as
// a read from the server: those reads are part of the history too, and a single
// invalidation that is missing or late shows.
//
// It owns no code but tests.
package history
