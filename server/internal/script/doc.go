// Package script owns Redis's Lua scripting: the cache of scripts, the sandbox they
// run in, the redis library, and the conversion between Lua values and replies.
//
// It knows nothing of clients or the server. A script reaches the outside through
// [Host], which package server implements: run a command, write to the log, ask for
// permission. EVAL and its relatives (their arguments, BUSY, read-only scripts) are
// left to the server.
//
// Lua itself is gopher-lua, of which only the virtual machine is used. Parsing is
// in package syntax, and the libraries are written here, because clients see their
// results and error texts, and those of gopher-lua differ from Lua 5.1's. One
// machine (machine.go) runs all scripts of an [Engine], one at a time. Scripts
// cannot leave anything behind in it: every shared table is frozen (frozen.go), and
// KEYS and ARGV are new for each run.
//
// Scripts are bounded in memory (memory.go, scale.go). Library functions ask before
// they make something large (reserve), make strings with text, keep tables that they
// fill on Lua's stack, where the scale finds them, and count their loops (work), so
// that a script can be killed inside them.
//
// Source: https://redis.io/docs/latest/develop/programmability/lua-api/, the Lua
// 5.1 reference manual, and the replies of Redis 8.0.2.
package script
