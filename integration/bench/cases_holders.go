//go:build linux

package bench

// What it costs to remember who holds which key.

func holderCases() []Case {
	return []Case{
		{
			Name: "remember", About: "GET of a million keys with tracking on, over the same without; then again, when all are held",
			Figures: rememberFigures(0.7), run: func(e *Env) { remember(e, 1_000_000, false) },
		},
		{
			Name: "remember-shuffled", About: "the same, each time in a random order",
			Figures: rememberFigures(1), run: func(e *Env) { remember(e, 1_000_000, true) },
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

func rememberFigures(extra float64) []Figure {
	return []Figure{
		{Name: "extra-time", Unit: nanos, Goal: atMost(extra)},
		{Name: "extra-cpu", Unit: nanos},
		{Name: "plain-time", Unit: nanos},
		{Name: "held", Unit: perSecond, Goal: atLeast(1)},
		{Name: "bytes/key", Unit: bytesUnit, Goal: below(60)},
	}
}

func remember(e *Env, keys int, random bool) {
	get, again := getKey, getKey
	if random {
		get, again = getKey.Of(shuffled(0, keys, 1)), getKey.Of(shuffled(0, keys, 2))
	}
	e.fill(keys)
	c := e.join(hello3)
	read := func(t Template) { e.pump(c, t, 0, keys, pipeline, pipeDepth, sizeValue) }
	read(get) // to warm up the server before the first pass
	plain := e.measure(func() { read(get) })
	before := e.resident()
	check(e.loop.Remove(c))
	must(c.Do(trackingOn...))
	check(e.loop.Add(c))
	tracked := e.measure(func() { read(get) })
	e.report("extra-time", 0, ns(tracked.wall-plain.wall, keys))
	e.report("extra-cpu", 0, ns(tracked.cpu-plain.cpu, keys))
	e.report("plain-time", 0, ns(plain.wall, keys))
	e.report("bytes/key", 0, (e.resident()-before)/float64(keys))
	e.report("held", 0, rate(keys, e.measure(func() { read(again) }).wall))
}

// holders lets more and more clients read the same keys. The keys do not exist: servers
// remember their readers all the same, and nothing else takes memory.
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
