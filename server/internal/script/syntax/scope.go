package syntax

import lua "github.com/yuin/gopher-lua"

// Limits of Lua 5.1.
const (
	localsMax   = 200       // in scope
	declaredMax = 1<<15 - 1 // locals of a function, in scope or not
	upvaluesMax = 60
	levelsMax   = 200 // of nesting
)

// The upvalues of a chunk's main function, which whoever runs it provides. No source
// can name them, so no script can reach what is in them.
const (
	Globals  = iota // the table that globals are read from
	Frozen          // the table that they are written to
	Concat          // a function: a..b, because gopher-lua writes numbers differently
	Place           // a function: where to set t[k], for a k that may be a large number
	Length          // a function: #t, because Lua asks no metatable
	Loop            // a function: the three numbers of a for loop, which may be strings
	Upvalues        // how many there are
)

// variable is a local variable.
type variable struct {
	name     string
	owner    *function // nil for an upvalue that the chunk begins with
	register int
	hides    *variable // of the same name
}

// function is a function that is being compiled.
type function struct {
	outer     *function
	line      int // 0 for the chunk itself
	proto     *lua.FunctionProto
	constants map[lua.LValue]int
	free      int         // the first free register
	active    []*variable // by register
	declared  int
	block     *block
	waiting   []int // jumps to the next instruction

	upvalues []*variable
	places   map[*variable]int // in upvalues
	named    int               // upvalues that the source names
}

// block is a block that is being compiled.
type block struct {
	outer    *block
	locals   int // that were active before
	loop     bool
	breaks   []int
	captured bool // a closure has a variable of it
}

func (p *parser) openFunction(line int) {
	f := &function{outer: p.fn, line: line, constants: map[lua.LValue]int{}, places: map[*variable]int{}}
	f.proto = &lua.FunctionProto{SourceName: p.mark, NumUsedRegisters: 2}
	p.fn = f
}

// closeFunction ends the current function and returns it.
func (p *parser) closeFunction() *function {
	f := p.fn
	p.hide(0)
	p.emit(abc(lua.OP_RETURN, 0, 1, 0))
	f.proto.NumUpvalues = uint8(len(f.upvalues))
	f.proto.NumUsedRegisters++ // in a tail call, the last is not copied
	p.fn = f.outer
	return f
}

func (p *parser) openBlock(loop bool) *block {
	p.fn.block = &block{outer: p.fn.block, locals: len(p.fn.active), loop: loop}
	return p.fn.block
}

func (p *parser) closeBlock() {
	f, b := p.fn, p.fn.block
	f.block = b.outer
	p.hide(b.locals)
	if b.captured {
		p.emit(abc(lua.OP_CLOSE, b.locals, 0, 0))
	}
	f.free = len(f.active)
	f.landHere(b.breaks)
}

// declare makes local variables, the registers of which come next, and checks that
// there is room for them. They are not in scope yet.
func (p *parser) declare(pending []*variable, name string) []*variable {
	p.limit(p.fn, len(p.fn.active)+len(pending)+1, localsMax, "local variables")
	if p.fn.declared++; p.fn.declared > declaredMax {
		panic(&Error{"too many local variables"})
	}
	return append(pending, &variable{name: name, owner: p.fn})
}

// show brings local variables into scope.
func (p *parser) show(variables ...*variable) {
	f := p.fn
	for _, v := range variables {
		v.register = len(f.active)
		f.active = append(f.active, v)
		v.hides = p.scope[v.name]
		p.scope[v.name] = v
	}
}

// hide takes the local variables after the first n out of scope.
func (p *parser) hide(n int) {
	f := p.fn
	for i := len(f.active) - 1; i >= n; i-- {
		v := f.active[i]
		if v.hides == nil {
			delete(p.scope, v.name)
		} else {
			p.scope[v.name] = v.hides
		}
	}
	f.active = f.active[:n]
}

// variable finds what a name stands for.
func (p *parser) variable(text string) operand {
	v := p.scope[text]
	switch {
	case v == nil:
		return operand{where: inGlobal, at: p.constant(lua.LString(text)), name: name{global, text}}
	case v.owner == p.fn:
		return operand{where: inLocal, at: v.register, name: name{local, text}, is: v}
	}
	return operand{where: inUpvalue, at: p.upvalue(p.fn, v), name: name{upvalue, text}, is: v}
}

// upvalue returns the place of a variable among the upvalues of f. Every function
// between its owner and f gets it as well.
func (p *parser) upvalue(f *function, v *variable) int {
	if n, ok := f.places[v]; ok {
		return n
	}
	if f.outer == v.owner {
		v.owner.capture(v)
	} else {
		p.upvalue(f.outer, v)
	}
	if v.owner != nil {
		f.named++
		p.limit(f, f.named, upvaluesMax, "upvalues")
	}
	f.places[v] = len(f.upvalues)
	f.upvalues = append(f.upvalues, v)
	return len(f.upvalues) - 1
}

// capture notes that the block of a variable has to be closed.
func (f *function) capture(v *variable) {
	b := f.block
	for b != nil && b.locals > v.register {
		b = b.outer
	}
	if b != nil {
		b.captured = true
	}
}

// hidden returns the place of an upvalue of the chunk among those of the function.
func (p *parser) hidden(n int) int { return p.upvalue(p.fn, p.given[n]) }

// closure is the value of a function.
func (p *parser) closure(f *function) operand {
	proto := p.fn.proto
	n := len(proto.FunctionPrototypes)
	if n >= indexMax {
		panic(&Error{"constant table overflow"})
	}
	proto.FunctionPrototypes = append(proto.FunctionPrototypes, f.proto)
	e := operand{where: anywhere, at: p.emit(abx(lua.OP_CLOSURE, 0, n))}
	for _, v := range f.upvalues {
		if v.owner == p.fn {
			p.emit(abc(lua.OP_MOVE, 0, v.register, 0))
		} else {
			p.emit(abc(lua.OP_GETUPVAL, 0, p.upvalue(p.fn, v), 0))
		}
	}
	return e
}
