//go:build linux

package bench

// What it costs to remember who holds which key.

func holderCases() []Case {
	return []Case{
		{
			Name: "remember", About: "GET of a million keys with tracking on, over the same without",
			Figures: []Figure{
				{Name: "extra-time", Unit: nanos, Goal: atMost(1)},
				{Name: "extra-cpu", Unit: nanos},
				{Name: "plain-time", Unit: nanos},
				{Name: "bytes/key", Unit: bytesUnit, Goal: atMost(1.2)},
			},
			run: func(e *Env) { remember(e, 1_000_000) },
		},
		{
			Name: "holders", About: "50,000 keys, read by one client after the other: bytes of each holder after the first",
			Figures: []Figure{
				{Name: "bytes/holder", Unit: bytesUnit, Plot: "holders", Goal: Goal{Op: "<=", ByX: map[int]float64{50: 10}, Absolute: true}},
				{Name: "time", Unit: nanos, Plot: "holders"},
			},
			run: holders,
		},
	}
}

func remember(e *Env, keys int) {
	e.fill(keys)
	c := e.join(hello3)
	read := func() { e.pump(c, getKey, 0, keys, pipeline, pipeDepth, sizeValue) }
	read() // once for nothing: both passes find the server warm
	plain := e.measure(read)
	before := e.resident()
	check(e.loop.Remove(c))
	must(c.Do(trackingOn...))
	check(e.loop.Add(c))
	tracked := e.measure(read)
	e.report("extra-time", 0, ns(tracked.wall-plain.wall, keys))
	e.report("extra-cpu", 0, ns(tracked.cpu-plain.cpu, keys))
	e.report("plain-time", 0, ns(plain.wall, keys))
	e.report("bytes/key", 0, (e.resident()-before)/float64(keys))
}

// holders has more and more clients read the same keys. The keys do not exist:
// servers remember who asked for them all the same, and nothing else takes memory.
func holders(e *Env) {
	const keys = 50_000
	var first float64
	clients := 0
	for _, upTo := range []int{1, 2, 5, 10, 20, 50} {
		n := upTo - clients
		took := e.measure(func() {
			for ; clients < upTo; clients++ {
				e.pump(e.join(hello3, trackingOn), getKey, 0, keys, pipeline, pipeDepth, sizeNull3)
			}
		})
		e.report("time", upTo, ns(took.wall, n*keys))
		now := e.resident()
		if upTo == 1 {
			first = now
			continue
		}
		e.report("bytes/holder", upTo, (now-first)/float64((upTo-1)*keys))
	}
}
