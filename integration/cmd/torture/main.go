// Command torture attacks a server on this machine and tells what it does wrong.
//
//	go run ./integration/cmd/torture --for 10m              every attack on tattle
//	go run ./integration/cmd/torture --for 10m --race       the same with the race detector in the server
//	go run ./integration/cmd/torture --attack coherence --server redis8
//	go run ./integration/cmd/torture --attack commands --seed 42 --addr 127.0.0.1:6379
//
// docs/torture.md tells what the attacks are and what they have shown.
package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/tattle-server/tattle/integration/reference"
	"github.com/tattle-server/tattle/integration/torture"
)

const usage = `torture attacks a server on this machine and tells what it does wrong. It ends when its time
is over, and with status 1 if it has found something. A finding comes with the seed and
the last commands of the connection that saw it.

THE SERVER IS EMPTIED, and its settings are changed. Without --addr every attack gets a
server of its own, which is built from this tree unless --server or --program says otherwise.

Flags:
`

type options struct {
	torture.Options
	attacks, server, program, addr string
	race                           bool
	memory                         int64
}

func main() {
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	found := false
	if err == nil {
		found, err = run(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
	}
	if err != nil || found {
		os.Exit(1)
	}
}

func parse(args []string) (o options, err error) {
	set := flag.NewFlagSet("torture", flag.ContinueOnError)
	set.Usage = func() {
		fmt.Fprint(set.Output(), usage)
		set.PrintDefaults()
		fmt.Fprintln(set.Output(), "\nAttacks:")
		for _, a := range torture.Attacks() {
			fmt.Fprintf(set.Output(), "  %-9s  %s\n", a.Name, a.About)
		}
	}
	set.DurationVar(&o.For, "for", time.Minute, "how long, in equal parts for all attacks")
	set.BoolVar(&o.race, "race", false, "build tattle with the race detector")
	set.StringVar(&o.attacks, "attack", "all", "attacks, separated by commas")
	set.Uint64Var(&o.Seed, "seed", 0, "what to repeat, 0 for something new")
	set.Int64Var(&o.memory, "memory", 4096, "MiB that the server's process may use; a server that uses more is ended, which is a finding")
	set.StringVar(&o.server, "server", "tattle", "tattle, redis8, redis7 or valkey8")
	set.StringVar(&o.program, "program", "", "a tattle that is built already")
	set.StringVar(&o.addr, "addr", "", "host:port of a server that runs already, at a loopback address")
	if err := set.Parse(args); err != nil {
		return o, err
	}
	if set.NArg() > 0 || o.For <= 0 {
		return o, errors.New("there are no arguments besides flags, and --for must be positive; --help tells more")
	}
	o.Attacks, err = torture.Named(o.attacks)
	if o.Seed == 0 {
		o.Seed = rand.Uint64N(1 << 32)
	}
	o.Memory, o.Log = o.memory<<20, os.Stderr
	return o, err
}

func run(o options) (found bool, err error) {
	dir, err := os.MkdirTemp("", "torture-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	if o.Target, err = target(o, dir); err != nil {
		return false, err
	}
	fmt.Fprintf(os.Stderr, "torture: seed %d, %v for %d attacks\n", o.Seed, o.For, len(o.Attacks))
	reports, err := o.Run()
	for _, r := range reports {
		r.WriteFindings(os.Stdout)
		found = found || len(r.Findings) > 0
	}
	return found, err
}

// target returns how to get a server for an attack.
func target(o options, dir string) (func() (*torture.Target, error), error) {
	if o.addr != "" {
		_, err := torture.At(o.addr)
		return func() (*torture.Target, error) { return torture.At(o.addr) }, err
	}
	p, err := program(o, dir)
	return func() (*torture.Target, error) { return torture.Start(p) }, err
}

// program brings or builds the server.
func program(o options, dir string) (*reference.Program, error) {
	if o.server != "tattle" {
		v, ok := reference.Named(o.server)
		if !ok {
			return nil, fmt.Errorf("there is no server %q", o.server)
		}
		return reference.Bring(v)
	}
	path := o.program
	if path == "" {
		path = filepath.Join(dir, "tattle")
		args := []string{"build", "-o", path, "github.com/tattle-server/tattle/cmd/tattle"}
		if o.race {
			args = append(args[:1:1], append([]string{"-race"}, args[1:]...)...)
		}
		if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building tattle: %w\n%s", err, out)
		}
	}
	return reference.At(path, reference.Redis8), nil
}
