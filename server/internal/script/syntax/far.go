package syntax

import (
	"strconv"

	"github.com/yuin/gopher-lua/ast"
)

// Functions that the parser puts around keys that may be large numbers:
//
//	t[k] = v           Place(t, k)[k] = v
//	t[f()] = v         Place(t, f())[Key()] = v
//	{[k] = v}          Settle({[Far(k)] = v})
//
// Key returns the key that Place was called with last. No source can name them.
const (
	Place  = "(place)"
	Key    = "(key)"
	Far    = "(far)"
	Settle = "(settle)"
)

// surelySmall bounds the constants that need no care.
const surelySmall = 1 << 14

// maybeLarge reports whether a key may be a large number.
func maybeLarge(key ast.Expr) bool {
	switch key := key.(type) {
	case *ast.StringExpr, *ast.TrueExpr, *ast.FalseExpr, *ast.NilExpr:
		return false
	case *ast.NumberExpr:
		n, err := strconv.ParseFloat(key.Value, 64)
		return err != nil || n >= surelySmall
	}
	return true
}

// appends reports whether e is t[#t+1], which is next to the elements.
func appends(e *ast.AttrGetExpr) bool {
	sum, ok1 := e.Key.(*ast.ArithmeticOpExpr)
	t, ok2 := e.Object.(*ast.IdentExpr)
	if !ok1 || !ok2 || sum.Operator != "+" {
		return false
	}
	length, ok1 := sum.Lhs.(*ast.UnaryLenOpExpr)
	one, ok2 := sum.Rhs.(*ast.NumberExpr)
	if !ok1 || !ok2 || one.Value != "1" {
		return false
	}
	of, ok := length.Expr.(*ast.IdentExpr)
	return ok && of.Value == t.Value
}

// placed makes the target of an assignment to e.
func placed(e *ast.AttrGetExpr) *ast.AttrGetExpr {
	if !maybeLarge(e.Key) || appends(e) {
		return e
	}
	at, key := e.Line(), e.Key
	switch key.(type) {
	case *ast.IdentExpr, *ast.NumberExpr:
	default:
		key = callOf(Key, at)
	}
	return attr(callOf(Place, at, e.Object, single(e.Key)), key, at).(*ast.AttrGetExpr)
}

// settled makes a table constructor, which is not to put keys into an array if they
// may be large.
func settled(e *ast.TableExpr) ast.Expr {
	large := false
	for _, f := range e.Fields {
		if f.Key != nil && maybeLarge(f.Key) {
			f.Key = callOf(Far, e.Line(), single(f.Key))
			large = true
		}
	}
	if !large {
		return e
	}
	return callOf(Settle, e.Line(), e)
}

// callOf makes a call of one of the functions that no source can name.
func callOf(name string, at int, args ...ast.Expr) *ast.FuncCallExpr {
	fn := &ast.IdentExpr{Value: name}
	fn.SetLine(at)
	e := &ast.FuncCallExpr{Func: fn, Args: args, AdjustRet: true}
	e.SetLine(at)
	return e
}
