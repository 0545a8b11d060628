// Package transcript plays conversations with a Redis server that are written down as
// text. A conversation uses several connections; the text says what each of them sends,
// and what it receives in which order, replies and pushes alike.
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
//	a+ word...         ... and sends this one with it, in one write
//	a< value           the next value that a receives
//	  differs COND: value   ... and what these servers send instead
//	a? name            all that has arrived for a, up to the answer to a PING, is kept as @name
//	a!                 nothing has arrived for a: a PING is answered at once
//	open a b resp3     connects a and b, in RESP2 unless resp3 is given
//	close a            disconnects, and waits until the server has noticed
//	wait FIELD VALUE   waits until this field of INFO has this value
//	info name FIELD    keeps this field of INFO as @name
//	pass 30            waits until the server's clock has moved on by 30 ms
//	reset              closes all connections, and begins again with an empty server
//	only COND          the next lines are only for these servers
//	else               ... and these for the others
//	end                ... and these for all servers again
//	each               the lines up to its end are played for each row after it
//	| cell | cell      a row
//
// The name of a connection consists of letters and digits. A connection opens when it
// first sends, unless a line has opened it before. At the end of the file, and where an
// open line reuses a name, nothing may be left unread. FIELD may name a part of a field:
// cmdstat_get:calls is the text after "calls=" in cmdstat_get.
//
// In the lines of an each, {1} is the first cell of the row, and {1 sorted} is its words in
// byte order. A line with {1...} is repeated for each word. If a cell is empty, the lines
// that use it are left out:
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
// A table says what servers gave, by the values that the lines above it have kept. It fails
// where that is no longer so:
//
//	a? heard
//	table                         | what a hears @heard
//	| Redis 8.0.2, tattle         | OK then >invalidate [k]
//	| Redis 7.0.15, Valkey 8.1.1  | nothing
//
// A server that no row names has not been measured, and nothing is compared.
//
// COND is one or more of redis, valkey and tattle, each optionally with a version, such as
// redis>=8.0. One that holds is enough. tattle is also the redis that it claims to be.
//
// # Words and values
//
// Words are separated by spaces, or quoted as in Go: "a b\r\n\x00". $a is the client
// id of connection a, or the value that was kept as @a. A value is one of
//
//	OK, "a b"          a string: simple, bulk or verbatim
//	12  ,1.5           an integer, a double
//	nil true false     RESP2's nulls are nil too
//	-ERR some text     an error, up to the end of the line; -"ERR some text" inside other values
//	-*                 an error
//	[a 1 [b]]          an array
//	~[a b]  %[k v l w] a set, in any order; a map, by its keys and values
//	>invalidate [k]    a push, up to the end of the line
//	*  ...             any value; inside an array, any number of values
//	/flags=tR? /       a string that matches this regular expression
//	@name              anything, kept as $name
//	closed             the server has closed the connection
//	bytes "$-1\r\n"    the next bytes, as they are; only as the value of a whole line
//
// The package knows nothing about tattle but the name by which it identifies itself.
package transcript
