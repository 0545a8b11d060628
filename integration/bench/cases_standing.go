//go:build linux

package bench

import (
	"slices"
	"time"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
)

// The costs of a server that does nothing: its connections, its start, and the flush of
// all data.

func standingCases() []Case {
	return []Case{
		{
			Name: "flushall", About: "FLUSHALL of a million keys, all tracked, and the PING of another client meanwhile",
			Figures: []Figure{
				{Name: "reply", Unit: millis, Goal: below(2)},
				{Name: "ping-max", Unit: millis, Goal: below(5)},
				{Name: "ping-max-before", Unit: millis},
			},
			run: func(e *Env) { flushAll(e, 1_000_000) },
		},
		{
			Name: "idle", About: "connections that do nothing, and the GET of one that does",
			Figures: []Figure{
				{Name: "bytes/conn", Unit: bytesUnit, Plot: "connections", Goal: below(12 << 10)},
				{Name: "get-median", Unit: micros, Plot: "connections"},
				{Name: "get-p99", Unit: micros},
			},
			run: idle,
		},
		{
			Name: "start", About: "from the start of the process to its first PONG",
			Servers: []string{Tattle, Redis, Valkey, Miniredis},
			Figures: []Figure{
				{Name: "process", Unit: millis, Goal: below(10)},
				{Name: "in-process", Unit: millis, Goal: below(0.3)},
				{Name: "memory", Unit: megabytes},
			},
			run: start,
		},
	}
}

func flushAll(e *Env, keys int) {
	e.fill(keys)
	holder := e.join(hello3, trackingOn)
	e.pump(holder, getKey, 0, keys, fillBatch, fillDepth, sizeValue)
	flusher := e.dial()
	defer flusher.Close()
	ping, pong := NewTemplate("PING").text, len("+PONG\r\n")
	before := e.startProbe(ping, pong, 0)
	time.Sleep(flushWatch)
	e.report("ping-max-before", 0, slices.Max(before.end())/1e3)
	p := e.startProbe(ping, pong, 0)
	time.Sleep(flushWatch / 10)
	began := time.Now()
	must(flusher.Do("FLUSHALL"))
	e.report("reply", 0, ms(time.Since(began)))
	time.Sleep(flushWatch)
	e.report("ping-max", 0, slices.Max(p.end())/1e3)
}

// flushWatch is how long PINGs are measured: the server frees flushed data in the
// background.
const flushWatch = 500 * time.Millisecond

func idle(e *Env) {
	e.fill(1)
	e.joinMany(10)
	first := e.resident()
	n := 0
	for _, upTo := range []int{0, 1_000, 10_000} {
		e.joinMany(upTo-n, []string{"PING"})
		if n = upTo; n > 0 {
			e.report("bytes/conn", n, (e.resident()-first)/float64(n))
		}
		times := e.probeFor(e.window)
		e.report("get-median", n, percentile(times, 50))
		e.report("get-p99", n, percentile(times, 99))
	}
}

func start(e *Env) {
	e.report("memory", 0, must(e.server.Resident())/1e6)
	times := []float64{ms(e.started)}
	for range 10 {
		p, took, err := e.kind.Start()
		check(err)
		p.Stop()
		times = append(times, ms(took))
	}
	e.report("process", 0, percentile(times, 50))
	if e.kind.Name == Tattle {
		e.report("in-process", 0, inProcess())
	}
}

// inProcess starts servers in this process, as a Go test does.
func inProcess() float64 {
	var times []float64
	for range 50 {
		began := time.Now()
		cfg := config.New()
		cfg.Port = 0
		s := must(server.Start(server.Options{Config: cfg}))
		check(s.Listen("tcp", "127.0.0.1:0"))
		c := must(Dial(s.Addr().String()))
		must(c.Do("PING"))
		times = append(times, ms(time.Since(began)))
		c.Close()
		check(s.Close())
	}
	return percentile(times, 50)
}
