// Package order measures how often a server reverses the order in which commands arrived
// on two connections.
//
//	go run ./integration/cmd/order
//
// Redis reads its sockets in one loop, and epoll returns them in the order in which they
// became ready. So a program that writes SET on one connection and then GET on another
// always reads the new value. A server with a goroutine for each connection has no such
// order, since the scheduler decides which goroutine runs first.
//
// A try writes a command on connection A, spins for the gap, writes a command on
// connection B, and only then reads. One goroutine does all of that, so "then" means what
// it says. Between two tries it spins for up to 200 µs, so that some commands find the
// server asleep and others find it going to sleep. A try counts as an inversion if any
// connection receives something other than it would have if the commands had run in the
// order of the writes. The gap is a lower bound: on a busy machine the writer may be
// interrupted between its two writes.
//
// At gap 0, both commands have arrived when the server polls its sockets. Then Redis owes
// its order to the kernel, in which sockets become ready in the order of the writes. There
// is an exception. A socket that Redis has just read stays in epoll's list until the next
// poll, and keeps its old place if data arrive before that. So each try ends with a PING
// on each connection, in reverse order, which leaves A in front.
package order
