package upstream

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tattle-server/tattle/integration/reference"
)

// Product is the server that the suite is run on.
type Product string

// The products.
const (
	Tattle Product = "tattle"
	Redis  Product = "redis" // the version that the suite belongs to
)

// tools are the programs that the suite calls besides the server.
var tools = []string{"redis-cli", "redis-benchmark", "redis-check-rdb", "redis-check-aof"}

// ErrNoTcl says that Tcl, the language of the suite, is missing.
var ErrNoTcl = errors.New("the suite needs tclsh; Debian has it in the package tcl")

// amendment is a change to the suite itself. It leaves out whole rounds of tests that cannot
// be left out by name, because other rounds have the same names.
type amendment struct{ file, old, new string }

var amendments = []amendment{
	// The script tests run twice: as functions (0), which tattle has not yet, and as
	// scripts (1).
	{"tests/unit/scripting.tcl", "foreach is_eval {0 1} {", "foreach is_eval {1} {"},
	// This breaks the run if the script debugger is missing.
	{"tests/unit/scripting.tcl", "start_server {tags {\"scripting external:skip\"}} {\n    r script debug sync", "if {0} {\n    r script debug sync"},
	// Without replication, these two stop a process that does not exist, before their test
	// begins.
	{"tests/unit/maxmemory.tcl", "\ntest_slave_buffers {slave", "\n#test_slave_buffers {slave"},
	{"tests/unit/maxmemory.tcl", "\ntest_slave_buffers \"replica", "\n#test_slave_buffers \"replica"},
}

// Tree is a folder that looks to the suite like a built source tree of Redis.
type Tree struct {
	dir  string
	tcl  string // the interpreter
	skip []Skip
}

// Build makes a tree for a product. Tattle is compiled from the module that the
// working directory is in. The caller must call Remove.
func Build(on Product) (*Tree, error) {
	tcl, err := exec.LookPath("tclsh")
	if err != nil {
		return nil, ErrNoTcl
	}
	tests, err := reference.Suite(reference.Redis8)
	if err != nil {
		return nil, err
	}
	redis, err := reference.Bring(reference.Redis8)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "upstream-")
	if err != nil {
		return nil, err
	}
	t := &Tree{dir: dir, tcl: tcl, skip: skipped()}
	if err := t.fill(on, tests, redis); err != nil {
		t.Remove()
		return nil, err
	}
	return t, nil
}

// Remove deletes the tree.
func (t *Tree) Remove() { os.RemoveAll(t.dir) }

// Units returns the names of all units that the suite has, but for those of clusters and modules,
// sorted.
func (t *Tree) Units() ([]string, error) {
	var units []string
	for _, sub := range []string{"unit", "unit/type", "integration"} {
		files, err := filepath.Glob(filepath.Join(t.dir, "tests", sub, "*.tcl"))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			units = append(units, sub+"/"+strings.TrimSuffix(filepath.Base(file), ".tcl"))
		}
	}
	slices.Sort(units)
	return units, nil
}

// fill copies the tests and puts the programs where the suite looks for them.
func (t *Tree) fill(on Product, tests string, redis *reference.Program) error {
	if err := os.CopyFS(filepath.Join(t.dir, "tests"), os.DirFS(tests)); err != nil {
		return fmt.Errorf("copying the suite: %w", err)
	}
	for _, a := range amendments {
		if err := a.apply(t.dir); err != nil {
			return err
		}
	}
	src := filepath.Join(t.dir, "src")
	for _, sub := range []string{src, filepath.Join(t.dir, "tests", "tmp")} {
		if err := os.MkdirAll(sub, 0o777); err != nil {
			return err
		}
	}
	for _, name := range tools {
		if err := script(filepath.Join(src, name), redis.Tool(name)); err != nil {
			return err
		}
	}
	server := filepath.Join(src, "redis-server")
	if on == Redis {
		return script(server, redis.Command())
	}
	build := exec.Command("go", "build", "-o", server, "github.com/tattle-server/tattle/cmd/tattle")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building tattle: %w\n%s", err, out)
	}
	return nil
}

func (a amendment) apply(dir string) error {
	path := filepath.Join(dir, a.file)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !strings.Contains(string(text), a.old) {
		return fmt.Errorf("%s has no %q to be amended", a.file, a.old)
	}
	return os.WriteFile(path, []byte(strings.Replace(string(text), a.old, a.new, 1)), 0o666)
}

// script writes a program that turns into another one by exec: the suite expects that the
// process it starts is the server.
func script(path string, cmd *exec.Cmd) error {
	text := "#!/bin/sh\nexec"
	for _, word := range cmd.Args {
		text += " '" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return os.WriteFile(path, []byte(text+` "$@"`+"\n"), 0o777)
}
