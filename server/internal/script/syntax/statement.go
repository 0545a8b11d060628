package syntax

import (
	"fmt"

	"github.com/yuin/gopher-lua/ast"
)

// statement reads one statement and reports whether it must be the last of its
// block.
func (p *parser) statement() (s ast.Stmt, last bool) {
	line := p.line
	switch p.tok.kind {
	case tIf:
		s = p.ifStatement(line)
	case tWhile:
		s = p.whileStatement(line)
	case tDo:
		p.advance()
		s = &ast.DoBlockStmt{Stmts: p.block()}
		p.close(tEnd, tDo, line)
	case tFor:
		s = p.forStatement(line)
	case tRepeat:
		s = p.repeatStatement(line)
	case tFunction:
		s = p.functionStatement(line)
	case tLocal:
		p.advance()
		if p.take(tFunction) {
			s = p.localFunction(line)
		} else {
			s = p.localStatement()
		}
	case tReturn:
		s, last = p.returnStatement(), true
	case tBreak:
		s, last = p.breakStatement(), true
	default:
		s = p.expressionStatement()
	}
	s.SetLine(p.site(line))
	s.SetLastLine(p.site(p.lastLine))
	return s, last
}

func (p *parser) ifStatement(line int) ast.Stmt {
	first := p.test()
	last := first
	for depth := 0; p.tok.kind == tElseif; depth++ {
		if depth > depthMax {
			p.fail("chunk has too many syntax levels")
		}
		at := p.line
		next := p.test()
		next.SetLine(p.site(at))
		last.Else = []ast.Stmt{next}
		last = next
	}
	if p.take(tElse) {
		last.Else = p.block()
	}
	p.close(tEnd, tIf, line)
	return first
}

// test reads a condition and its block: if c then block.
func (p *parser) test() *ast.IfStmt {
	p.advance()
	s := &ast.IfStmt{Condition: p.expr()}
	p.need(tThen)
	s.Then = p.block()
	return s
}

func (p *parser) whileStatement(line int) ast.Stmt {
	p.advance()
	s := &ast.WhileStmt{Condition: p.expr()}
	p.need(tDo)
	s.Stmts = p.loop()
	p.close(tEnd, tWhile, line)
	return s
}

func (p *parser) repeatStatement(line int) ast.Stmt {
	p.advance()
	seen := len(p.fn.locals)
	p.fn.loops++
	s := &ast.RepeatStmt{Stmts: p.unjumpy(p.openBlock())}
	p.fn.loops--
	p.close(tUntil, tRepeat, line)
	s.Condition = p.expr()
	p.fn.locals = p.fn.locals[:seen]
	return s
}

func (p *parser) forStatement(line int) ast.Stmt {
	p.advance()
	name := p.needName()
	switch p.tok.kind {
	case '=':
		return p.numberFor(line, name)
	case ',', tIn:
		return p.genericFor(line, name)
	}
	p.unexpected("'=' or 'in' expected")
	return nil
}

func (p *parser) numberFor(line int, name string) ast.Stmt {
	p.advance()
	s := &ast.NumberForStmt{Name: name, Init: p.expr()}
	p.need(',')
	s.Limit = p.expr()
	if p.take(',') {
		s.Step = p.expr()
	}
	s.Stmts = p.forBody(line, name)
	return s
}

func (p *parser) genericFor(line int, name string) ast.Stmt {
	s := &ast.GenericForStmt{Names: []string{name}}
	for p.take(',') {
		s.Names = append(s.Names, p.needName())
	}
	p.need(tIn)
	s.Exprs = p.exprs()
	s.Stmts = p.forBody(line, s.Names...)
	completeFor(s)
	return s
}

// forValues is how many values a generic for needs: function, state, control.
const forValues = 3

// completeFor spells out what gopher-lua's compiler gets wrong if the numbers of
// names and values differ: missing values are nil, and the last call gives the
// rest.
func completeFor(s *ast.GenericForStmt) {
	if isMultiple(s.Exprs[len(s.Exprs)-1]) {
		for len(s.Exprs) > 1 && len(s.Names) < forValues {
			s.Names = append(s.Names, "(for)")
		}
		return
	}
	for len(s.Exprs) < forValues {
		s.Exprs = append(s.Exprs, &ast.NilExpr{})
	}
}

// isMultiple reports whether an expression may give other than one value.
func isMultiple(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.FuncCallExpr:
		return !e.AdjustRet
	case *ast.Comma3Expr:
		return !e.AdjustRet
	}
	return false
}

// forBody reads the block of a for loop. Lua keeps three hidden locals.
func (p *parser) forBody(line int, names ...string) []ast.Stmt {
	p.need(tDo)
	seen := len(p.fn.locals)
	p.declare("(for)", "(for)", "(for)")
	p.declare(names...)
	stmts := p.loop()
	p.fn.locals = p.fn.locals[:seen]
	p.close(tEnd, tFor, line)
	return stmts
}

func (p *parser) functionStatement(line int) ast.Stmt {
	p.advance()
	name := &ast.FuncName{}
	target := p.ident()
	for p.tok.kind == '.' {
		target = p.field(target)
	}
	name.Func = target
	if p.take(':') {
		name.Func, name.Receiver, name.Method = nil, target, p.needName()
	}
	return &ast.FuncDefStmt{Name: name, Func: p.body(line, name.Method != "")}
}

func (p *parser) localFunction(line int) ast.Stmt {
	name := p.needName()
	p.declare(name)
	return &ast.LocalAssignStmt{Names: []string{name}, Exprs: []ast.Expr{p.body(line, false)}}
}

func (p *parser) localStatement() ast.Stmt {
	s := &ast.LocalAssignStmt{Names: []string{p.needName()}, Exprs: []ast.Expr{}}
	for p.take(',') {
		s.Names = append(s.Names, p.needName())
	}
	if p.take('=') {
		s.Exprs = p.exprs()
	}
	if len(s.Exprs) == 1 {
		if _, fn := s.Exprs[0].(*ast.FunctionExpr); fn {
			// If it were alone, gopher-lua would let the function see the new name.
			s.Exprs = append(s.Exprs, &ast.NilExpr{})
		}
	}
	p.declare(s.Names...)
	return s
}

func (p *parser) returnStatement() ast.Stmt {
	p.advance()
	s := &ast.ReturnStmt{}
	if !p.blockEnd() && p.tok.kind != ';' {
		s.Exprs = p.exprs()
	}
	return s
}

func (p *parser) breakStatement() ast.Stmt {
	p.advance()
	if p.fn.loops == 0 {
		p.unexpected("no loop to break")
	}
	return &ast.BreakStmt{}
}

// expressionStatement reads a call or an assignment.
func (p *parser) expressionStatement() ast.Stmt {
	e := p.primary()
	if call, ok := e.Expr.(*ast.FuncCallExpr); ok && !e.closed {
		return &ast.FuncCallStmt{Expr: call}
	}
	s := &ast.AssignStmt{Lhs: []ast.Expr{p.target(e)}}
	for p.take(',') {
		s.Lhs = append(s.Lhs, p.target(p.primary()))
	}
	p.need('=')
	s.Rhs = p.exprs()
	if p.assignsLocal(s.Lhs) && (len(s.Lhs) > 1 || isLogical(s.Rhs[0])) {
		return p.assignAfterwards(s)
	}
	return s
}

func isLogical(e ast.Expr) bool {
	_, ok := e.(*ast.LogicalOpExpr)
	return ok
}

func (p *parser) assignsLocal(targets []ast.Expr) bool {
	for _, e := range targets {
		if name, ok := e.(*ast.IdentExpr); ok && p.fn.has(name.Value) {
			return true
		}
	}
	return false
}

// assignAfterwards turns a, b = x, y into
//
//	do local (1), (2) = x, y; b = (2); a = (1) end
//
// because gopher-lua's compiler stores x in a local a before it computes y. Fields
// are assigned before variables: a[i], i = ... uses the old i.
func (p *parser) assignAfterwards(s *ast.AssignStmt) ast.Stmt {
	at := p.site(p.lastLine)
	values := &ast.LocalAssignStmt{Exprs: s.Rhs}
	var fields, variables []ast.Stmt
	for i := len(s.Lhs) - 1; i >= 0; i-- {
		value := &ast.IdentExpr{Value: fmt.Sprintf("(%d)", i)}
		one := &ast.AssignStmt{Lhs: s.Lhs[i : i+1], Rhs: []ast.Expr{value}}
		value.SetLine(at)
		one.SetLine(at)
		if _, ok := s.Lhs[i].(*ast.IdentExpr); ok {
			variables = append(variables, one)
		} else {
			fields = append(fields, one)
		}
	}
	for i := range s.Lhs {
		values.Names = append(values.Names, fmt.Sprintf("(%d)", i))
	}
	values.SetLine(at)
	stmts := append([]ast.Stmt{values}, append(fields, variables...)...)
	return &ast.DoBlockStmt{Stmts: stmts}
}

// target checks that an expression can be assigned to.
func (p *parser) target(e operand) ast.Expr {
	switch target := e.Expr.(type) {
	case *ast.IdentExpr:
		if !e.closed {
			return target
		}
	case *ast.AttrGetExpr:
		if !e.closed {
			return placed(target)
		}
	}
	p.unexpected("syntax error")
	return nil
}
