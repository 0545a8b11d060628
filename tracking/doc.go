// Package tracking is server-assisted client-side caching: who may hold which
// key, and whom to tell when it changes.
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
//     GET k ──► Remember ──► table: k -> {7, 9}
//     SET k ──► Invalidate ─┬► table: k leaves, 7 and 9 are told ──► AfterCommand: the writer itself, after its reply
//     .                     └► prefixes: k waits ──► BeforeSleep: one message a prefix and subscriber
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
package tracking
