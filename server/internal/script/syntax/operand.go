package syntax

import lua "github.com/yuin/gopher-lua"

// where says where the value of an operand is.
type where int

const (
	nowhere      where = iota // there is none
	isNil                     // a literal
	isTrue                    // a literal
	isFalse                   // a literal
	isNumber                  // a literal, in number
	isString                  // a literal, constant at
	inLocal                   // a variable, register at
	inUpvalue                 // a variable, upvalue at
	inGlobal                  // a variable whose name is constant at
	inTable                   // in the table in register at, under key
	inComparison              // the jump at is taken if it is true
	anywhere                  // the instruction at leaves it where we like
	inRegister                // register at
	inCall                    // the first result of the call at
	inDots                    // the first value of the ... at
)

// operand is an expression that was read. Its value may not have been computed yet:
// that waits until it is known where the value is to be.
type operand struct {
	where  where
	at     int
	key    int // a register or constant
	number float64

	// Jumps out of "and" and "or" to where the whole is true or false.
	ifTrue, ifFalse []int

	name name // what messages call it
	of   name // what they call the table
	far  bool // its key may be a large number, see [Place]
	// The local variable or upvalue that the expression is, whose length it is (#t), or
	// behind whose elements it is (#t+1).
	is, length, behind *variable
}

func (e *operand) jumps() bool { return len(e.ifTrue)+len(e.ifFalse) > 0 }

func (e *operand) numeral() bool { return e.where == isNumber && !e.jumps() }

// multiple reports whether e may give any number of values.
func (e *operand) multiple() bool { return e.where == inCall || e.where == inDots }

// want sets how many values a call or ... gives.
func (p *parser) want(e *operand, n int) {
	code := p.fn.proto.Code
	switch e.where {
	case inCall:
		code[e.at] = withC(code[e.at], n+1)
	case inDots:
		code[e.at] = withA(withB(code[e.at], n+1), p.fn.free)
		p.reserve(1)
	}
}

// single reduces e to one value.
func (p *parser) single(e *operand) {
	code := p.fn.proto.Code
	switch e.where {
	case inCall:
		e.where, e.at = inRegister, int(code[e.at]>>18&noRegister)
	case inDots:
		// gopher-lua forgets the registers above the one that it sets.
		next := p.reserve(1)
		code[e.at] = withA(withB(code[e.at], 2), next)
		e.where, e.at = inRegister, next
	}
}

// load makes a variable a value.
func (p *parser) load(e *operand) {
	switch e.where {
	case inLocal:
		e.where = inRegister
	case inUpvalue:
		e.where, e.at = anywhere, p.emit(abc(lua.OP_GETUPVAL, 0, e.at, 0))
	case inGlobal:
		globals := p.reserve(1)
		p.emit(abc(lua.OP_GETUPVAL, globals, p.hidden(Globals), 0))
		key := p.key(e.at)
		p.fn.free = globals
		e.where, e.at = anywhere, p.emit(abc(lua.OP_GETTABLE, 0, globals, key))
	case inTable:
		p.fn.release(e.key)
		p.fn.release(e.at)
		e.where, e.at = anywhere, p.emit(abc(lua.OP_GETTABLE, 0, e.at, e.key), e.of)
	case inCall, inDots:
		p.single(e)
	}
}

// key returns B or C for a constant, which is loaded into the next register if
// need be.
func (p *parser) key(constant int) int {
	if constant < constantBit {
		return constant | constantBit
	}
	register := p.reserve(1)
	p.emit(abx(lua.OP_LOADK, register, constant))
	return register
}

// put computes e into a register, jumps aside.
func (p *parser) put(e *operand, register int) {
	p.load(e)
	switch e.where {
	case isNil:
		p.emit(abc(lua.OP_LOADNIL, register, register, 0))
	case isTrue:
		p.emit(abc(lua.OP_LOADBOOL, register, 1, 0))
	case isFalse:
		p.emit(abc(lua.OP_LOADBOOL, register, 0, 0))
	case isString:
		p.emit(abx(lua.OP_LOADK, register, e.at))
	case isNumber:
		p.emit(abx(lua.OP_LOADK, register, p.constant(lua.LNumber(e.number))))
	case anywhere:
		code := p.fn.proto.Code
		code[e.at] = withA(code[e.at], register)
	case inRegister:
		if register != e.at {
			p.emit(abc(lua.OP_MOVE, register, e.at, 0))
		}
	default: // nowhere, inComparison
		return
	}
	e.where, e.at = inRegister, register
}

// toRegister computes e into a register.
func (p *parser) toRegister(e *operand, register int) {
	f := p.fn
	p.put(e, register)
	if e.where == inComparison {
		e.ifTrue = append(e.ifTrue, e.at)
	}
	if e.jumps() {
		ifFalse, ifTrue := 0, 0
		if f.needValue(e.ifTrue) || f.needValue(e.ifFalse) {
			var past []int
			if e.where != inComparison {
				past = p.jump()
			}
			ifFalse = p.emit(abc(lua.OP_LOADBOOL, register, 0, 1))
			ifTrue = p.emit(abc(lua.OP_LOADBOOL, register, 1, 0))
			f.landHere(past)
		}
		p.landWith(e.ifFalse, register, f.here(), ifFalse)
		p.landWith(e.ifTrue, register, f.here(), ifTrue)
	}
	e.where, e.at, e.ifTrue, e.ifFalse = inRegister, register, nil, nil
}

// toNext computes e into the next register.
func (p *parser) toNext(e *operand) {
	p.load(e)
	p.free(e)
	p.toRegister(e, p.reserve(1))
}

// free gives back the register of e.
func (p *parser) free(e *operand) {
	if e.where == inRegister {
		p.fn.release(e.at)
	}
}

// toAny computes e into a register, the one it is in if that may be, and returns it.
func (p *parser) toAny(e *operand) int {
	p.load(e)
	if e.where == inRegister {
		if !e.jumps() {
			return e.at
		}
		if e.at >= len(p.fn.active) { // not of a variable
			p.toRegister(e, e.at)
			return e.at
		}
	}
	p.toNext(e)
	return e.at
}

// toValue is load, and toAny if e has jumps.
func (p *parser) toValue(e *operand) {
	if e.jumps() {
		p.toAny(e)
	} else {
		p.load(e)
	}
}

// toKey makes e a register or constant and returns it as an argument B or C.
func (p *parser) toKey(e *operand) int {
	p.toValue(e)
	if n, ok := p.literal(e); ok && n < constantBit {
		return n | constantBit
	}
	return p.toAny(e)
}

// literal returns the constant that e is. It makes a new one of nil, true, false and
// numbers only while it fits an argument.
func (p *parser) literal(e *operand) (int, bool) {
	if e.where == isString {
		return e.at, true
	}
	if e.where != isNumber && len(p.fn.proto.Constants) >= constantBit {
		return 0, false
	}
	switch e.where {
	case isNil:
		return p.constant(lua.LNil), true
	case isTrue:
		return p.constant(lua.LTrue), true
	case isFalse:
		return p.constant(lua.LFalse), true
	case isNumber:
		return p.constant(lua.LNumber(e.number)), true
	}
	return 0, false
}

// store assigns e to a variable.
func (p *parser) store(to *operand, e *operand) {
	switch to.where {
	case inLocal:
		p.free(e)
		p.toRegister(e, to.at)
		return
	case inUpvalue:
		p.emit(abc(lua.OP_SETUPVAL, p.toAny(e), to.at, 0))
	case inGlobal:
		value := p.toAny(e)
		next := p.fn.free
		globals := p.reserve(1)
		p.emit(abc(lua.OP_GETUPVAL, globals, p.hidden(Frozen), 0))
		p.emit(abc(lua.OP_SETTABLE, globals, p.key(to.at), value))
		p.fn.free = next
	case inTable:
		p.setTable(to, p.toKey(e))
	}
	p.free(e)
}

// setTable assigns a register or constant to a field. If the key may be far, the
// table is what the function [Place] says.
func (p *parser) setTable(to *operand, value int) {
	if !to.far {
		p.emit(abc(lua.OP_SETTABLE, to.at, to.key, value), to.of)
		return
	}
	next := p.fn.free
	place := p.reserve(3)
	p.emit(abc(lua.OP_GETUPVAL, place, p.hidden(Place), 0))
	p.emit(abc(lua.OP_MOVE, place+1, to.at, 0))
	if to.key >= constantBit {
		p.emit(abx(lua.OP_LOADK, place+2, to.key-constantBit))
	} else {
		p.emit(abc(lua.OP_MOVE, place+2, to.key, 0))
	}
	p.emit(abc(lua.OP_CALL, place, 3, 2))
	p.emit(abc(lua.OP_SETTABLE, place, to.key, value), to.of)
	p.fn.free = next
}

// whenFalse returns the jumps that are taken if e is false; it goes on if e is true.
func (p *parser) whenFalse(e *operand) []int {
	p.branch(e, false)
	p.fn.landHere(e.ifTrue)
	e.ifTrue = nil
	return e.ifFalse
}

// whenTrue is the opposite.
func (p *parser) whenTrue(e *operand) []int {
	p.branch(e, true)
	p.fn.landHere(e.ifFalse)
	e.ifFalse = nil
	return e.ifTrue
}

// branch adds the jump that is taken if e is as given.
func (p *parser) branch(e *operand, taken bool) {
	p.load(e)
	list := &e.ifFalse
	if taken {
		list = &e.ifTrue
	}
	switch e.where {
	case isString, isNumber, isTrue:
		if !taken {
			return
		}
	case isNil, isFalse:
		if taken {
			return
		}
	case inComparison:
		if !taken {
			*p.fn.control(e.at) ^= 1 << 18
		}
		*list = append(*list, e.at)
		return
	}
	*list = append(*list, p.jumpIf(e, taken)...)
}

// jumpIf adds a jump that is taken if e is as given.
func (p *parser) jumpIf(e *operand, taken bool) []int {
	code := p.fn.proto.Code
	if e.where == anywhere && opOf(code[e.at]) == lua.OP_NOT {
		of := argB(code[e.at])
		p.fn.unemit()
		return p.test(abc(lua.OP_TEST, of, 0, bit(!taken)))
	}
	if e.where != inRegister {
		p.toNextPlain(e)
	}
	p.free(e)
	return p.test(abc(lua.OP_TESTSET, noRegister, e.at, bit(taken)))
}

// toNextPlain is toNext that leaves the jumps of e.
func (p *parser) toNextPlain(e *operand) { p.put(e, p.reserve(1)) }

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// not makes e its opposite.
func (p *parser) not(e *operand) {
	p.load(e)
	switch e.where {
	case isNil, isFalse:
		e.where = isTrue
	case isNumber, isString, isTrue:
		e.where = isFalse
	case inComparison:
		*p.fn.control(e.at) ^= 1 << 18
	default:
		if e.where != inRegister {
			p.toNextPlain(e)
		}
		p.free(e)
		e.where, e.at = anywhere, p.emit(abc(lua.OP_NOT, 0, e.at, 0))
	}
	e.ifTrue, e.ifFalse = e.ifFalse, e.ifTrue
	p.forget(e.ifTrue)
	p.forget(e.ifFalse)
}

// forget makes jumps leave no value.
func (p *parser) forget(jumps []int) {
	for _, at := range jumps {
		p.keepValue(at, noRegister)
	}
}
