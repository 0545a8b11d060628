package syntax

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

// priority of binary operators: to the left, to the right.
var priority = map[kind][2]int{
	'+': {6, 6}, '-': {6, 6}, '*': {7, 7}, '/': {7, 7}, '%': {7, 7},
	'^': {10, 9}, tConcat: {5, 5},
	tNe: {3, 3}, tEq: {3, 3}, '<': {3, 3}, tLe: {3, 3}, '>': {3, 3}, tGe: {3, 3},
	tAnd: {2, 2}, tOr: {1, 1},
}

const unaryPriority = 8

func (p *parser) expr() operand { return p.subexpr(0) }

// exprs reads expressions and puts all but the last into the next registers.
func (p *parser) exprs() (count int, last operand) {
	count, last = 1, p.expr()
	for p.take(',') {
		p.toNext(&last)
		last = p.expr()
		count++
	}
	return count, last
}

// subexpr reads operators with a higher priority than most.
func (p *parser) subexpr(most int) operand {
	p.enter()
	defer p.leave()
	left := p.unary()
	for {
		op := p.tok.kind
		prio, ok := priority[op]
		switch {
		case !ok || prio[0] <= most:
			return left
		case op == tConcat:
			left = p.concat(left)
		default:
			p.advance()
			left = p.binary(op, left, prio[1])
		}
	}
}

func (p *parser) unary() operand {
	op := p.tok.kind
	switch op {
	case tNot, '-', '#':
	default:
		return p.simple()
	}
	p.advance()
	x := p.subexpr(unaryPriority)
	switch {
	case op == tNot:
		p.not(&x)
		return operand{where: x.where, at: x.at, ifTrue: x.ifTrue, ifFalse: x.ifFalse}
	case op == '#':
		if p.namesLen {
			return p.length(x)
		}
		p.toAny(&x)
		e := p.arithmetic(lua.OP_LEN, x, operand{})
		e.length = x.is
		return e
	case x.numeral() && !math.IsNaN(x.number):
		return operand{where: isNumber, number: -x.number}
	}
	p.toAny(&x)
	return p.arithmetic(lua.OP_UNM, x, operand{})
}

// length is #x by a call of [Length], where a table may have a metamethod __len, of which
// only the machine knows.
func (p *parser) length(x operand) operand {
	is, name := x.is, x.name
	p.load(&x)
	p.free(&x)
	fn := p.reserve(2)
	p.toRegister(&x, fn+1)
	p.emit(abc(lua.OP_GETUPVAL, fn, p.hidden(Length), 0))
	p.emit(abc(lua.OP_CALL, fn, 2, 2), name)
	p.fn.free = fn + 1
	return operand{where: inRegister, at: fn, length: is}
}

func (p *parser) binary(op kind, x operand, right int) operand {
	switch op {
	case tAnd:
		ifFalse := p.whenFalse(&x)
		y := p.subexpr(right)
		p.load(&y)
		y.ifFalse = append(ifFalse, y.ifFalse...)
		return y.plain()
	case tOr:
		ifTrue := p.whenTrue(&x)
		y := p.subexpr(right)
		p.load(&y)
		y.ifTrue = append(ifTrue, y.ifTrue...)
		return y.plain()
	case '+', '-', '*', '/', '%', '^':
		if !x.numeral() {
			p.toKey(&x)
		}
		return p.arithmetic(arithmetics[op], x, p.subexpr(right))
	}
	p.toKey(&x)
	return p.compare(op, x, p.subexpr(right))
}

// plain is e without what is known of the variable that it was.
func (e operand) plain() operand {
	return operand{where: e.where, at: e.at, number: e.number, ifTrue: e.ifTrue, ifFalse: e.ifFalse}
}

var arithmetics = map[kind]int{
	'+': lua.OP_ADD, '-': lua.OP_SUB, '*': lua.OP_MUL, '/': lua.OP_DIV, '%': lua.OP_MOD, '^': lua.OP_POW,
}

// arithmetic applies an operation of one or two operands.
func (p *parser) arithmetic(op int, x, y operand) operand {
	if r, ok := fold(op, x, y); ok {
		return r
	}
	b, c := 0, 0
	if y.where != nowhere {
		c = p.toKey(&y)
	}
	b = p.toKey(&x)
	p.freeBoth(&x, &y)
	names := []name{x.name, y.name}
	behind := (*variable)(nil)
	if op == lua.OP_ADD && y.numeral() && y.number == 1 {
		behind = x.length
	}
	return operand{where: anywhere, at: p.emit(abc(op, 0, b, c), names...), behind: behind}
}

// freeBoth gives back the registers of two operands, the upper one first.
func (p *parser) freeBoth(x, y *operand) {
	if x.where == inRegister && y.where == inRegister && x.at > y.at {
		x, y = y, x
	}
	p.free(y)
	p.free(x)
}

// fold computes an operation of two numbers unless the result is for the machine
// to find out.
func fold(op int, x, y operand) (operand, bool) {
	if !x.numeral() || !y.numeral() {
		return operand{}, false
	}
	r := math.NaN()
	switch a, b := x.number, y.number; op {
	case lua.OP_ADD:
		r = a + b
	case lua.OP_SUB:
		r = a - b
	case lua.OP_MUL:
		r = a * b
	case lua.OP_DIV:
		if b != 0 {
			r = a / b
		}
	case lua.OP_POW:
		r = math.Pow(a, b)
	}
	return operand{where: isNumber, number: r}, !math.IsNaN(r)
}

// comparisons say how an operator is an instruction, with its operands swapped or
// its result turned around.
var comparisons = map[kind]struct{ op, is, swap int }{
	tEq: {lua.OP_EQ, 1, 0}, tNe: {lua.OP_EQ, 0, 0},
	'<': {lua.OP_LT, 1, 0}, '>': {lua.OP_LT, 1, 1},
	tLe: {lua.OP_LE, 1, 0}, tGe: {lua.OP_LE, 1, 1},
}

func (p *parser) compare(op kind, x, y operand) operand {
	how := comparisons[op]
	b, c := p.toKey(&x), p.toKey(&y)
	p.freeBoth(&x, &y)
	if how.swap == 1 {
		b, c = c, b
	}
	return operand{where: inComparison, at: p.test(abc(how.op, how.is, b, c))[0]}
}

// concat reads what x is joined to. All operands are arguments of one call.
func (p *parser) concat(x operand) operand {
	p.load(&x)
	p.free(&x)
	fn := p.reserve(2)
	p.toRegister(&x, fn+1)
	p.emit(abc(lua.OP_GETUPVAL, fn, p.hidden(Concat), 0))
	names, level := []name{x.name}, p.level
	for ; p.take(tConcat); p.enter() {
		y := p.subexpr(priority[tConcat][1])
		names = append(names, y.name)
		p.toNext(&y)
	}
	p.level = level
	p.emit(abc(lua.OP_CALL, fn, len(names)+1, 2), names...)
	p.fn.free = fn + 1
	return operand{where: inRegister, at: fn}
}

// simple reads an expression without operators.
func (p *parser) simple() operand {
	var e operand
	switch p.tok.kind {
	case tNumber:
		e = operand{where: isNumber, number: p.tok.num}
	case tString:
		e = p.stringOf(p.tok.text)
	case tNil:
		e.where = isNil
	case tTrue:
		e.where = isTrue
	case tFalse:
		e.where = isFalse
	case tDots:
		if p.fn.proto.IsVarArg&lua.VarArgIsVarArg == 0 {
			p.unexpected("cannot use '...' outside a vararg function")
		}
		p.fn.proto.IsVarArg &^= lua.VarArgNeedsArg
		e = operand{where: inDots, at: p.emit(abc(lua.OP_VARARG, 0, 1, 0))}
	case '{':
		return p.table()
	case tFunction:
		line := p.line
		p.advance()
		return p.body(line, false)
	default:
		return p.primary()
	}
	p.advance()
	return e
}

func (p *parser) stringOf(s string) operand {
	return operand{where: isString, at: p.constant(lua.LString(s))}
}

// primary reads a name or parentheses, and the fields and calls that follow.
func (p *parser) primary() operand {
	e := p.prefix()
	for {
		switch p.tok.kind {
		case '.':
			p.field(&e)
		case '[':
			p.toAny(&e)
			key := p.brackets()
			p.index(&e, key)
		case ':':
			e = p.method(e)
		case '(', tString, '{':
			p.toNext(&e)
			e = p.call(e.at, e.name)
		default:
			return e
		}
	}
}

func (p *parser) prefix() operand {
	switch p.tok.kind {
	case tName:
		return p.ident()
	case '(':
		line := p.line
		p.advance()
		e := p.expr()
		p.close(')', '(', line)
		p.load(&e)
		return e
	}
	p.unexpected("unexpected symbol")
	return operand{}
}

func (p *parser) ident() operand { return p.variable(p.needName()) }

// field reads .name or :name.
func (p *parser) field(e *operand) {
	p.toAny(e)
	p.advance()
	p.index(e, p.stringOf(p.needName()))
}

// brackets reads [key].
func (p *parser) brackets() operand {
	p.advance()
	key := p.expr()
	p.toValue(&key)
	p.need(']')
	return key
}

// index makes the table e its field under key.
func (p *parser) index(e *operand, key operand) {
	called := name{field, "?"}
	if key.where == isString && key.at < constantBit {
		called.text = string(p.fn.proto.Constants[key.at].(lua.LString))
	}
	far := mayBeFar(key) && (key.behind == nil || key.behind != e.is)
	*e = operand{where: inTable, at: e.at, key: p.toKey(&key), name: called, of: e.name, far: far}
}

// surelyNear bounds the keys that need no care.
const surelyNear = 1 << 14

// mayBeFar reports whether a key may be a large number.
func mayBeFar(key operand) bool {
	switch key.where {
	case isNil, isTrue, isFalse, isString:
		return key.jumps()
	case isNumber:
		return key.jumps() || key.number >= surelyNear
	}
	return true
}

// method reads :name and arguments.
func (p *parser) method(object operand) operand {
	p.advance()
	text := p.needName()
	key := p.constant(lua.LString(text))
	called := name{method, "?"}
	if key < constantBit {
		called.text = text
	}
	p.toAny(&object)
	p.free(&object)
	fn := p.reserve(2)
	p.emit(abc(lua.OP_MOVE, fn+1, object.at, 0))
	p.emit(abc(lua.OP_GETTABLE, fn, fn+1, p.key(key)), object.name)
	p.fn.free = fn + 2
	return p.call(fn, object.name, called)
}

// call reads arguments of the function in a register.
func (p *parser) call(fn int, names ...name) operand {
	line := p.line
	var last operand
	switch p.tok.kind {
	case tString:
		last = p.stringOf(p.tok.text)
		p.advance()
	case '{':
		last = p.table()
	case '(':
		last = p.arguments(line)
	default:
		p.unexpected("function arguments expected")
	}
	count := many
	if !last.multiple() {
		if last.where != nowhere {
			p.toNext(&last)
		}
		count = p.fn.free - fn - 1
	}
	e := operand{where: inCall, at: p.emitAt(line, abc(lua.OP_CALL, fn, count+1, 2), names...)}
	p.fn.free = fn + 1
	return e
}

// arguments reads arguments in parentheses.
func (p *parser) arguments(line int) (last operand) {
	if line != p.lastLine {
		p.unexpected("ambiguous syntax (function call x new statement)")
	}
	p.advance()
	if p.tok.kind != ')' {
		_, last = p.exprs()
		if last.multiple() {
			p.want(&last, many)
		}
	}
	p.close(')', '(', line)
	return last
}

// items are the items of a table constructor.
type items struct {
	table int // its register
	last  operand
	count int // without keys
	unset int // of them, in registers
	keyed int
}

func (p *parser) table() operand {
	line := p.line
	at := p.emit(abc(lua.OP_NEWTABLE, 0, 0, 0))
	e := operand{where: anywhere, at: at}
	p.toNext(&e)
	c := &items{table: e.at}
	p.need('{')
	for p.tok.kind != '}' {
		p.settle(c)
		p.item(c)
		if !p.take(',') && !p.take(';') {
			break
		}
	}
	p.close('}', '{', line)
	p.settleLast(c)
	p.fn.proto.Code[at] = abc(lua.OP_NEWTABLE, e.at, min(c.count, blockMax), min(c.keyed, blockMax))
	return e
}

func (p *parser) item(c *items) {
	next := p.fn.free // what the key and the value of a keyed item take is free again
	switch {
	case p.tok.kind == '[':
		p.keyedItem(c, p.brackets())
		p.fn.free = next
	case p.tok.kind == tName && p.lookAhead() == '=':
		p.keyedItem(c, p.stringOf(p.needName()))
		p.fn.free = next
	default:
		c.last = p.expr()
		c.count++
		c.unset++
	}
}

func (p *parser) keyedItem(c *items, key operand) {
	c.keyed++
	p.need('=')
	to := operand{where: inTable, at: c.table, far: mayBeFar(key), key: p.toKey(&key)}
	value := p.expr()
	p.setTable(&to, p.toKey(&value))
}

// settle puts the last item into its register, and all into the table if there are
// enough.
func (p *parser) settle(c *items) {
	if c.last.where == nowhere {
		return
	}
	p.toNext(&c.last)
	c.last = operand{}
	if c.unset == itemsPerSet {
		p.setItems(c, c.unset)
	}
}

// settleLast puts the rest into the table.
func (p *parser) settleLast(c *items) {
	switch {
	case c.unset == 0:
	case c.last.multiple():
		p.want(&c.last, many)
		p.setItems(c, many)
		c.count--
	default:
		if c.last.where != nowhere {
			p.toNext(&c.last)
		}
		p.setItems(c, c.unset)
	}
}

// setItems puts the items in registers into the table.
func (p *parser) setItems(c *items, n int) {
	block := (c.count-1)/itemsPerSet + 1
	b := max(n, 0)
	if block <= blockMax {
		p.emit(abc(lua.OP_SETLIST, c.table, b, block))
	} else {
		p.emit(abc(lua.OP_SETLIST, c.table, b, 0))
		p.emit(uint32(block))
	}
	p.fn.free = c.table + 1
	c.unset = 0
}

// body reads the parameters and the block of a function.
func (p *parser) body(line int, method bool) operand {
	p.openFunction(line)
	p.need('(')
	p.parameters(method)
	p.need(')')
	p.statements()
	p.close(tEnd, tFunction, line)
	return p.closure(p.closeFunction())
}

func (p *parser) parameters(method bool) {
	var variables []*variable
	proto := p.fn.proto
	if method {
		variables = p.declare(variables, "self")
	}
	for more := p.tok.kind != ')'; more; more = proto.IsVarArg == 0 && p.take(',') {
		switch p.tok.kind {
		case tName:
			variables = p.declare(variables, p.needName())
		case tDots:
			p.advance()
			proto.IsVarArg = lua.VarArgHasArg | lua.VarArgIsVarArg | lua.VarArgNeedsArg
		default:
			p.unexpected("<name> or '...' expected")
		}
	}
	proto.NumParameters = uint8(len(variables))
	if proto.IsVarArg != 0 {
		variables = p.declare(variables, "arg")
	}
	p.show(variables...)
	p.reserve(len(variables))
}
