// Package script owns Redis's Lua scripting: the cache of scripts, the sandbox
// they run in, the redis library, and the way between Lua values and replies.
//
// It knows no client and no server. What a script may do to the outside goes
// through [Host], which package server implements: run a command, write to the
// log, ask for permission. It leaves EVAL and its relatives (parsing of their
// arguments, BUSY, read-only scripts) to the server.
//
// Lua itself is gopher-lua, of which only the virtual machine is used. Parsing
// is in package syntax, and the libraries are written here, because a client
// sees their results and their error texts, and gopher-lua's are not those of
// Lua 5.1. One machine (machine.go) serves all scripts of an [Engine], one at a
// time. Scripts cannot leave anything behind in it: every shared table is frozen
// (frozen.go), KEYS and ARGV are made anew for each run.
//
// Source: https://redis.io/docs/latest/develop/programmability/lua-api/, the Lua
// 5.1 reference manual, and the replies of Redis 8.0.2.
package script
