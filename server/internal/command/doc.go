// Package command owns the command table: what a command is called, how many
// arguments it takes, its flags, ACL categories and key specs, and which
// function runs it. It also holds what all commands need to read their
// arguments.
//
// A command is a [Row] of data. Its row is at the end of the file with its handler, in
// the package of its family (strings, lists and so on, below this one) or, if it needs a
// connection, in package server. The row says everything about the command: what COMMAND
// INFO shows, which keys to remember for tracking, whether a script may call it, whether
// MULTI queues it, which of its words are passwords. No other code keeps lists of names.
//
// A handler is a function func(*Call) error. It parses its arguments into a
// struct, then runs, and either writes exactly one reply to Call.Out or returns
// an error and has written nothing.
package command
