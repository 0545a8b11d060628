package syntax

import (
	"strconv"

	"github.com/yuin/gopher-lua/ast"
)

// operand is an expression and what the parser needs to know about it.
type operand struct {
	ast.Expr
	depth  int
	closed bool // in parentheses
}

// priority of binary operators: to the left, to the right.
var priority = map[kind][2]int{
	'+': {6, 6}, '-': {6, 6}, '*': {7, 7}, '/': {7, 7}, '%': {7, 7},
	'^': {10, 9}, tConcat: {5, 4},
	tNe: {3, 3}, tEq: {3, 3}, '<': {3, 3}, tLe: {3, 3}, '>': {3, 3}, tGe: {3, 3},
	tAnd: {2, 2}, tOr: {1, 1},
}

const unaryPriority = 8

func (p *parser) expr() ast.Expr { return p.subexpr(0).Expr }

func (p *parser) exprs() []ast.Expr {
	list := []ast.Expr{p.expr()}
	for p.take(',') {
		list = append(list, p.expr())
	}
	return list
}

// subexpr reads operators with a higher priority than most.
func (p *parser) subexpr(most int) operand {
	p.enter()
	defer p.leave()
	left := p.unary()
	for {
		op := p.tok.kind
		prio, ok := priority[op]
		if !ok || prio[0] <= most {
			return left
		}
		p.advance()
		left = p.binary(op, left, p.subexpr(prio[1]))
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
	var e ast.Expr
	switch op {
	case tNot:
		e = not(x.Expr)
	case '-':
		e = &ast.UnaryMinusOpExpr{Expr: x.Expr}
	default:
		e = &ast.UnaryLenOpExpr{Expr: x.Expr}
	}
	e.SetLine(p.site(p.lastLine, p.nameOf(x.Expr)))
	return p.deeper(e, x.depth)
}

// deeper wraps a node over others of the given depth.
func (p *parser) deeper(e ast.Expr, depth int) operand {
	if depth >= depthMax {
		p.fail("chunk has too many syntax levels")
	}
	return operand{Expr: e, depth: depth + 1}
}

func (p *parser) binary(op kind, x, y operand) operand {
	var e ast.Expr
	switch op {
	case tConcat:
		return p.concat(x, y)
	case tAnd, tOr:
		x = p.logical(op, x, y)
		x.SetLine(p.site(p.lastLine))
		return x
	case '+', '-', '*', '/', '%', '^':
		e = &ast.ArithmeticOpExpr{Operator: op.String(), Lhs: x.Expr, Rhs: y.Expr}
	default:
		e = &ast.RelationalOpExpr{Operator: op.String(), Lhs: x.Expr, Rhs: y.Expr}
	}
	e.SetLine(p.site(p.lastLine, p.nameOf(x.Expr), p.nameOf(y.Expr)))
	return p.deeper(e, max(x.depth, y.depth))
}

// concatMax bounds the operands of one call of Concat, each of which takes a
// register.
const concatMax = 50

// concat turns x..y into a call; a..b..c is one call of three operands.
func (p *parser) concat(x, y operand) operand {
	args := []ast.Expr{single(x.Expr)}
	if call, ok := isConcat(y.Expr); ok && len(call.Args) < concatMax {
		args = append(args, call.Args...)
	} else {
		args = append(args, single(y.Expr))
	}
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = p.nameOf(a)
	}
	at := p.site(p.lastLine, names...)
	return p.deeper(callOf(Concat, at, args...), max(x.depth, y.depth))
}

func isConcat(e ast.Expr) (*ast.FuncCallExpr, bool) {
	call, ok := e.(*ast.FuncCallExpr)
	if !ok {
		return nil, false
	}
	fn, ok := call.Func.(*ast.IdentExpr)
	return call, ok && fn.Value == Concat
}

// single reduces an expression to one value.
func single(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.FuncCallExpr:
		e.AdjustRet = true
	case *ast.Comma3Expr:
		e.AdjustRet = true
	}
	return e
}

// nameOf returns the name that messages use for the value of an expression.
func (p *parser) nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.IdentExpr:
		return p.describe(e.Value)
	case *ast.AttrGetExpr:
		if key, ok := e.Key.(*ast.StringExpr); ok {
			return "field '" + key.Value + "'"
		}
		return "field '?'"
	}
	return ""
}

// simple reads an expression without operators.
func (p *parser) simple() operand {
	var e ast.Expr
	switch p.tok.kind {
	case tNumber:
		e = &ast.NumberExpr{Value: strconv.FormatFloat(p.tok.num, 'g', -1, 64)}
	case tString:
		e = &ast.StringExpr{Value: p.tok.text}
	case tNil:
		e = &ast.NilExpr{}
	case tTrue:
		e = &ast.TrueExpr{}
	case tFalse:
		e = &ast.FalseExpr{}
	case tDots:
		if !p.fn.vararg {
			p.unexpected("cannot use '...' outside a vararg function")
		}
		e = &ast.Comma3Expr{}
	case '{':
		return operand{Expr: p.table()}
	case tFunction:
		line := p.line
		p.advance()
		return operand{Expr: p.body(line, false)}
	default:
		return p.primary()
	}
	e.SetLine(p.site(p.line))
	p.advance()
	return operand{Expr: e}
}

// primary reads a name or parentheses, and the fields and calls that follow.
func (p *parser) primary() operand {
	e := p.prefix()
	for {
		switch p.tok.kind {
		case '.':
			e = p.deeper(p.field(e.Expr), e.depth)
		case '[':
			e = p.deeper(p.index(e.Expr), e.depth)
		case ':':
			e = p.deeper(p.method(e.Expr), e.depth)
		case '(', tString, '{':
			e = p.deeper(p.call(e.Expr), e.depth)
		default:
			return e
		}
	}
}

func (p *parser) prefix() operand {
	switch p.tok.kind {
	case tName:
		return operand{Expr: p.ident()}
	case '(':
		line := p.line
		p.advance()
		e := p.subexpr(0)
		p.close(')', '(', line)
		return operand{Expr: single(e.Expr), depth: e.depth, closed: true}
	}
	p.unexpected("unexpected symbol")
	return operand{}
}

func (p *parser) ident() ast.Expr {
	e := &ast.IdentExpr{Value: p.tok.text}
	e.SetLine(p.site(p.line))
	p.needName()
	p.describe(e.Value) // counts the upvalue
	return e
}

func (p *parser) field(object ast.Expr) ast.Expr {
	p.advance()
	at := p.site(p.line, p.nameOf(object))
	return attr(object, &ast.StringExpr{Value: p.needName()}, at)
}

func (p *parser) index(object ast.Expr) ast.Expr {
	p.advance()
	key := p.expr()
	at := p.site(p.line, p.nameOf(object))
	p.need(']')
	return attr(object, key, at)
}

func attr(object, key ast.Expr, at int) ast.Expr {
	e := &ast.AttrGetExpr{Object: object, Key: key}
	e.SetLine(at)
	return e
}

func (p *parser) call(fn ast.Expr) ast.Expr {
	e := &ast.FuncCallExpr{Func: fn}
	e.SetLine(p.site(p.line, p.nameOf(fn)))
	e.Args = p.args()
	return e
}

func (p *parser) method(object ast.Expr) ast.Expr {
	p.advance()
	e := &ast.FuncCallExpr{Receiver: object, Method: p.needName()}
	at := p.site(p.line, p.nameOf(object), "method '"+e.Method+"'")
	p.chunk.sites[at].method = true
	e.SetLine(at)
	e.Args = p.args()
	return e
}

func (p *parser) args() []ast.Expr {
	line := p.line
	switch p.tok.kind {
	case tString:
		e := &ast.StringExpr{Value: p.tok.text}
		e.SetLine(p.site(line))
		p.advance()
		return []ast.Expr{e}
	case '{':
		return []ast.Expr{p.table()}
	case '(':
	default:
		p.unexpected("function arguments expected")
	}
	if line != p.lastLine {
		p.unexpected("ambiguous syntax (function call x new statement)")
	}
	p.advance()
	args := []ast.Expr{}
	if p.tok.kind != ')' {
		args = p.exprs()
	}
	p.close(')', '(', line)
	return args
}

func (p *parser) table() ast.Expr {
	line := p.line
	e := &ast.TableExpr{Fields: []*ast.Field{}}
	e.SetLine(p.site(line))
	p.need('{')
	for p.tok.kind != '}' {
		e.Fields = append(e.Fields, p.tableField())
		if !p.take(',') && !p.take(';') {
			break
		}
	}
	p.close('}', '{', line)
	e.SetLastLine(p.site(p.lastLine))
	return settled(e)
}

func (p *parser) tableField() *ast.Field {
	f := &ast.Field{}
	switch {
	case p.tok.kind == '[':
		p.advance()
		f.Key = p.expr()
		p.need(']')
		p.need('=')
	case p.tok.kind == tName && p.lookAhead() == '=':
		key := &ast.StringExpr{Value: p.tok.text}
		key.SetLine(p.site(p.line))
		f.Key = key
		p.advance()
		p.need('=')
	}
	f.Value = p.expr()
	return f
}

// body reads the parameters and the block of a function.
func (p *parser) body(line int, method bool) *ast.FunctionExpr {
	fn := &function{outer: p.fn, line: line, upvalues: map[string]bool{}}
	p.fn = fn
	p.need('(')
	if method {
		p.declare("self")
	}
	params := p.params()
	p.need(')')
	e := &ast.FunctionExpr{ParList: params, Stmts: p.block()}
	e.SetLine(p.site(line))
	e.SetLastLine(p.site(p.line))
	p.close(tEnd, tFunction, line)
	p.fn = fn.outer
	return e
}

func (p *parser) params() *ast.ParList {
	list := &ast.ParList{Names: []string{}}
	if p.tok.kind == ')' {
		return list
	}
	for {
		switch p.tok.kind {
		case tName:
			list.Names = append(list.Names, p.needName())
		case tDots:
			p.advance()
			list.HasVargs = true
		default:
			p.unexpected("<name> or '...' expected")
		}
		if list.HasVargs || !p.take(',') {
			break
		}
	}
	p.declare(list.Names...)
	if list.HasVargs {
		p.fn.vararg = true
		p.declare("arg")
	}
	return list
}
