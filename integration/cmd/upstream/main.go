// Command upstream runs units of Redis's own test suite on tattle, one by one, and
// prints how many tests of each have passed.
//
//	go run ./integration/cmd/upstream [flags] [unit...]
//
// Without units it runs all units of upstream.tsv. Package upstream says where the suite
// comes from. The exit code is 1 if a unit passed fewer tests than upstream.tsv says, or
// did not run to its end.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/tattle-server/tattle/integration/upstream"
)

// tablePath is where the table is, from the repository's root or the module.
func tablePath() (string, error) {
	const name = "upstream.tsv"
	for _, dir := range []string{"integration", ".", "..", "../.."} {
		if _, err := os.Stat(filepath.Join(dir, "upstream", "upstream.skip")); err == nil {
			return filepath.Join(dir, name), nil
		}
	}
	return "", errors.New("run it from the root of the repository")
}

// job is the parsed command line.
type job struct {
	units               []string
	list, verbose       bool
	update, onReference bool
	limit               time.Duration
}

const help = `usage: upstream [flags] [unit...]

It runs units of Redis's own test suite on tattle, which it builds, and prints how many tests
of each have passed; without units, all of integration/upstream.tsv. The exit status is 1 if a
unit passed fewer tests than that table says, or did not run to its end. It needs tclsh
(Debian's package tcl), downloads the suite, and is run from the root of the repository.

  go run ./integration/cmd/upstream tracking type/hash
  go run ./integration/cmd/upstream --list

A unit may be named without the "unit/" in front.

Flags:
`

func main() {
	var j job
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), help)
		flag.PrintDefaults()
	}
	flag.BoolVar(&j.list, "list", false, "print the names of all units")
	flag.BoolVar(&j.verbose, "verbose", false, "print the whole output of the suite")
	flag.BoolVar(&j.update, "update", false, "write the results to upstream.tsv")
	flag.BoolVar(&j.onReference, "reference", false, "run on Redis itself; with -update this sets the totals")
	flag.DurationVar(&j.limit, "limit", upstream.Limit, "how long a unit may take")
	flag.Parse()
	for _, unit := range flag.Args() {
		j.units = append(j.units, fullName(unit))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := j.run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "upstream:", err)
		stop()
		os.Exit(1)
	}
}

// fullName returns the name that the suite has for a unit: README.md leaves out the folder that
// nearly all are in.
func fullName(unit string) string {
	for _, folder := range []string{"unit/", "integration/"} {
		if strings.HasPrefix(unit, folder) {
			return unit
		}
	}
	return "unit/" + unit
}

func (j job) run(ctx context.Context, w io.Writer) error {
	path, err := tablePath()
	if err != nil {
		return err
	}
	table, err := upstream.ReadTable(path)
	if err != nil {
		return err
	}
	tree, err := upstream.Build(j.product())
	if err != nil {
		return err
	}
	defer tree.Remove()
	if j.list {
		return list(tree, table, w)
	}
	if len(j.units) == 0 {
		j.units = table.Units()
	}
	wrong := 0
	var done []string
	for _, unit := range j.units {
		if why := upstream.WhyNot(unit); why != "" {
			fmt.Fprintf(w, "%s: left out: %s\n", unit, why)
			continue
		}
		r, err := j.one(ctx, tree, unit, w)
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
		if !j.onReference && (err != nil || r.Passed < table[unit].Passed) {
			wrong++
		}
		done = append(done, unit)
		table.Note(j.product(), r)
		if j.update {
			if err := table.Write(path); err != nil {
				return err
			}
		}
	}
	summary(table, done, w)
	if wrong > 0 && !j.update {
		return fmt.Errorf("%d of %d units are worse than %s says, or have not ended", wrong, len(done), path)
	}
	return nil
}

func (j job) product() upstream.Product {
	if j.onReference {
		return upstream.Redis
	}
	return upstream.Tattle
}

// one runs a unit and prints its failures and one line for the unit.
func (j job) one(ctx context.Context, tree *upstream.Tree, unit string, w io.Writer) (upstream.Result, error) {
	o := upstream.Options{Limit: j.limit}
	if j.verbose {
		o.Log = w
	}
	r, err := tree.Run(ctx, unit, o)
	for _, f := range r.Failures {
		fmt.Fprintf(w, "  failed: %s\n", f.Test)
		if !j.verbose {
			fmt.Fprint(w, indent(f.Reason))
		}
	}
	fmt.Fprintf(w, "%s: %d passed, %d failed in %s", unit, r.Passed, len(r.Failures), r.Took.Round(time.Second))
	if err != nil {
		fmt.Fprintf(w, "; not run to its end: %v", err)
	}
	fmt.Fprintln(w)
	return r, err
}

// reasonMax is how much of a failure's reason is printed without -verbose.
const reasonMax = 600

func indent(text string) string {
	if text == "" {
		return ""
	}
	if len(text) > reasonMax {
		text = text[:reasonMax] + "..."
	}
	out := ""
	for line := range strings.Lines(text) {
		out += "    " + strings.TrimRight(line, "\n") + "\n"
	}
	return out
}

func list(tree *upstream.Tree, table upstream.Table, w io.Writer) error {
	units, err := tree.Units()
	if err != nil {
		return err
	}
	for _, unit := range units {
		switch row, known := table[unit]; {
		case upstream.WhyNot(unit) != "":
			fmt.Fprintf(w, "%s (left out: %s)\n", unit, upstream.WhyNot(unit))
		case known:
			fmt.Fprintf(w, "%s (%d of %d pass)\n", unit, row.Passed, row.Total)
		default:
			fmt.Fprintln(w, unit)
		}
	}
	return nil
}

func summary(table upstream.Table, units []string, w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nunit\tpassed\ttotal\tnote")
	var passed, total int
	for _, unit := range units {
		r := table[unit]
		fmt.Fprintf(t, "%s\t%d\t%d\t%s\n", r.Unit, r.Passed, r.Total, r.Note)
		passed, total = passed+r.Passed, total+r.Total
	}
	fmt.Fprintf(t, "all\t%d\t%d\t\n", passed, total)
	t.Flush()
}
