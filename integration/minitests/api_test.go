package minitests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	theirs "github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"

	ours "github.com/tattle-server/tattle/server/servertest/miniredis"
)

// onlyTheirs is a row of the table "What only miniredis has" of docs/miniredis.md: a name and why.
var onlyTheirs = regexp.MustCompile("(?m)^\\| `([A-Za-z.]+)` \\| [^|]+ \\|$")

// The page says what only miniredis has, all of it and nothing else.
func TestPageSaysWhatOnlyMiniredisHas(t *testing.T) {
	page, err := os.ReadFile("../../docs/miniredis.md")
	require.NoError(t, err)
	var said []string
	for _, row := range onlyTheirs.FindAllStringSubmatch(string(page), -1) {
		said = append(said, row[1])
	}
	there, here := exported(t, "github.com/alicebob/miniredis/v2"), exported(t, "github.com/tattle-server/tattle/server/servertest/miniredis")
	for typ, both := range pairs { // those of embedded types too
		for m := range methods(both[1]) {
			here[typ+"."+m] = true
		}
	}
	for name := range here {
		delete(there, name)
	}
	slices.Sort(said)
	require.Equal(t, slices.Sorted(maps.Keys(there)), said)
}

// pairs are the types of both packages.
var pairs = map[string][2]reflect.Type{
	"Miniredis":  {reflect.TypeFor[*theirs.Miniredis](), reflect.TypeFor[*ours.Miniredis]()},
	"RedisDB":    {reflect.TypeFor[*theirs.RedisDB](), reflect.TypeFor[*ours.RedisDB]()},
	"Subscriber": {reflect.TypeFor[*theirs.Subscriber](), reflect.TypeFor[*ours.Subscriber]()},
}

// What both have takes and returns the same.
func TestSignatures(t *testing.T) {
	for typ, both := range pairs {
		there, here := methods(both[0]), methods(both[1])
		for name, signature := range there {
			if got, is := here[name]; is {
				require.Equal(t, signature, got, "%s.%s", typ, name)
			}
		}
	}
}

// methods returns the signatures of a type's methods.
func methods(typ reflect.Type) map[string]string {
	list := map[string]string{}
	for i := range typ.NumMethod() {
		m := typ.Method(i)
		list[m.Name] = strings.ReplaceAll(m.Type.String(), "servertest.StreamEntry", "miniredis.StreamEntry")
	}
	return list
}

// exported returns what a package exports: names, and methods and fields as Type.Name.
func exported(t *testing.T, pkg string) map[string]bool {
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", pkg).Output()
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "*.go"))
	require.NoError(t, err)
	names := map[string]bool{}
	add := func(name string) {
		public := !slices.ContainsFunc(strings.Split(name, "."), func(word string) bool { return !ast.IsExported(word) })
		if public {
			names[name] = true
		}
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range file.Decls {
			declared(d, add)
		}
	}
	return names
}

// declared adds what a declaration declares.
func declared(d ast.Decl, add func(string)) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			add(d.Name.Name)
			return
		}
		if star, ok := d.Recv.List[0].Type.(*ast.StarExpr); ok {
			add(star.X.(*ast.Ident).Name + "." + d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				for _, n := range spec.Names {
					add(n.Name)
				}
			case *ast.TypeSpec:
				add(spec.Name.Name)
				if s, ok := spec.Type.(*ast.StructType); ok && spec.Name.Name != "StreamEntry" { // which is an alias here
					for _, f := range s.Fields.List {
						for _, n := range f.Names {
							add(spec.Name.Name + "." + n.Name)
						}
					}
				}
			}
		}
	}
}
