// Package tracking is server-assisted client-side caching: which clients may hold
// which keys, and which of them to tell when a key changes.
//
//	GET k ──► Remember ──► table: k -> {7, 9}
//	SET k ──► Invalidate ─┬► table: k leaves, 7 and 9 are told ──► AfterCommand: the writer itself, after its reply
//	                      └► prefixes: k is gathered ──► BeforeSleep: one message per prefix and subscriber
//
// A client that has turned tracking on is in one of two modes.
//
//   - In default mode the server remembers each key that the client reads, in the
//     tracking table. When the key changes, every holder gets one message, and
//     the key leaves the table: the client must read the key again to hold it again.
//
//   - In broadcasting mode (BCAST) the client subscribes to prefixes, and the server
//     remembers nothing that the client reads. Changed keys are gathered under each
//     prefix during a cycle of the server and go out at its end, in one message per
//     prefix.
//
// When a client disconnects, the table is not searched for its id. The id stays there
// and is skipped when the key changes. That makes disconnecting cheap, and is the
// reason why the table has a limit of its own (tracking-table-max-keys).
//
// The package writes no bytes and touches no connection. It sees clients through
// two small interfaces, [Client] and [Host], and hands them a [Payload]; the
// server puts it in the client's one ordered stream. Each [Event] reports something
// that the package did or did not do, with the rule.
//
// Nothing here takes a lock: the package is called only from inside the server's cycle.
//
// # The tracking table
//
// The table is an adaptive radix tree. This is the tree after clients 7 and 9 have read
// user:1, and client 7 also user:10, user:12 and video:
//
//	node4 (4 keys)
//	├─ u ─ "ser:1" ─ node4 (3 keys)
//	│                ├─ end ──── leaf {7, 9}       user:1
//	│                ├─ 0 ────── leaf {7}          user:10
//	│                └─ 2 ────── leaf {7}          user:12
//	└─ v ─ "ideo" ────────────── leaf {7}          video
//
// A node has one child for each byte with which the keys below it continue. The bytes
// that all of them share before that are stored once, in the node; the bytes that belong
// to one key only are stored in its leaf. So no key is ever stored whole, and finding one
// costs its length, however many keys there are. Nodes come in four sizes, for 4, 16, 48
// and 256 children, and change size as children come and go: that makes the tree adaptive.
//
// Each node counts the keys below it. To find a random key, draw a number and go down to
// the key that has that many keys before it. Each key is as likely as any other, as the
// table's limit requires.
//
// The keys are in order, so [Tracker.Page] reads the keys under a prefix, or from a key
// on, without visiting the rest. [Tracker.Shape] describes how full the tree is.
//
// Nodes and leaves are kept in arenas and refer to each other by 32-bit numbers. They
// contain no pointers, so the garbage collector skips them. A leaf takes 16 bytes; its
// share of the nodes is about 12 where keys are dense, as numbered ones are. FLUSHALL
// drops the arenas.
package tracking
