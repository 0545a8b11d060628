// Package syntax owns the text of Lua 5.1: it compiles source to the instructions of
// gopher-lua's virtual machine, and reports errors in Lua's own words.
//
// gopher-lua has a parser and a compiler, but their errors are not those that a Redis
// client knows, its run-time errors do not say which variable was nil, its compiler
// takes time proportional to the square of the source, and it compiles long functions
// and tables wrongly without a word. So this one works as Lua's own: in one pass, from
// tokens to instructions, with Lua's limits.
//
// Every place that can fail gets a number, its site, which is stored where the machine
// expects line numbers. gopher-lua prints the site in its errors, and [Chunk] turns it
// back into the line and the names of the operands:
//
//	local a = {}
//	return a.x.y        site 3: line 2, indexes "field 'x'"
//
// It knows nothing of Redis. Source: the Lua 5.1 reference manual, section 2.
package syntax
