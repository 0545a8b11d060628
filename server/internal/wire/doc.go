// Package wire stands between a client's bytes and redcon's parser.
//
// It owns the rules of what a client may send: how long lines, counts and
// strings may be, how inline commands are written, how long a client may be
// silent. redcon knows no limits: a length of 19 digits makes it panic, a large
// count makes it spin, and an error in a pipeline costs the whole commands that
// stood before it. What commands mean is left to the server.
//
// The one idea: the guard follows the bytes with a small state machine, and passes
// them on as they are where they are in order, with at most a line end put right in
// place. Only inline commands are written anew. redcon then sees nothing but arrays
// of bulk strings that end where they say they end.
//
// redcon copies each command and allocates four times for it, which is a quarter of
// the server's time in a pipeline, and it keeps 8 KiB for each connection. The guard
// must find the ends of commands anyway. So Serve and Next give commands in good
// order as they stand in the guard's buffer, and Read, behind which redcon's parser
// is, has its turn with what is out of the ordinary: inline commands, long ones,
// violations, and connections that are no plain sockets.
//
// How much is passed on at a time matters for that parser. It parses an unfinished
// command again from its start whenever a read gives it more, one stack frame deeper
// each time. So a read returns one whole command, or, if a command is too long for
// that, as much of it as redcon has room for. redcon doubles its room each time, so
// all work is in proportion to what was sent.
//
// Source: the RESP specification, and what Redis 8.0.2 answers.
package wire
