// Package server is everything that meets a client: listeners, connections, the
// cycle, dispatch, transactions, Pub/Sub, blocking, scripts, settings and INFO.
//
// Its one idea is Redis's: one thread in effect. Everything that happens to a server
// happens in a cycle, one exclusive pass that runs what is ready in the order in which
// it arrived, ends in beforeSleep, writes, and waits for nothing. Read it in this order:
//
//	server.go     what a server is, how it starts and ends
//	client.go     a connection and all that the server knows of it
//	cycle.go      a cycle: what is read, run and written, in which order
//	execution.go  the running command, and what it runs inside of
//	dispatch.go   one command, from its words to its reply
//	host.go       how reads and changes of keys reach package tracking
//	output.go     how bytes get to a client without anybody waiting for it
//
// Who runs a cycle, and when, is decided in package loop. All state of a Server and of
// its clients belongs to the cycle unless a comment says otherwise; there are no other
// locks around it.
//
// A program that embeds a server starts it with [Start] and reaches it by [Server.Addr],
// [Server.Dial] or [Server.Call]. What tests and experiments need besides is in
// [Server.Lab]; package servertest has it in the form of Go's tests.
package server
