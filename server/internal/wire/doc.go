// Package wire is the bytes of connections, as far as they are not yet commands.
//
// It reads and writes connections without waiting. It has the rules for what a client may
// send: how long lines, counts and strings may be, and how inline commands are written. The
// server and its loop decide what commands mean and when a connection has its turn.
//
//	accept (redcon) ─► Take ──────► Socket ─┐
//	                └► Handshake ─► TLS ────┼─► Conn ─► Input ─► words of a command
//	server.Dial ─────► memconn.End ─────────┤
//	anything else ───► NewStream ─► Stream ─┘
//
// The one idea: every kind of connection is a [Conn] whose methods never wait. Its bytes go
// through one [Input], a small state machine that finds whole commands and returns them
// without copying. Sockets are taken over from Go's net package. One set, [Sockets], says
// which of them are ready, in the order in which they became ready.
//
// redcon accepts connections and hands them over with nothing read. Its parser is not used:
// it knows no limits, so that a length of 19 digits makes it panic and a large count makes it
// spin. To check the limits first and then parse again costs more than to take the words at
// once. It also reads inline commands differently from Redis. DESIGN.md has the figures.
//
// Source: the RESP specification, and what Redis 8.0.2 answers.
package wire
