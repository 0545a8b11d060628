//go:build linux

// Command bench measures tattle against Redis 8.0.2, Valkey 8.1.1 and, where it makes
// sense, miniredis, and against a bare loop in Go, which shows the most that Go can do.
// Package bench describes the method.
//
//	go run ./integration/cmd/bench                      every case, as a table
//	go run ./integration/cmd/bench --case get,bcast     some of them
//	go run ./integration/cmd/bench --case memory        those that begin with memory-
//	go run ./integration/cmd/bench --json > run.json
//	go run ./integration/cmd/bench --plot docs/speed    an SVG for each growth case, memory.md, commands.md
//	go run ./integration/cmd/bench --check run.json     fail where a ratio is under the floor
//	go run ./integration/cmd/bench --check -            run, then the same
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/tattle-server/tattle/integration/bench"
	"github.com/tattle-server/tattle/integration/reference"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == bench.Miniredis {
		exit(serveMiniredis(os.Args[2]))
	}
	if len(os.Args) == 3 && os.Args[1] == bench.Bare {
		exit(bench.ServeBare(os.Args[2]))
	}
	o, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err == nil && o.list:
		list(os.Stdout)
		return
	case err == nil:
		err = run(o)
	}
	exit(err)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// options is the command line.
type options struct {
	cases   []bench.Case
	servers []string // none for all
	rounds  int
	window  time.Duration
	json    bool
	list    bool
	plot    string
	check   string
	floor   string
	tattle  string
	env     []string
	also    []string
}

const help = `usage: bench [flags]

It measures tattle, which it builds, against Redis 8.0.2 and Valkey 8.1.1, which it downloads,
miniredis, and a bare loop in Go, and prints a table. It warns if the machine is too noisy.

  go run ./integration/cmd/bench --case get,bcast --rounds 3
  go run ./integration/cmd/bench --json > run.json
  go run ./integration/cmd/bench --check run.json

Flags:
`

func parse(args []string, out io.Writer) (o options, err error) {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(out)
	f.Usage = func() {
		fmt.Fprint(out, help)
		f.PrintDefaults()
		fmt.Fprintln(out, "\nCases:")
		list(out)
	}
	cases := f.String("case", "", "run these cases, separated by commas; all stands for all, the long ones too")
	servers := f.String("servers", "", "measure only these, of tattle, redis, valkey, miniredis, bare")
	f.IntVar(&o.rounds, "rounds", 5, "number of rounds; the table shows medians")
	f.DurationVar(&o.window, "window", 2*time.Second, "how long to measure throughput")
	f.BoolVar(&o.json, "json", false, "print JSON instead of the table")
	f.BoolVar(&o.list, "list", false, "print the names of the cases")
	f.StringVar(&o.plot, "plot", "", "write an SVG for each growth case, memory.md and commands.md into this folder")
	f.StringVar(&o.check, "check", "", "fail if a ratio in this JSON file is below the floor; - runs the cases first")
	f.StringVar(&o.floor, "floor", "", "the floor; by default integration/bench.floor")
	f.StringVar(&o.tattle, "tattle", "", "measure this program instead of building tattle")
	env := f.String("env", "", "environment of tattle, as GOGC=400,GOMAXPROCS=1")
	f.Func("also", "name=path: measure one more build of tattle", func(s string) error {
		o.also = append(o.also, s)
		return nil
	})
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("what is %q?", f.Arg(0))
	}
	if o.rounds < 1 || o.window <= 0 {
		return o, errors.New("there must be a round, and a window")
	}
	o.servers, o.env = split(*servers), split(*env)
	o.cases, err = choose(split(*cases))
	return o, err
}

func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// choose returns the cases of these names, where the first words of some stand for all of
// them; without names, those that are not long.
func choose(names []string) (chosen []bench.Case, err error) {
	if len(names) == 0 || slices.Contains(names, "all") {
		for _, c := range bench.Cases() {
			if !c.Long || len(names) > 0 {
				chosen = append(chosen, c)
			}
		}
		return chosen, nil
	}
	for _, name := range names {
		found := bench.Group(name)
		if len(found) == 0 {
			return nil, fmt.Errorf("there is no case %q; --list shows them", name)
		}
		chosen = append(chosen, found...)
	}
	return chosen, nil
}

func list(w io.Writer) {
	for _, c := range bench.Cases() {
		long := ""
		if c.Long {
			long = " (only when asked for)"
		}
		fmt.Fprintf(w, "%-20s %s%s\n", c.Name, c.About, long)
	}
}

func run(o options) error {
	report, err := obtain(o)
	if err != nil {
		return err
	}
	if o.json {
		err = report.WriteJSON(os.Stdout)
	} else {
		report.WriteTable(os.Stdout)
	}
	if err == nil && o.plot != "" {
		err = plot(report, o.plot)
	}
	if err == nil && o.check != "" {
		err = check(report, o.floor)
	}
	if err == nil && len(report.Failures) > 0 {
		err = errors.New("not every case could be measured")
	}
	return err
}

// obtain reads the report to be checked, or measures.
func obtain(o options) (*bench.Report, error) {
	if o.check != "" && o.check != "-" {
		file, err := os.Open(o.check)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return bench.ReadReport(file)
	}
	dir, err := os.MkdirTemp("", "bench-tattle-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	kinds, err := contenders(o, dir)
	if err != nil {
		return nil, err
	}
	// Threads that wait for a socket must not keep the others from running.
	runtime.GOMAXPROCS(max(runtime.NumCPU(), 8))
	s := bench.Suite{Kinds: kinds, Cases: o.cases, Rounds: o.rounds, Window: o.window, Log: os.Stderr}
	return s.Run(), nil
}

// contenders returns the servers to be measured: Redis, to which all are compared,
// then tattle and the others.
func contenders(o options, dir string) (kinds []bench.Kind, err error) {
	wanted := func(name string) bool { return len(o.servers) == 0 || slices.Contains(o.servers, name) }
	real := func(name string, v reference.Version) {
		if err == nil && wanted(name) {
			var k bench.Kind
			k, err = bench.Real(name, v)
			kinds = append(kinds, k)
		}
	}
	real(bench.Redis, reference.Redis8)
	if err == nil && wanted(bench.Tattle) {
		path := o.tattle
		if path == "" {
			path, err = bench.Build(dir)
		}
		kinds = append(kinds, bench.TattleAt(bench.Tattle, path, o.env...))
	}
	for _, s := range o.also {
		name, path, ok := strings.Cut(s, "=")
		if !ok {
			return nil, fmt.Errorf("--also %s: want name=path", s)
		}
		kinds = append(kinds, bench.TattleAt(name, path))
	}
	real(bench.Valkey, reference.Valkey8)
	self, selfErr := os.Executable()
	for _, name := range []string{bench.Miniredis, bench.Bare} {
		if wanted(name) {
			err = errors.Join(err, selfErr)
			kinds = append(kinds, bench.ServedBy(self, name))
		}
	}
	return kinds, err
}

func plot(r *bench.Report, dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for name, write := range map[string]func(io.Writer) bool{"memory.md": r.WriteMemory, "commands.md": r.WriteCommands} {
		var page bytes.Buffer
		if !write(&page) {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), page.Bytes(), 0o666); err != nil {
			return err
		}
	}
	for _, p := range r.Plots() {
		file, err := os.Create(filepath.Join(dir, p.Name+".svg"))
		if err != nil {
			return err
		}
		if err := errors.Join(p.WriteSVG(file), file.Close()); err != nil {
			return err
		}
	}
	return nil
}

// check compares a report with the floor.
func check(r *bench.Report, path string) error {
	if path == "" {
		root, err := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/tattle-server/tattle/integration").Output()
		if err != nil {
			return fmt.Errorf("finding bench.floor, which needs the repository as the working directory: %w", err)
		}
		path = filepath.Join(strings.TrimSpace(string(root)), "bench.floor")
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	floor, err := bench.ReadFloor(file)
	if err != nil {
		return err
	}
	broken := r.Check(floor)
	if len(broken) > 0 {
		return fmt.Errorf("under the floor:\n%s", strings.Join(broken, "\n"))
	}
	fmt.Fprintf(os.Stderr, "bench: the floor holds (%d bounds)\n", len(floor))
	return nil
}

// serveMiniredis runs miniredis, which is a library, as a process.
func serveMiniredis(addr string) error {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return err
	}
	m := miniredis.NewMiniRedis()
	if err := m.StartAddr(addr); err != nil {
		return err
	}
	// This program also contains the code of the load. Its pages are never touched, so they
	// do not count as resident.
	for {
		syscall.Pause()
	}
}
