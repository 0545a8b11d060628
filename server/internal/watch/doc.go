// Package watch holds what a server keeps of its own work: the commands that took long
// (SLOWLOG, LATENCY), the calls of each command, error codes, and rates.
//
// These are data structures that take values: a time, a duration, a limit. They know no
// server, no client and no settings, and read no clock. They have no locks.
package watch
