// Package wire is the bytes of connections, as far as they are not yet commands.
//
// It owns how connections are read and written without waiting, and the rules of what a
// client may send: how long lines, counts and strings may be, and how inline commands
// are written. What commands mean, and when a connection has its turn, is left to the
// server and its loop.
//
//	accept (redcon) ─► Take ──────► Socket ─┐
//	                └► Handshake ─► TLS ────┼─► Conn ─► Input ─► words of a command
//	server.Dial ─────► memconn.End ─────────┤
//	anything else ───► NewStream ─► Stream ─┘
//
// The one idea: every connection, whatever it is, is a [Conn] whose methods never wait,
// and its bytes go through one [Input], which follows them with a small state machine
// and gives out whole commands as they stand in the buffer. Sockets are taken over from
// Go's net package and stand in one set, [Sockets], which says which are ready in the
// order in which they became so.
//
// redcon accepts connections and hands them over with nothing read. Its parser knows no
// limits: a length of 19 digits makes it panic, a large count makes it spin. Behind the
// limits that are needed it costs more than to take the words at once, and of inline
// commands it makes something else than Redis does; DESIGN.md has the figures.
//
// Source: the RESP specification, and what Redis 8.0.2 answers.
package wire
