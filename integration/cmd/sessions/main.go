// Command sessions plays random conversations to tattle and to a real Redis 8.0.2, and
// compares everything that both send. If files are named, it plays the sessions in them.
//
//	go run ./integration/cmd/sessions -n 300 -steps 200 [-seed N]
//	go run ./integration/cmd/sessions -mode pipeline        pipelines, one connection at a time
//	go run ./integration/cmd/sessions -mode async           pipelines, of many connections at once
//	go run ./integration/cmd/sessions -mode async -tattle redis    does Redis agree with itself?
//	go run ./integration/cmd/sessions FILE...
//
// If the servers differ, it prints the shortest failing session and exits with code 1.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tattle-server/tattle/integration/reference"
	"github.com/tattle-server/tattle/integration/sessions"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
)

type options struct {
	sessions, steps int
	seed            uint64
	mode            sessions.Mode
	ref, our        string
	files           []string
}

func main() {
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(0)
	}
	if err == nil {
		err = run(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sessions:", err)
		os.Exit(1)
	}
}

const help = `usage: sessions [flags] [FILE...]

It plays random conversations to tattle and to a real Redis 8.0.2, which it downloads and
starts, and compares everything that both send. If files are named, it plays the sessions in
them. If the servers differ, it prints the shortest failing session and ends with status 1.

  go run ./integration/cmd/sessions -n 300 -steps 200
  go run ./integration/cmd/sessions -mode pipeline -seed 42

Servers that are named by their address LOSE ALL THEIR KEYS.

Flags:
`

func parse(args []string) (o options, err error) {
	set := flag.NewFlagSet("sessions", flag.ContinueOnError)
	set.Usage = func() {
		fmt.Fprint(set.Output(), help)
		set.PrintDefaults()
	}
	set.IntVar(&o.sessions, "n", 300, "number of sessions")
	set.IntVar(&o.steps, "steps", 200, "number of steps in each")
	set.Uint64Var(&o.seed, "seed", 0, "seed of the first session, 0 for a new one")
	set.StringVar(&o.ref, "reference", "", "host:port of a Redis 8.0.2 with DEBUG enabled and no other clients, instead of starting one")
	set.StringVar(&o.our, "tattle", "", "host:port of the server to compare, instead of one in this process; redis starts another Redis 8.0.2")
	mode := set.String("mode", "step", "what is sent without waiting for replies: step (nothing), pipeline (commands that follow each other on one connection), async (those of several connections too)")
	err = set.Parse(args)
	o.files = set.Args()
	var ok bool
	if o.mode, ok = modes[*mode]; err == nil && !ok {
		err = fmt.Errorf("-mode %q: it is step, pipeline or async", *mode)
	}
	if err == nil && (o.sessions < 1 || o.steps < 1) {
		err = errors.New("-n and -steps must be at least 1")
	}
	return o, err
}

var modes = map[string]sessions.Mode{"step": sessions.InStep, "pipeline": sessions.Pipeline, "async": sessions.Async}

func run(o options) error {
	end, err := serve(&o)
	defer end()
	if err != nil {
		return err
	}
	p, err := sessions.NewPlayer(o.ref, o.our)
	if err != nil {
		return err
	}
	defer p.Close()
	if len(o.files) > 0 {
		return replay(p, o.files)
	}
	return random(p, o)
}

// serve starts the servers for which no address is given.
func serve(o *options) (end func(), err error) {
	var ends []func()
	end = func() {
		for _, f := range ends {
			f()
		}
	}
	for _, addr := range []*string{&o.ref, &o.our} {
		if addr == &o.ref && *addr != "" || addr == &o.our && *addr != "redis" {
			continue
		}
		ref, err := startRedis()
		if err != nil {
			return end, err
		}
		ends = append(ends, ref.Close)
		*addr = ref.Addr
	}
	if o.our == "" {
		dir, err := os.MkdirTemp("", "sessions-")
		if err != nil {
			return end, err
		}
		cfg := config.New()
		cfg.Port, cfg.EnableDebugCommand, cfg.Dir, cfg.SavePoints = 0, config.AccessYes, dir, nil
		srv, err := server.Start(server.Options{Config: cfg, Log: os.Stderr})
		if err != nil {
			return end, err
		}
		ends = append(ends, func() { srv.Close(); os.RemoveAll(dir) })
		if err := srv.Listen("tcp", "127.0.0.1:0"); err != nil {
			return end, err
		}
		o.our = srv.Addr().String()
	}
	return end, nil
}

func startRedis() (*reference.Server, error) {
	program, err := reference.Bring(reference.Redis8)
	if err != nil {
		return nil, err
	}
	return program.Run()
}

func replay(p *sessions.Player, files []string) error {
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		session, err := sessions.Parse(f)
		f.Close()
		if err == nil {
			err = p.Play(session)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		fmt.Printf("%s: %d steps, no difference\n", file, len(session))
	}
	return nil
}

// random plays random sessions, with rapid as the source of chance.
func random(p *sessions.Player, o options) error {
	if o.seed == 0 {
		o.seed = uint64(time.Now().UnixNano())
	}
	fmt.Println("seed", o.seed)
	testing.Init()
	for name, value := range map[string]any{
		"rapid.checks": o.sessions, "rapid.seed": o.seed, "rapid.nofailfile": true, "rapid.shrinktime": time.Nanosecond,
	} {
		if err := flag.Set(name, fmt.Sprint(value)); err != nil {
			return err
		}
	}
	if err := flag.CommandLine.Parse(nil); err != nil { // package testing requires this
		return err
	}
	t, done := &check{}, 0
	began := time.Now()
	t.run(func() {
		sessions.Check(t, p, o.mode, o.steps, func() {
			if done++; done%10 == 0 && !t.failed {
				fmt.Printf("%d sessions\n", done)
			}
		})
	})
	if t.failed {
		return errors.New("the servers differ")
	}
	fmt.Printf("%d sessions of %d steps, %d commands in %d rounds, no difference, in %v\n",
		done, o.steps, p.Commands, p.Rounds, time.Since(began).Round(time.Second))
	return nil
}

// check takes the place of a testing.T for rapid.
type check struct {
	rapid.TB
	failed bool
}

// run runs f, which may end early by FailNow.
func (c *check) run(f func()) {
	defer func() {
		if r := recover(); r != nil && r != any(c) {
			panic(r)
		}
	}()
	f()
}

func (c *check) Helper()      {}
func (c *check) Name() string { return "sessions" }
func (c *check) Failed() bool { return c.failed }
func (c *check) Fail()        { c.failed = true }
func (c *check) FailNow() {
	c.failed = true
	panic(c)
}
func (c *check) Logf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (c *check) Log(args ...any)                 { fmt.Println(args...) }
func (c *check) Errorf(format string, args ...any) {
	c.Logf(format, args...)
	c.Fail()
}
func (c *check) Error(args ...any) {
	c.Log(args...)
	c.Fail()
}
func (c *check) Fatalf(format string, args ...any) {
	c.Errorf(format, args...)
	c.FailNow()
}
func (c *check) Fatal(args ...any) {
	c.Error(args...)
	c.FailNow()
}
func (c *check) Skipf(format string, args ...any) { panic("sessions are not skipped") }
func (c *check) Skip(args ...any)                 { panic("sessions are not skipped") }
func (c *check) SkipNow()                         { panic("sessions are not skipped") }
