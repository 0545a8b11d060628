package syntax

import "github.com/yuin/gopher-lua/ast"

// What follows avoids what gopher-lua's compiler gets wrong: constants in logical
// operators, and loops whose body begins with a jump.

// constant reports whether an expression is constant, and whether it is true.
func constant(e ast.Expr) (truth, ok bool) {
	switch e.(type) {
	case *ast.NilExpr, *ast.FalseExpr:
		return false, true
	case *ast.TrueExpr, *ast.NumberExpr, *ast.StringExpr:
		return true, true
	}
	return false, false
}

// logical makes "x and y" or "x or y". If x is a constant, only one of the two is
// left.
func (p *parser) logical(op kind, x, y operand) operand {
	if truth, ok := constant(x.Expr); ok {
		if truth == (op == tAnd) {
			return operand{Expr: single(y.Expr), depth: y.depth, closed: true}
		}
		return x
	}
	return p.deeper(&ast.LogicalOpExpr{Operator: op.String(), Lhs: x.Expr, Rhs: y.Expr}, max(x.depth, y.depth))
}

// not makes not x.
func not(x ast.Expr) ast.Expr {
	truth, ok := constant(x)
	switch {
	case !ok:
		return &ast.UnaryNotOpExpr{Expr: x}
	case truth:
		return &ast.FalseExpr{}
	}
	return &ast.TrueExpr{}
}

// unjumpy changes the body of a loop so that it does not begin with a jump.
func (p *parser) unjumpy(body []ast.Stmt) []ast.Stmt {
	if len(body) > 0 && !beginsWithJump(body[0]) {
		return body
	}
	filler := &ast.LocalAssignStmt{Names: []string{"(loop)"}, Exprs: []ast.Expr{&ast.NilExpr{}}}
	filler.SetLine(p.site(p.lastLine))
	return append([]ast.Stmt{filler}, body...)
}

func beginsWithJump(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.BreakStmt, *ast.DoBlockStmt, *ast.WhileStmt, *ast.RepeatStmt:
		return true
	case *ast.IfStmt:
		_, ok := constant(s.Condition)
		return ok
	}
	return false
}
