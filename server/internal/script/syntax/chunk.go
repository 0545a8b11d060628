package syntax

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// Chunk is compiled source.
type Chunk struct {
	// Source names the chunk as Lua does: "@file", "=name" or the code itself.
	Source string
	// Main is the function that runs the chunk, with any number of arguments. Its
	// upvalues are [Globals] and those that follow.
	Main  *lua.FunctionProto
	sites []site
}

// site is a place in the source that can fail.
type site struct {
	line int
	// names describes the operands: the indexed one, the called one, both of an
	// arithmetic operation, all of a concatenation. A call of a method has two, the
	// object and the method.
	names []name
}

// name is what messages call a value.
type name struct {
	kind nameKind
	text string
}

type nameKind uint8

const (
	nameless nameKind = iota
	local
	upvalue
	global
	field
	method
)

var nameKinds = [...]string{"", "local", "upvalue", "global", "field", "method"}

func (n name) String() string {
	if n.kind == nameless {
		return ""
	}
	return nameKinds[n.kind] + " '" + n.text + "'"
}

// Line returns the line of a site.
func (c *Chunk) Line(n int) int { return c.at(n).line }

// Operand returns Lua's name for an operand of a site ("local 'x'", "field 'y'"), or ""
// if it has none.
func (c *Chunk) Operand(n, i int) string {
	if s := c.at(n); i < len(s.names) {
		return s.names[i].String()
	}
	return ""
}

// Callee returns Lua's name for the function that a site calls.
func (c *Chunk) Callee(n int) string {
	if c.IsMethod(n) {
		return c.Operand(n, 1)
	}
	return c.Operand(n, 0)
}

// IsMethod reports whether a site calls a method.
func (c *Chunk) IsMethod(n int) bool {
	names := c.at(n).names
	return len(names) == 2 && names[1].kind == method
}

func (c *Chunk) at(n int) site {
	if n < 0 || n >= len(c.sites) {
		return site{line: 1}
	}
	return c.sites[n]
}

// Maximum lengths of chunk names in messages.
const (
	nameMax       = 59
	fileNameMax   = 52
	stringNameMax = 43
)

// Name returns the chunk's name as messages show it.
func (c *Chunk) Name() string { return Name(c.Source) }

// Name turns the source of a chunk into the name that messages show.
func Name(source string) string {
	switch {
	case strings.HasPrefix(source, "="):
		return source[1:min(len(source), nameMax+1)]
	case strings.HasPrefix(source, "@"):
		file := source[1:]
		if len(file) > fileNameMax {
			return "..." + file[len(file)-fileNameMax:]
		}
		return file
	}
	line := source
	if i := strings.IndexAny(source, "\r\n"); i >= 0 {
		line = source[:i]
	}
	line = line[:min(len(line), stringNameMax)]
	if len(line) < len(source) {
		line += "..."
	}
	return `[string "` + line + `"]`
}

// Error is an error in the source, in Lua's words, beginning with the position.
type Error struct{ Text string }

func (e *Error) Error() string { return e.Text }
