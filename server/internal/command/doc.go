// Package command owns the command table: what a command is called, how many
// arguments it takes, its flags, ACL categories and key specs, and which
// function runs it. It also holds what all commands need to read their
// arguments.
//
// A command is a [Row] of data. The rows are at the foot of the file with the
// handlers, in the package of their family (strings, lists and so on, below this
// one) or, for those that need a connection, in package server. Whoever wants to
// know something about a command asks its row: what COMMAND INFO shows, which keys
// to remember for tracking, whether a script may call it, whether MULTI queues it,
// which of its words are passwords. Nobody keeps a list of names.
//
// A handler is a function func(*Call) error. It parses its arguments into a
// struct, then runs, and either writes exactly one reply to Call.Out or returns
// an error and has written nothing.
package command
