// Package sessions plays random conversations to two servers at once, tattle and
// a real Redis, and compares every frame that every connection receives, order
// included, and after each step what the servers say of their clients and tables.
//
//	go run ./integration/cmd/sessions -n 300 -steps 200
//
// A session has five connections, a to e. A step is one command on one of them;
// the generator draws them from lists of templates (commands.go), so that modes of
// tracking, reads, writes, transactions, scripts, expiry, flushes, subscriptions,
// blocking and reconnects meet in all orders. What fails is shrunk to its shortest
// form and printed as a session that can be kept:
//
//	# why it is kept
//	a HELLO 3
//	b CLIENT TRACKING ON REDIRECT $a
//	b GET k
//	c SET k "a value" PX 5
//	c !reconnect
//	b CLIENT KILL ID $c'
//
// A session whose first line is "* !pipeline" is played so that commands which follow
// each other on one connection are sent in one write. With "* !async" those of other
// connections are sent right behind them, all by one goroutine, and what all
// connections received is compared once a connection has its turn again. Type round
// says what a real server promises then.
//
// $a is the client id of connection a, and $a' the one it had before it
// reconnected. The files in kept are replayed by the tests;
// those in kept/open show differences that are there still.
//
// Nothing is mapped before it is compared but what cannot be equal: client ids are
// made equal (connections that nobody needs are opened where ids are behind), and
// large numbers may differ by two seconds' worth of milliseconds. Its one idea is how
// it waits: the real server has run a command and ended its cycle when it has
// answered two PINGs of another connection that were sent afterwards, since it reads
// all sockets that are ready before it comes back to one of them. Then what it has
// sent is the truth, and tattle is given some time to send the same.
package sessions
