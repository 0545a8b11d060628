// Package tracking is server-assisted client-side caching: who may hold which
// key, and whom to tell when it changes.
//
//	GET k ──► Remember ──► table: k -> {7, 9}
//	SET k ──► Invalidate ─┬► table: k leaves, 7 and 9 are told ──► AfterCommand: the writer itself, after its reply
//	                      └► prefixes: k waits ──► BeforeSleep: one message a prefix and subscriber
//
// A client that turned tracking on is in one of two modes.
//
//   - In default mode the server remembers each key that the client reads, in the
//     tracking table. When the key changes, every holder gets one message, and
//     the key leaves the table: the client must read again to hold it again.
//
//   - In broadcasting mode (BCAST) the client names prefixes and the server
//     remembers nothing it reads. Changes gather under each prefix during a cycle
//     of the server and go out at its end, one message a prefix.
//
// A client that disconnects is not searched for in the table: its id stays there
// and is skipped when the key changes. That makes disconnecting cheap, and is
// why the table has a limit of its own (tracking-table-max-keys).
//
// The package writes no bytes and touches no connection. It sees clients through
// two small interfaces, [Client] and [Host], and hands them a [Payload]; the
// server puts it in the client's one ordered stream. Each [Event] tells of something
// that it did or did not do, with the rule.
//
// Nothing here has a lock: it is called from inside the server's cycle only.
//
// # The tracking table
//
// The table is an adaptive radix tree. This is the one after clients 7 and 9 have read
// user:1 and client 7 also user:10, user:12 and video:
//
//	node4 (4 keys)
//	├─ u ─ "ser:1" ─ node4 (3 keys)
//	│                ├─ end ──── leaf {7, 9}       user:1
//	│                ├─ 0 ────── leaf {7}          user:10
//	│                └─ 2 ────── leaf {7}          user:12
//	└─ v ─ "ideo" ────────────── leaf {7}          video
//
// A node has a child for each byte by which the keys below it go on. What they have in
// common before that byte is kept once, in the node; what only one key has, in its leaf.
// So a key is never stored as a whole, and to find one costs its length, however many
// there are. Nodes come in four sizes, for 4, 16, 48 and 256 children, and change from
// one to the next as children come and go: that makes the tree adaptive.
//
// Each node counts the keys below it. A random key is found by that: draw a number, and
// go down to the key that has so many before it. Each key is as likely as the others, as
// the limit of the table demands.
//
// The keys stand in order, so [Tracker.Page] reads those under a prefix, or from a key
// on, without a look at the rest. [Tracker.Shape] tells how the tree is filled.
//
// Nodes and leaves lie in arenas and refer to each other by 32 bits. There are no pointers
// in them, so the garbage collector passes them by. A leaf takes 16 bytes; its share of the
// nodes is some 12 where keys are dense, as numbered ones are. FLUSHALL drops the arenas.
package tracking
