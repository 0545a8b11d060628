package syntax

import lua "github.com/yuin/gopher-lua"

// statement reads one statement and reports whether it must be the last of its
// block.
func (p *parser) statement() (last bool) {
	line := p.line
	switch p.tok.kind {
	case tIf:
		p.ifStatement(line)
	case tWhile:
		p.whileStatement(line)
	case tDo:
		p.advance()
		p.block()
		p.close(tEnd, tDo, line)
	case tFor:
		p.forStatement(line)
	case tRepeat:
		p.repeatStatement(line)
	case tFunction:
		p.functionStatement(line)
	case tLocal:
		p.advance()
		if p.take(tFunction) {
			p.localFunction()
		} else {
			p.localStatement()
		}
	case tReturn:
		p.returnStatement()
		return true
	case tBreak:
		p.advance()
		p.breakLoop()
		return true
	default:
		p.expressionStatement()
	}
	return false
}

func (p *parser) ifStatement(line int) {
	var ends []int
	next := p.ifThen()
	for p.tok.kind == tElseif {
		ends = append(ends, p.jump()...)
		p.fn.landHere(next)
		next = p.ifThen()
	}
	if p.tok.kind == tElse {
		ends = append(ends, p.jump()...)
		p.fn.landHere(next)
		p.advance()
		p.block()
	} else {
		ends = append(ends, next...)
	}
	p.fn.landHere(ends)
	p.close(tEnd, tIf, line)
}

// ifThen reads if c then block, and returns the jumps that are taken if c is false.
func (p *parser) ifThen() []int {
	p.advance()
	otherwise := p.condition()
	p.need(tThen)
	p.block()
	return otherwise
}

// condition reads a condition and returns the jumps that are taken if it is false.
func (p *parser) condition() []int {
	e := p.expr()
	return p.whenFalse(&e)
}

func (p *parser) whileStatement(line int) {
	p.advance()
	top := p.fn.here()
	done := p.condition()
	p.openBlock(true)
	p.need(tDo)
	p.block()
	p.land(p.jump(), top)
	p.close(tEnd, tWhile, line)
	p.closeBlock()
	p.fn.landHere(done)
}

func (p *parser) repeatStatement(line int) {
	p.advance()
	top := p.fn.here()
	p.openBlock(true)
	inner := p.openBlock(false)
	p.statements()
	p.close(tUntil, tRepeat, line)
	again := p.condition()
	if !inner.captured {
		p.closeBlock()
		p.land(again, top)
	} else {
		p.breakLoop()
		p.fn.landHere(again)
		p.closeBlock()
		p.land(p.jump(), top)
	}
	p.closeBlock()
}

// breakLoop leaves the innermost loop.
func (p *parser) breakLoop() {
	b, captured := p.fn.block, false
	for ; b != nil && !b.loop; b = b.outer {
		captured = captured || b.captured
	}
	if b == nil {
		p.unexpected("no loop to break")
	}
	if captured {
		p.emit(abc(lua.OP_CLOSE, b.locals, 0, 0))
	}
	b.breaks = append(b.breaks, p.jump()...)
}

func (p *parser) forStatement(line int) {
	p.openBlock(true)
	p.advance()
	name := p.needName()
	switch p.tok.kind {
	case '=':
		p.numberFor(line, name)
	case ',', tIn:
		p.genericFor(name)
	default:
		p.unexpected("'=' or 'in' expected")
	}
	p.close(tEnd, tFor, line)
	p.closeBlock()
}

// declareFor declares the variables of a loop, of which Lua has three that no source
// can name.
func (p *parser) declareFor(names ...string) (variables []*variable) {
	for _, name := range append([]string{"(for)", "(for)", "(for)"}, names...) {
		variables = p.declare(variables, name)
	}
	return variables
}

func (p *parser) numberFor(line int, name string) {
	base, variables := p.fn.free, p.declareFor(name)
	p.advance()
	numbers := p.nextNumber()
	p.need(',')
	numbers = p.nextNumber() && numbers
	if p.take(',') {
		numbers = p.nextNumber() && numbers
	} else {
		p.toNext(&operand{where: isNumber, number: 1})
	}
	p.show(variables[:3]...)
	p.need(tDo)
	if !numbers {
		p.convertLoop(base)
	}
	start := p.emit(abx(lua.OP_FORPREP, base, distanceMax))
	p.forBody(variables[3:])
	p.fn.landHere([]int{start})
	end := p.emitAt(line, abx(lua.OP_FORLOOP, base, distanceMax))
	p.land([]int{end}, start+1)
}

// nextNumber reads a number of a loop into the next register, and reports whether it can be
// nothing else than a number.
func (p *parser) nextNumber() bool {
	e := p.expr()
	is := e.numeral() || e.length != nil && !e.jumps()
	p.toNext(&e)
	return is
}

// convertLoop calls [Loop] with the three values from base on, and puts what it returns in
// their place.
func (p *parser) convertLoop(base int) {
	fn := p.reserve(4)
	p.emit(abc(lua.OP_GETUPVAL, fn, p.hidden(Loop), 0))
	for i := range 3 {
		p.emit(abc(lua.OP_MOVE, fn+1+i, base+i, 0))
	}
	p.emit(abc(lua.OP_CALL, fn, 4, 4))
	for i := range 3 {
		p.emit(abc(lua.OP_MOVE, base+i, fn+i, 0))
	}
	p.fn.free = fn
}

func (p *parser) genericFor(name string) {
	names := []string{name}
	for p.take(',') {
		names = append(names, p.needName())
	}
	base, variables := p.fn.free, p.declareFor(names...)
	p.need(tIn)
	line := p.line
	p.assign(3, p.exprs)
	p.room(3)
	p.show(variables[:3]...)
	p.need(tDo)
	start := p.jump()
	body := p.fn.here()
	p.forBody(variables[3:])
	p.fn.landHere(start)
	p.emitAt(line, abc(lua.OP_TFORLOOP, base, 0, len(names)))
	p.land(p.jump(), body)
}

// forBody reads the block of a for loop.
func (p *parser) forBody(variables []*variable) {
	p.openBlock(false)
	p.show(variables...)
	p.reserve(len(variables))
	p.block()
	p.closeBlock()
}

func (p *parser) functionStatement(line int) {
	p.advance()
	target := p.ident()
	for p.tok.kind == '.' {
		p.field(&target)
	}
	method := p.tok.kind == ':'
	if method {
		p.field(&target)
	}
	fn := p.body(line, method)
	p.store(&target, &fn)
	p.moveTo(line)
}

// moveTo sets the line of the last instruction.
func (p *parser) moveTo(line int) {
	sites := p.fn.proto.DbgSourcePositions
	last := &sites[len(sites)-1]
	*last = p.site(line, p.chunk.sites[*last].names...)
}

func (p *parser) localFunction() {
	v := p.declare(nil, p.needName())
	to := operand{where: inLocal, at: p.reserve(1)}
	p.show(v...)
	fn := p.body(p.line, false)
	p.store(&to, &fn)
}

func (p *parser) localStatement() {
	variables := p.declare(nil, p.needName())
	for p.take(',') {
		variables = p.declare(variables, p.needName())
	}
	values := func() (int, operand) { return 0, operand{} }
	if p.take('=') {
		values = p.exprs
	}
	p.assign(len(variables), values)
	p.show(variables...)
}

// assign puts n values into the next registers.
func (p *parser) assign(n int, values func() (int, operand)) {
	count, last := values()
	p.adjust(n, count, &last)
}

// adjust makes n values of count, of which the last is not in its register yet.
func (p *parser) adjust(n, count int, last *operand) {
	missing := n - count
	if last.multiple() {
		missing = max(missing+1, 0)
		p.want(last, missing)
		if missing > 1 {
			p.reserve(missing - 1)
		}
		return
	}
	if last.where != nowhere {
		p.toNext(last)
	}
	if missing > 0 {
		first := p.reserve(missing)
		p.emit(abc(lua.OP_LOADNIL, first, first+missing-1, 0))
	}
}

func (p *parser) returnStatement() {
	p.advance()
	first, count := len(p.fn.active), 0
	if !p.blockEnd() && p.tok.kind != ';' {
		n, e := p.exprs()
		switch count = n; {
		case e.multiple():
			p.want(&e, many)
			if e.where == inCall && n == 1 {
				code := p.fn.proto.Code
				code[e.at] = withOp(code[e.at], lua.OP_TAILCALL)
			}
			count = many
		case n == 1:
			first = p.toAny(&e)
		default:
			p.toNext(&e)
		}
	}
	p.emit(abc(lua.OP_RETURN, first, count+1, 0))
}

// expressionStatement reads a call or an assignment.
func (p *parser) expressionStatement() {
	e := p.primary()
	if e.where == inCall {
		p.want(&e, 0)
		return
	}
	targets := []operand{p.target(e)}
	for p.take(',') {
		e := p.target(p.primary())
		if e.where == inLocal {
			p.keepOld(targets, e.at)
		}
		p.limit(p.fn, len(targets), levelsMax-p.level, "variables in assignment")
		targets = append(targets, e)
	}
	p.need('=')
	count, e := p.exprs()
	if count == len(targets) {
		p.single(&e)
		p.store(&targets[count-1], &e)
		targets = targets[:count-1]
	} else {
		p.adjust(len(targets), count, &e)
		p.fn.free -= max(count-len(targets), 0)
	}
	for i := len(targets) - 1; i >= 0; i-- {
		p.store(&targets[i], &operand{where: inRegister, at: p.fn.free - 1})
	}
}

// keepOld makes targets that use a local variable, which the same statement
// assigns to, use a copy: a[i], i = ... uses the old i.
func (p *parser) keepOld(targets []operand, register int) {
	conflict := false
	for i := range targets {
		t := &targets[i]
		if t.where != inTable {
			continue
		}
		if t.at == register {
			t.at, conflict = p.fn.free, true
		}
		if t.key == register {
			t.key, conflict = p.fn.free, true
		}
	}
	if conflict {
		p.emit(abc(lua.OP_MOVE, p.fn.free, register, 0))
		p.reserve(1)
	}
}

// target checks that an expression can be assigned to.
func (p *parser) target(e operand) operand {
	switch e.where {
	case inLocal, inUpvalue, inGlobal, inTable:
		return e
	}
	p.unexpected("syntax error")
	return e
}
