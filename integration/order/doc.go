// Package order measures how often a server turns around the order in which
// commands arrived on two connections.
//
//	go run ./integration/cmd/order
//
// Redis reads its sockets in one loop, and epoll hands them out in the order in
// which they became ready: who writes SET on one connection and then GET on another
// reads the new value, always. A server with a goroutine for each connection has no
// such order, since it is the scheduler that decides which of them runs first.
//
// A try writes a command on connection A, spins for the gap, writes a command on
// connection B, and only then reads. One goroutine does all of that, so that "then"
// means what it says. Between two tries it spins for up to 200 µs, so that the server
// is met on its way to sleep as well as asleep. A try counts as an inversion when any
// connection received something else than it would have, had the commands run as
// they were written. The gap is a lower bound: on a busy machine the writer may be
// interrupted between its two writes.
//
// At gap 0 both commands are there when the server looks. What then holds for Redis
// is the work of the kernel: sockets become ready in the order of the writes. There is
// an exception. A socket that Redis has just read stays in epoll's list until the next
// look, and data that come before that look find it at its old place. So the tries
// end with a PING on each connection in reverse order, which leaves A in front.
package order
