package syntax

import lua "github.com/yuin/gopher-lua"

// An instruction has 32 bits: 6 for the operation, then either A (8 bits), C (9) and
// B (9), or A and Bx (18), or A and a jump's distance, which is Bx less distanceMax.
// B and C may also name constants, if they are among the first of the function.
const (
	constantBit  = 1 << 8        // in B or C: not a register but a constant
	blockMax     = 1<<9 - 1      // the largest C
	indexMax     = 1<<18 - 1     // the largest Bx
	distanceMax  = indexMax >> 1 // of jumps
	noRegister   = 1<<8 - 1      // in A: not known yet
	registersMax = 250           // of a function, as in Lua
	itemsPerSet  = 50            // of a table constructor, set by one instruction
	many         = -1            // how many values: as many as there are
)

func abc(op, a, b, c int) uint32 { return uint32(op)<<26 | uint32(a)<<18 | uint32(c)<<9 | uint32(b) }
func abx(op, a, bx int) uint32   { return uint32(op)<<26 | uint32(a)<<18 | uint32(bx) }

func opOf(i uint32) int { return int(i >> 26) }
func argB(i uint32) int { return int(i & blockMax) }
func argC(i uint32) int { return int(i >> 9 & blockMax) }

func withOp(i uint32, op int) uint32 { return i&(1<<26-1) | uint32(op)<<26 }

func withA(i uint32, a int) uint32 { return i&^(noRegister<<18) | uint32(a)<<18 }
func withB(i uint32, b int) uint32 { return i&^blockMax | uint32(b) }
func withC(i uint32, c int) uint32 { return i&^(blockMax<<9) | uint32(c)<<9 }

// emit adds an instruction and returns its place. names describes the operands that
// an error may blame.
func (p *parser) emit(i uint32, names ...name) int {
	return p.emitAt(p.lastLine, i, names...)
}

func (p *parser) emitAt(line int, i uint32, names ...name) int {
	f := p.fn
	waiting := f.waiting
	f.waiting = nil
	p.landWith(waiting, noRegister, f.here(), f.here())
	f.proto.Code = append(f.proto.Code, i)
	f.proto.DbgSourcePositions = append(f.proto.DbgSourcePositions, p.site(line, names...))
	return len(f.proto.Code) - 1
}

// unemit takes back the last instruction.
func (f *function) unemit() {
	f.proto.Code = f.proto.Code[:f.here()-1]
	f.proto.DbgSourcePositions = f.proto.DbgSourcePositions[:f.here()]
}

// here is the place of the next instruction.
func (f *function) here() int { return len(f.proto.Code) }

// jump adds a jump whose target is not known yet. Jumps that would end at this one
// go with it.
func (p *parser) jump() []int {
	f := p.fn
	with := f.waiting
	f.waiting = nil
	return append(with, p.emit(abx(lua.OP_JMP, 0, distanceMax)))
}

// test adds an instruction that skips the jump after it, and that jump.
func (p *parser) test(i uint32) []int {
	p.emit(i)
	return p.jump()
}

// landHere makes jumps end at the next instruction, whatever it will be.
func (f *function) landHere(jumps []int) { f.waiting = append(f.waiting, jumps...) }

// land makes jumps end at a target.
func (p *parser) land(jumps []int, target int) {
	if target == p.fn.here() {
		p.fn.landHere(jumps)
	} else {
		p.landWith(jumps, noRegister, target, target)
	}
}

// landWith makes jumps that leave a value in a register end at withValue, and
// the others at without.
func (p *parser) landWith(jumps []int, register, withValue, without int) {
	for _, at := range jumps {
		if p.keepValue(at, register) {
			p.aim(at, withValue)
		} else {
			p.aim(at, without)
		}
	}
}

// aim sets the target of a jump.
func (p *parser) aim(at, target int) {
	distance := target - at - 1
	if distance > distanceMax || distance < -distanceMax {
		p.unexpected("control structure too long")
	}
	i := &p.fn.proto.Code[at]
	*i = *i&^indexMax | uint32(distance+distanceMax)
}

// control returns the instruction that decides about a jump: the test before it, or
// the jump itself.
func (f *function) control(at int) *uint32 {
	if at > 0 {
		switch i := &f.proto.Code[at-1]; opOf(*i) {
		case lua.OP_EQ, lua.OP_LT, lua.OP_LE, lua.OP_TEST, lua.OP_TESTSET, lua.OP_TFORLOOP:
			return i
		}
	}
	return &f.proto.Code[at]
}

// keepValue tells the test before a jump where to leave its value, which is nowhere
// for noRegister, and reports whether it can.
func (p *parser) keepValue(at, register int) bool {
	i := p.fn.control(at)
	if opOf(*i) != lua.OP_TESTSET {
		return false
	}
	if register != noRegister && register != argB(*i) {
		*i = withA(*i, register)
	} else {
		*i = abc(lua.OP_TEST, argB(*i), 0, argC(*i))
	}
	return true
}

// needValue reports whether one of the jumps leaves no value.
func (f *function) needValue(jumps []int) bool {
	for _, at := range jumps {
		if opOf(*f.control(at)) != lua.OP_TESTSET {
			return true
		}
	}
	return false
}

// reserve takes the next n registers and returns the first.
func (p *parser) reserve(n int) int {
	p.room(n)
	p.fn.free += n
	return p.fn.free - n
}

// room checks that n more registers fit.
func (p *parser) room(n int) {
	f := p.fn
	if f.free+n > int(f.proto.NumUsedRegisters) {
		if f.free+n >= registersMax {
			p.unexpected("function or expression too complex")
		}
		f.proto.NumUsedRegisters = uint8(f.free + n)
	}
}

// release gives back a register unless a variable lives there.
func (f *function) release(register int) {
	if register < constantBit && register >= len(f.active) {
		f.free--
	}
}

// constant returns the index of a constant of the function.
func (p *parser) constant(v lua.LValue) int {
	f := p.fn
	n, ok := f.constants[v]
	if !ok {
		n = len(f.proto.Constants)
		if n >= indexMax {
			panic(&Error{"constant table overflow"})
		}
		f.constants[v] = n
		f.proto.Constants = append(f.proto.Constants, v)
	}
	return n
}
