package servertest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFailuresPointAtTheTest: every function through which a test can fail calls Helper, so
// that the failure is reported at the line of the test.
func TestFailuresPointAtTheTest(t *testing.T) {
	funcs := functions(t)
	fails := map[string]bool{"Fatalf": true, "Errorf": true}
	for grown := true; grown; {
		grown = false
		for _, f := range funcs {
			if name := f.Name.Name; !fails[name] && calls(f, func(called string) bool { return fails[called] }) {
				fails[name], grown = true, true
			}
		}
	}
	for _, f := range funcs {
		if fails[f.Name.Name] && !calls(f, func(called string) bool { return called == "Helper" }) {
			t.Errorf("%s does not call Helper", f.Name.Name)
		}
	}
	require.True(t, fails["ZAdd"])
}

// functions returns the functions of the package that have a test to fail.
func functions(t *testing.T) (list []*ast.FuncDecl) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "main.go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && hasTest(f) && !quiet[f.Name.Name] {
				list = append(list, f)
			}
		}
	}
	return list
}

// quiet are functions that fail no test, although they call something of a name that does.
var quiet = map[string]bool{"TryRead": true, "endCallbacks": true, "Dial": true, "view": true}

// hasTest reports whether a function has a test at hand: by its receiver, or by an argument.
func hasTest(f *ast.FuncDecl) bool {
	fields := slices.Clone(f.Type.Params.List)
	if f.Recv != nil {
		fields = append(fields, f.Recv.List...)
	}
	return slices.ContainsFunc(fields, func(field *ast.Field) bool {
		x := field.Type
		if star, ok := x.(*ast.StarExpr); ok {
			x = star.X
		}
		name, ok := x.(*ast.Ident)
		return ok && slices.Contains([]string{"TB", "Server", "database", "Client", "Group", "target", "Conn"}, name.Name)
	})
}

// calls reports whether a function calls one that is chosen by its name.
func calls(f *ast.FuncDecl, chosen func(string) bool) (found bool) {
	ast.Inspect(f.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		fun := call.Fun
		if index, ok := fun.(*ast.IndexExpr); ok {
			fun = index.X
		}
		switch fun := fun.(type) {
		case *ast.SelectorExpr:
			if x, ok := fun.X.(*ast.Ident); !ok || x.Name != "fmt" {
				found = found || chosen(fun.Sel.Name)
			}
		case *ast.Ident:
			found = found || chosen(fun.Name)
		}
		return true
	})
	return found
}
