// Package server is everything that meets a client: listeners, connections, the
// cycle, dispatch, transactions, Pub/Sub, blocking, scripts, settings and INFO.
//
// Its one idea is Redis's: one thread at a time. Everything that happens to a server happens
// in a cycle. A cycle is one exclusive pass that runs what is ready in the order in which it
// arrived, ends in beforeSleep, writes, and waits for nothing. Read it in this order:
//
//	server.go     what a server is, how it starts and ends
//	client.go     a connection and all that the server knows of it
//	cycle.go      a cycle: what is read, run and written, in which order
//	execution.go  the running command, and what it runs inside of
//	dispatch.go   one command, from its words to its reply
//	host.go       how reads and changes of keys reach package tracking
//	output.go     how bytes get to a client without waiting for it
//
// A file that holds a command is named after it: config.go has CONFIG, clienttracking.go
// CLIENT TRACKING. The rows of the command table are at the end of such files, or in
// connectionrows.go and serverrows.go. Commands that need only the keyspace are in the
// packages below server/internal/command.
//
// Package loop decides which goroutine runs a cycle, and when. All state of a Server and of
// its clients belongs to the cycle unless a comment says otherwise; no lock guards it.
//
// A program that embeds a server starts it with [Start] and reaches it by [Server.Addr],
// [Server.Dial] or [Server.Call]. [Server.Lab] has what tests and experiments need besides.
// Package servertest is made of it, for Go's tests.
package server
