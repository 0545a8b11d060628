// Package sessions plays random conversations to two servers at once, tattle and a real
// Redis. It compares every frame that every connection receives, and the order of the
// frames, and after each step what the servers report about their clients and tables.
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
// If the first line of a session is "* !pipeline", commands that follow each other on one
// connection are sent in one write. With "* !async", the commands of other connections are
// sent right after them, all by one goroutine, and the frames of all connections are
// compared when a connection has its turn again. Type round describes what a real server
// promises then.
//
// $a is the client id of connection a, and $a' the id that it had before it reconnected.
// The tests replay the files in kept; those in kept/open show differences that still exist.
//
// Frames are compared as they are, except for what cannot be equal: client ids are made
// equal (by opening spare connections on the server whose ids are behind), and large
// numbers may differ by two seconds' worth of milliseconds. The package's one idea is how it
// waits. The real server has run a command and ended its cycle when it has answered two
// PINGs that another connection sent afterwards, since it reads all ready sockets before it
// comes back to one of them. Whatever it has sent by then is the truth, and tattle is given
// some time to send the same.
package sessions
