package command_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The row of a command says everything about it: no code of the server decides by the
// name of a command.
func TestNobodyComparesNames(t *testing.T) {
	files := token.NewFileSet()
	for _, root := range []string{"../..", "."} {
		for _, path := range goFiles(t, root) {
			if path == "table.go" {
				continue // the table itself finds rows by their names
			}
			file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			for _, at := range comparedNames(file) {
				t.Errorf("%s: what a command is called decides here; let its row say it", files.Position(at))
			}
		}
	}
}

func TestComparedNamesAreFound(t *testing.T) {
	for code, found := range map[string]int{
		`_ = row.Name == "exec"`:                    1,
		`_ = "exec" != c.Row.Name`:                  1,
		`switch row.FullName() { case "a": }`:       1,
		`_ = clocks[c.Row.Name]`:                    1,
		`_ = strings.HasPrefix(row.Name, "eval")`:   1,
		`_ = row.Name == other.Name`:                0,
		`t.put("cmdstat_"+row.FullName(), "calls")`: 0,
		`strings.Split(row.FullName(), "|")`:        0,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "", "package p; func f() { "+code+" }", parser.SkipObjectResolution)
		require.NoError(t, err)
		require.Len(t, comparedNames(file), found, code)
	}
}

// goFiles lists the files of a folder that are not tests: for server only those in the
// folder itself, for this package also those below it.
func goFiles(t *testing.T, root string) (paths []string) {
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && root != "." && path != root:
			return fs.SkipDir
		case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			paths = append(paths, path)
		}
		return nil
	}))
	require.NotEmpty(t, paths)
	return paths
}

// comparedNames finds the places where the name of a row is compared with a literal,
// switched on, looked up or searched for.
func comparedNames(file *ast.File) (at []token.Pos) {
	ast.Inspect(file, func(n ast.Node) bool {
		found := false
		switch n := n.(type) {
		case *ast.BinaryExpr:
			equal := n.Op == token.EQL || n.Op == token.NEQ
			found = equal && (isName(n.X) && isLiteral(n.Y) || isLiteral(n.X) && isName(n.Y))
		case *ast.SwitchStmt:
			found = isName(n.Tag)
		case *ast.IndexExpr:
			found = isName(n.Index)
		case *ast.CallExpr:
			found = len(n.Args) == 2 && isName(n.Args[0]) && isLiteral(n.Args[1]) && reports(n.Fun)
		}
		if found {
			at = append(at, n.Pos())
		}
		return true
	})
	return at
}

// isName reports whether an expression is the Name or FullName of something.
func isName(e ast.Expr) bool {
	if call, ok := e.(*ast.CallExpr); ok {
		e = call.Fun
	}
	selector, ok := e.(*ast.SelectorExpr)
	return ok && (selector.Sel.Name == "Name" || selector.Sel.Name == "FullName")
}

// reports reports whether a function is one of those that compare strings.
func reports(e ast.Expr) bool {
	selector, ok := e.(*ast.SelectorExpr)
	return ok && slices.Contains([]string{"HasPrefix", "HasSuffix", "Contains", "EqualFold"}, selector.Sel.Name)
}

func isLiteral(e ast.Expr) bool {
	literal, ok := e.(*ast.BasicLit)
	return ok && literal.Kind == token.STRING
}
