// Package server is everything that meets a client: listeners, connections, the
// loop, dispatch, transactions, Pub/Sub, blocking, scripts, settings and INFO.
//
// Its one idea is the cycle of Redis, kept with many goroutines: one exclusive
// pass that runs what is ready, ends in beforeSleep, and touches no socket. Read
// it in this order:
//
//	server.go    what a server is, how it starts and ends
//	client.go    a connection and all that the server knows of it
//	loop.go      the cycle: who runs it, what it does in which order
//	dispatch.go  one command, from its words to its reply
//	output.go    how bytes get to a client without anybody waiting for it
//	tracking.go  how changes of keys reach package tracking
//
// All state of a Server and of its clients belongs to the cycle unless a comment
// says otherwise; there are no other locks around it.
package server
