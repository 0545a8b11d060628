// Package transcript runs conversations with a Redis server, over several
// connections, that are written down as text: who sends what, and what each receives
// and in which order, replies and pushes alike.
//
//	# Others first: the writer's reply comes after the push is on its way.
//	open a resp3
//	a> CLIENT TRACKING ON
//	a< OK
//	a> GET k
//	a< nil
//	b> SET k v
//	b< OK
//	a> PING
//	a< >invalidate [k]
//	a< PONG
//
// # Lines
//
//	# text             prose
//	a> word...         connection a sends a command
//	a+ word...         ... and this one with it, in one write
//	a< value           the next value that a receives
//	  differs COND: value   ... which on these servers is this one
//	a!                 nothing has come for a, by a PING that is answered at once
//	open a b resp3     connects, in RESP2 if nothing else is said
//	close a            disconnects, and waits until the server has noticed
//	wait FIELD VALUE   waits until this field of INFO has this value
//	pass 30            waits until the server's clock is 30 ms further
//	reset              closes all connections, and begins anew with an empty server
//	only COND          what follows is for these servers
//	else               ... and this for the others
//	end                ... and this for all again
//	each               the lines up to its end are played for each row that follows
//	| cell | cell      a row
//
// A connection is a name of letters and digits; it opens where it first sends if no
// line opens it before. At the end of the file, or where an open line reuses a name,
// nothing may be left unread. FIELD may be a part of one: cmdstat_get:calls is what
// stands after "calls=" there.
//
// In the lines of an each, {1} is the first cell of the row, {1 sorted} its words in
// byte order. A line with {1...} stands there once for each word. Where a cell is
// empty its lines are left out:
//
//	each
//		w> {1}
//		w< *
//		a< >invalidate [{2...}]
//		a!
//	end
//	| MSET k2 v k1 v | k2 k1
//	| DEL missing    |
//
// COND is one or more of redis, valkey and tattle, each perhaps with a version:
// redis>=8.0. Any of them suffices. tattle is also the redis that it claims to be.
//
// # Words and values
//
// Words are separated by spaces, or quoted as in Go: "a b\r\n\x00". $a is the client
// id of connection a, or what was kept by that name. A value is one of
//
//	OK, "a b"          a string, be it simple, bulk or verbatim
//	12  ,1.5           an integer, a double
//	nil true false     RESP2's nulls are nil too
//	-ERR some text     an error, up to the end of the line; -"ERR some text" inside of others
//	-*                 an error
//	[a 1 [b]]          an array
//	~[a b]  %[k v l w] a set, in any order; a map, by its keys and values
//	>invalidate [k]    a push, up to the end of the line
//	*  ...             anything; inside of others: any number of anything
//	/flags=tR? /       a string in which this regular expression is found
//	@name              anything, kept as $name
//	closed             the server has closed the connection
//	bytes "$-1\r\n"    the next bytes, as they are; a whole line's value
//
// The package knows nothing of tattle but how it names itself.
package transcript
