// Command order measures how often tattle reverses the order in which commands arrived on
// two connections, beside Redis 8.0.2. Package order describes the method.
//
//	go run ./integration/cmd/order                          everything, about ten minutes
//	go run ./integration/cmd/order --case get --n 5000 --gaps 0,20us
//	go run ./integration/cmd/order --servers redis,tattle --kinds tcp --check
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/tattle-server/tattle/integration/order"
)

// redis is the server that the others are compared with.
const redis = "redis"

// start are the servers, in the order in which they are measured.
var start = []struct {
	name  string
	procs int // of this process; 0 for all
	start func() (*order.Server, error)
}{
	{redis, 0, order.Redis},
	{"tattle", 0, order.Process},
	{"embedded1", 1, embedded},
	{"embedded2", 2, embedded},
	{"embedded4", 4, embedded},
}

func embedded() (*order.Server, error) { return order.Embedded(program{}) }

const usage = `order writes a command on connection A, waits for the gap without sleeping, writes a
command on connection B, then reads both, and counts how often the replies show that
the server ran B's command first. It prints inversions per 1,000 tries.

Servers: redis (8.0.2), tattle (cmd/tattle as a process), and embedded1, embedded2,
embedded4 (tattle in this process, with GOMAXPROCS 1, 2, 4).

Flags:
`

type options struct {
	suite   order.Suite
	servers []string
	check   bool
}

func main() {
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		err = run(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "order:", err)
		os.Exit(1)
	}
}

func parse(args []string) (o options, err error) {
	set := flag.NewFlagSet("order", flag.ContinueOnError)
	set.Usage = func() {
		fmt.Fprint(set.Output(), usage)
		set.PrintDefaults()
		fmt.Fprintln(set.Output(), "\nCases:")
		for _, c := range order.Cases() {
			fmt.Fprintf(set.Output(), "  %-9s %s\n", c.Name, c.About)
		}
	}
	o.suite.Log = os.Stderr
	set.IntVar(&o.suite.N, "n", 300, "tries for each number in the table")
	cases := set.String("case", "all", "cases, separated by commas")
	gaps := set.String("gaps", "0,20us,100us,500us,1ms", "times between the two writes")
	kinds := set.String("kinds", "tcp,unix,tls,memory", "kinds of connections; memory is for embedded servers")
	servers := set.String("servers", "redis,tattle,embedded1,embedded2,embedded4", "servers")
	load := set.String("load", "both", "off, on, both: 4 more connections keep the server busy with pipelines")
	set.BoolVar(&o.check, "check", false, "exit with code 1 if tattle shows more inversions than Redis")
	if err := set.Parse(args); err != nil {
		return o, err
	}
	if set.NArg() > 0 || o.suite.N < 1 {
		return o, errors.New("there are no arguments besides flags, and -n must be at least 1; --help tells more")
	}
	o.servers, o.suite.Kinds = strings.Split(*servers, ","), strings.Split(*kinds, ",")
	return o, errors.Join(o.chooseCases(*cases), o.chooseGaps(*gaps), o.chooseLoad(*load), o.verify())
}

func (o *options) chooseCases(names string) error {
	for _, c := range order.Cases() {
		if names == "all" || slices.Contains(strings.Split(names, ","), c.Name) {
			o.suite.Cases = append(o.suite.Cases, c)
		}
	}
	if names != "all" && len(o.suite.Cases) != len(strings.Split(names, ",")) {
		return fmt.Errorf("not all of %q are cases; --help shows them", names)
	}
	return nil
}

func (o *options) chooseGaps(list string) error {
	for text := range strings.SplitSeq(list, ",") {
		gap, err := time.ParseDuration(text)
		if err != nil || gap < 0 {
			return fmt.Errorf("%q is not a gap, such as 20us", text)
		}
		o.suite.Gaps = append(o.suite.Gaps, gap)
	}
	return nil
}

func (o *options) chooseLoad(word string) error {
	loads, ok := map[string][]bool{"off": {false}, "on": {true}, "both": {false, true}}[word]
	o.suite.Loads = loads
	if !ok {
		return fmt.Errorf("-load %q: it is off, on or both", word)
	}
	return nil
}

// verify checks the names of servers and kinds.
func (o *options) verify() error {
	var known []string
	for _, s := range start {
		known = append(known, s.name)
	}
	for _, name := range o.servers {
		if !slices.Contains(known, name) {
			return fmt.Errorf("there is no server %q, only %s", name, strings.Join(known, ", "))
		}
	}
	for _, kind := range o.suite.Kinds {
		if !slices.Contains([]string{order.TCP, order.Unix, order.TLS, order.Memory}, kind) {
			return fmt.Errorf("there is no kind of connection %q", kind)
		}
	}
	if o.check && !slices.Contains(o.servers, redis) {
		return errors.New("-check compares with redis, which is not among the servers")
	}
	return nil
}

func run(o options) error {
	var rows []order.Row
	for _, s := range start {
		if !slices.Contains(o.servers, s.name) {
			continue
		}
		more, err := measure(o.suite, s.name, s.procs, s.start)
		rows = append(rows, more...)
		if err != nil {
			return err
		}
	}
	o.suite.WriteTable(os.Stdout, rows)
	if !o.check {
		return nil
	}
	worse := order.Worse(rows, redis)
	if len(worse) > 0 {
		return fmt.Errorf("in %d of %d rows tattle shows more inversions than Redis", len(worse), len(rows))
	}
	fmt.Fprintln(os.Stderr, "order: nowhere more inversions than Redis")
	return nil
}

// measure starts a server, measures it, and ends it.
func measure(suite order.Suite, name string, procs int, start func() (*order.Server, error)) ([]order.Row, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	srv, err := start()
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	defer srv.Close()
	srv.Name = name
	return suite.Run(srv)
}

// program takes the place of a test for the embedded server.
type program struct{}

func (program) Helper()                      {}
func (program) Name() string                 { return "order" }
func (program) Cleanup(func())               {} // order.Server.Close ends the server
func (program) Logf(f string, args ...any)   { fmt.Fprintf(os.Stderr, f+"\n", args...) }
func (p program) Errorf(f string, a ...any)  { p.Logf(f, a...) }
func (p program) Fatalf(f string, as ...any) { panic(fmt.Sprintf(f, as...)) }
