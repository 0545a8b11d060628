// Package syntax owns the text of Lua 5.1: it parses source into the syntax tree
// that gopher-lua compiles, and reports errors in Lua's own words.
//
// gopher-lua has a parser, but its errors are not those that a Redis client knows,
// and its run-time errors do not say which variable was nil. So every place that
// can fail gets a number, its site, which is stored where the tree holds line
// numbers. gopher-lua prints the site in its errors, and [Chunk] turns it back into
// the line and the names of the operands:
//
//	local a = {}
//	return a.x.y        site 3: line 2, indexes "field 'x'"
//
// It knows nothing of Redis. Source: the Lua 5.1 reference manual, section 2.
package syntax
