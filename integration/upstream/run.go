package upstream

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Limit is how long a unit may take by default.
const Limit = 180 * time.Second

// The suite takes the ports of its servers from a range, and the ports 10,000 above must
// also be free. Ranges differ from run to run, so that runs may overlap.
const (
	firstPort = 21200
	portRange = 200
	ranges    = 25
)

// Options say how to run a unit.
type Options struct {
	Limit time.Duration // when it is ended, 0 for never
	Log   io.Writer     // gets the output of the suite, if not nil
}

// Result is the outcome of a unit.
type Result struct {
	Unit     string
	Passed   int
	Failures []Failure
	Took     time.Duration
}

// Failure is a test that did not pass.
type Failure struct {
	Test   string // and its file, as the suite prints it
	Reason string // lines, without Tcl's stack trace
}

// errIncomplete is the error of a run that the suite did not finish.
var errIncomplete = errors.New("the suite broke off")

// Run runs a unit and ends all servers that it has started. An error means that the unit did
// not run to its end; then the result covers the part that did.
func (t *Tree) Run(ctx context.Context, unit string, o Options) (Result, error) {
	if _, err := os.Stat(filepath.Join(t.dir, "tests", unit+".tcl")); err != nil {
		return Result{Unit: unit}, fmt.Errorf("there is no unit %q", unit)
	}
	skips := filepath.Join(t.dir, "skip")
	if err := os.WriteFile(skips, []byte(t.names(unit)), 0o666); err != nil {
		return Result{Unit: unit}, err
	}
	if o.Limit > 0 {
		var cancel context.CancelFunc
		cause := fmt.Errorf("it took longer than %s", o.Limit)
		ctx, cancel = context.WithTimeoutCause(ctx, o.Limit, cause)
		defer cancel()
	}
	cmd := exec.CommandContext(ctx, t.tcl, arguments(unit, skips)...)
	cmd.Dir = t.dir
	cmd.Env = append(os.Environ(), "TERM=dumb", "LC_ALL=C") // no colors
	return follow(ctx, cmd, unit, o.Log)
}

// arguments are those of the suite.
func arguments(unit, skips string) []string {
	port := firstPort + portRange*rand.IntN(ranges)
	return []string{
		filepath.Join("tests", "test_helper.tcl"), "--single", unit, "--clients", "1",
		"--durable", // a test that throws has failed, and the run goes on
		"--tags", "-" + strings.Join(denied, " -"), "--skipfile", skips,
		"--baseport", strconv.Itoa(port), "--portcount", strconv.Itoa(portRange - 40),
	}
}

// follow runs the suite and reads what it prints.
func follow(ctx context.Context, cmd *exec.Cmd, unit string, log io.Writer) (Result, error) {
	began := time.Now()
	ownGroup(cmd)
	out, in, err := os.Pipe()
	if err != nil {
		return Result{Unit: unit}, err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = in, in
	err = cmd.Start()
	in.Close()
	if err != nil {
		return Result{Unit: unit}, fmt.Errorf("running the suite: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait() // its exit code says only that tests have failed
		killGroup(cmd)
		close(ended)
	}()
	var from io.Reader = out
	if log != nil {
		from = io.TeeReader(out, log)
	}
	r, complete := read(from)
	<-ended
	r.Unit, r.Took = unit, time.Since(began)
	if ctx.Err() != nil {
		return r, context.Cause(ctx)
	}
	if !complete {
		return r, errIncomplete
	}
	return r, nil
}

// The marks of the lines that the suite prints.
const (
	markPassed    = "[ok]: "
	markFailed    = "[err]: "
	markException = "[exception]: "
	markEnd       = "                   The End"
)

// read parses the output of the suite, and reports whether it came to its end. The lines
// between a failed test and the next mark belong to the failure.
func read(from io.Reader) (r Result, complete bool) {
	lines := bufio.NewReader(from)
	open := false // the last failure may have more lines
	for {
		line, err := lines.ReadString('\n')
		text := strings.TrimRight(line, "\n")
		switch {
		case complete: // the failures once more, and times
		case strings.HasPrefix(text, markPassed):
			r.Passed++
			open = false
		case strings.HasPrefix(text, markFailed), strings.HasPrefix(text, markException):
			_, what, _ := strings.Cut(text, ": ")
			r.Failures = append(r.Failures, Failure{Test: what})
			open = true
		case text == markEnd:
			complete = true
		case strings.HasPrefix(text, "["):
			open = false
		case open && text == "    while executing":
			last := &r.Failures[len(r.Failures)-1]
			last.Reason = whole(last.Reason)
			open = false
		case open && text != "":
			last := &r.Failures[len(r.Failures)-1]
			last.Reason += text + "\n"
		}
		if err != nil {
			return r, complete
		}
	}
}

// whole returns the reason of a test that threw. The suite prints such a reason
// twice, and beheads the first of the two.
func whole(reason string) string {
	for i := 1; i < len(reason); i++ {
		if first, second := reason[:i], reason[i:]; reason[i-1] == '\n' && strings.HasSuffix(second, first) {
			return second
		}
	}
	return reason
}
