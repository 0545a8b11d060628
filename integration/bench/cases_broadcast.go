//go:build linux

package bench

import (
	"fmt"
	"time"
)

// Broadcasting mode: what prefixes cost a writer, and what subscribers cost all other
// clients.

func broadcastCases() []Case {
	return []Case{
		{
			Name: "bcast", About: "pipelined writes to keys under one of many BCAST prefixes",
			Figures: []Figure{
				{Name: "throughput", Unit: perSecond, Plot: "prefixes", Goal: Goal{Op: ">=", ByX: map[int]float64{1: 1, 100: 2, 10_000: 50, 100_000: 400}}},
				{Name: "cpu", Unit: micros, Plot: "prefixes"},
			},
			run: func(e *Env) {
				held := 0
				for _, prefixes := range []int{1, 100, 10_000, 100_000} {
					held = subscribe(e, held, prefixes)
					broadcast(e, prefixes)
				}
			},
		},
		{
			Name: "bcast-batch", About: "50 unpipelined writers, one BCAST subscriber",
			Figures: []Figure{
				{Name: "messages/write", Unit: count, Goal: atMost(1)},
				{Name: "throughput", Unit: perSecond},
				{Name: "cpu", Unit: micros},
			},
			run: batching,
		},
		{
			Name: "bcast-crowd", About: "1,000 BCAST subscribers, 1,000 writes a second: GET of an uninvolved client",
			Figures: []Figure{
				{Name: "median", Unit: micros, Goal: atMost(0.3)},
				{Name: "p99", Unit: micros, Goal: atMost(0.3)},
				{Name: "cpu", Unit: micros},
			},
			run: crowd,
		},
	}
}

// prefixName returns the prefix of the keys of prefixKey. No prefix begins with another.
func prefixName(n int) string { return fmt.Sprintf("p%06d:", n) }

var prefixKey = NewTemplate("SET", "p######:key", value16)

// subscribe adds clients with prefixes, from number next on, until there are n prefixes.
// Each client subscribes to a thousand, or to ten thousand if there are no more in all.
func subscribe(e *Env, next, n int) int {
	each := 10_000
	if n > each {
		each = 1_000
	}
	for next < n {
		args := []string{"CLIENT", "TRACKING", "ON", "BCAST"}
		for range min(each, n-next) {
			args = append(args, "PREFIX", prefixName(next))
			next++
		}
		e.join(hello3, args)
	}
	return next
}

func broadcast(e *Env, prefixes int) {
	stop := e.drain()
	defer stop()
	ops, _, took := e.throughput(1, prefixKey, prefixes, pipeline, sizeOK)
	e.report("throughput", prefixes, rate(ops, took.wall))
	e.report("cpu", prefixes, us(took.cpu, ops))
}

func batching(e *Env) {
	subscriber := e.join(hello3, []string{"CLIENT", "TRACKING", "ON", "BCAST"})
	stop := e.drain()
	ops, all, took := e.throughput(50, setKey, plainKeys, 1, sizeOK)
	stop()
	e.report("messages/write", 0, float64(subscriber.pushes)/float64(all))
	e.report("throughput", 0, rate(ops, took.wall))
	e.report("cpu", 0, us(took.cpu, ops))
}

func crowd(e *Env) {
	const subscribers, perSecond = 1_000, 1_000
	const sweep = 20 * time.Millisecond
	e.fill(1)
	e.joinMany(subscribers, hello3, []string{"CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "p"})
	writer := e.dial()
	defer writer.Close()
	p := e.startProbe(getKey.Append(nil, 0), sizeValue, probeRest)
	writes := 0
	took := e.measure(func() {
		began := time.Now()
		for at := time.Duration(0); at < e.window; at = time.Since(began) {
			for swept := time.Now(); time.Since(swept) < sweep; time.Sleep(time.Millisecond) {
				for due := int(time.Since(began) * perSecond / time.Second); writes < due; writes++ {
					must(writer.Write(prefixKey.Append(nil, writes%1000)))
				}
			}
			check(e.loop.Sweep())
		}
	})
	times := p.end()
	e.report("median", 0, percentile(times, 50))
	e.report("p99", 0, percentile(times, 99))
	e.report("cpu", 0, us(took.cpu, writes))
}
