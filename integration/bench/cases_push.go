//go:build linux

package bench

import (
	"slices"
	"strconv"
	"time"
)

// Invalidations in default mode, on their way.

func pushCases() []Case {
	return []Case{
		{
			Name: "invalidate", About: "200,000 held keys written, pipelined, until the holder has heard of all",
			Figures: invalidateFigures(1.3), run: func(e *Env) { invalidate(e, false, false) },
		},
		{
			Name: "invalidate-shuffled", About: "the same, read in one random order and written in another",
			Figures: invalidateFigures(1.2), run: func(e *Env) { invalidate(e, false, true) },
		},
		{
			Name: "invalidate-redirect", About: "in order, redirected to a RESP2 subscriber",
			Figures: invalidateFigures(1.2), run: func(e *Env) { invalidate(e, true, false) },
		},
		{
			Name: "push-latency", About: "one writer, one holder: from the write to the push",
			Figures: []Figure{
				{Name: "median", Unit: micros, Goal: atMost(1)},
				{Name: "p99", Unit: micros},
				{Name: "cpu", Unit: micros},
			},
			run: pushLatency,
		},
		{
			Name: "fanout", About: "one key held by 500 clients is written",
			Figures: []Figure{
				{Name: "reply", Unit: micros, Goal: atMost(0.2)},
				{Name: "delivered", Unit: micros, Goal: atMost(1)},
				{Name: "cpu", Unit: micros},
			},
			run: fanout,
		},
	}
}

func invalidateFigures(throughput float64) []Figure {
	return []Figure{
		{Name: "throughput", Unit: perSecond, Goal: atLeast(throughput)},
		{Name: "cpu", Unit: micros},
	}
}

func invalidate(e *Env, redirect, random bool) {
	const keys = 200_000
	get, set := getKey, setKey
	if random {
		get, set = getKey.Of(shuffled(0, keys, 1)), setKey.Of(shuffled(0, keys, 2))
	}
	e.fill(keys)
	var holder, hearer *Conn
	size := sizePush
	if redirect {
		hearer = e.dial()
		id := must(hearer.Do("CLIENT", "ID")).(int64)
		must(hearer.Do("SUBSCRIBE", "__redis__:invalidate"))
		check(e.loop.Add(hearer))
		holder = e.join([]string{"CLIENT", "TRACKING", "ON", "REDIRECT", strconv.FormatInt(id, 10)})
		size = sizeMessage
	} else {
		holder = e.join(hello3, trackingOn)
		hearer = holder
	}
	writer := e.join()
	e.pump(holder, get, 0, keys, pipeline, pipeDepth, sizeValue)
	before := hearer.received
	took := e.measure(func() {
		e.pump(writer, set, 0, keys, pipeline, pipeDepth, sizeOK)
		e.awaitBytes(before+int64(keys*size), hearer)
	})
	e.report("throughput", 0, rate(keys, took.wall))
	e.report("cpu", 0, us(took.cpu, keys))
}

func pushLatency(e *Env) {
	const writes = 5_000
	e.fill(1)
	holder, writer := e.join(hello3, trackingOn), e.join()
	get, set := getKey.Append(nil, 0), setKey.Append(nil, 0)
	times := make([]float64, 0, writes)
	var took cost
	e.apart(func() {
		took = e.measure(func() {
			for range writes {
				from := holder.received
				check(e.loop.Send(holder, get))
				e.awaitBytes(from+int64(sizeValue), holder)
				replied := writer.received
				began := time.Now()
				check(e.loop.Send(writer, set))
				e.awaitBytes(from+int64(sizeValue+sizePush), holder)
				times = append(times, float64(time.Since(began))/1e3)
				e.awaitBytes(replied+int64(sizeOK), writer)
			}
		})
	})
	e.report("median", 0, percentile(times, 50))
	e.report("p99", 0, percentile(times, 99))
	e.report("cpu", 0, us(took.cpu, writes))
}

func fanout(e *Env) {
	const clients, writes = 500, 100
	e.fill(1)
	readers := e.joinMany(clients, hello3, trackingOn)
	writer := e.join()
	get, set := getKey.Append(nil, 0), setKey.Append(nil, 0)
	var reply, delivered []float64
	var cpu time.Duration
	for range writes {
		from := received(readers...)
		for _, c := range readers {
			check(e.loop.Send(c, get))
		}
		e.awaitBytes(from+int64(clients*sizeValue), readers...)
		pushed, answers := from+int64(clients*(sizeValue+sizePush)), len(reply)
		took := e.measure(func() {
			began := time.Now()
			writer.Heard = func(int) { reply = append(reply, float64(time.Since(began))/1e3) }
			check(e.loop.Send(writer, set))
			check(e.loop.Until(func() bool { return len(reply) > answers && received(readers...) >= pushed }))
			delivered = append(delivered, float64(time.Since(began))/1e3)
		})
		cpu += took.cpu
	}
	e.report("reply", 0, percentile(reply, 50))
	e.report("delivered", 0, percentile(delivered, 50))
	e.report("cpu", 0, us(cpu, writes))
}

// percentile returns the value below which p percent of the values are. It sorts.
func percentile(values []float64, p int) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[min(len(values)*p/100, len(values)-1)]
}
