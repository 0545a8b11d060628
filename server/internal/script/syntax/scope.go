package syntax

// Limits of Lua 5.1.
const (
	localsMax   = 200
	upvaluesMax = 60
	levelsMax   = 200 // of nesting
)

// depthMax bounds the depth of the tree where Lua has no bound (a+a+a+...), because
// gopher-lua walks the tree recursively.
const depthMax = 3000

// function is a function that is being parsed, with the names it can see.
type function struct {
	outer    *function
	line     int // 0 for the chunk itself
	locals   []string
	upvalues map[string]bool
	vararg   bool
	loops    int
}

func (f *function) has(name string) bool {
	for i := len(f.locals) - 1; i >= 0; i-- {
		if f.locals[i] == name {
			return true
		}
	}
	return false
}

// declare brings local names into scope.
func (p *parser) declare(names ...string) {
	for _, name := range names {
		p.fn.locals = append(p.fn.locals, name)
		p.limit(p.fn, len(p.fn.locals), localsMax, "local variables")
	}
}

// describe reports whether a name is a local, an upvalue or a global.
func (p *parser) describe(name string) string {
	if p.fn.has(name) {
		return "local '" + name + "'"
	}
	for f := p.fn.outer; f != nil; f = f.outer {
		if f.has(name) {
			p.capture(name, f)
			return "upvalue '" + name + "'"
		}
	}
	return "global '" + name + "'"
}

// capture counts an upvalue in every function between its owner and here.
func (p *parser) capture(name string, owner *function) {
	for f := p.fn; f != owner; f = f.outer {
		f.upvalues[name] = true
		p.limit(f, len(f.upvalues), upvaluesMax, "upvalues")
	}
}
