//go:build linux

package bench

// How costs grow with the number of tracked keys and of clients. These cases take a long
// time and much memory.

func growthCases() []Case {
	return []Case{
		{
			Name: "growth-keys", Long: true, About: "one client that holds up to ten million keys: each further one, and writes to them",
			Figures: growKeysFigures(1.0), run: func(e *Env) { growKeys(e, false) },
		},
		{
			Name: "growth-keys-shuffled", Long: true, About: "the same, keys read and written in random order",
			Figures: growKeysFigures(1.2), run: func(e *Env) { growKeys(e, true) },
		},
		{
			Name: "growth-clients", Long: true, About: "ten thousand keys held by up to a thousand clients: each further holder, and each push of a write",
			Figures: []Figure{
				{Name: "bytes/holder", Unit: bytesUnit, Plot: "clients"},
				{Name: "get", Unit: nanos, Plot: "clients"},
				{Name: "push", Unit: nanos, Plot: "clients"},
			},
			run: growClients,
		},
	}
}

func growKeysFigures(write float64) []Figure {
	return []Figure{
		{Name: "bytes/key", Unit: bytesUnit, Plot: "tracked keys", Goal: Goal{Op: "<=", ByX: map[int]float64{10_000_000: 60}, Absolute: true}},
		{Name: "get", Unit: nanos, Plot: "tracked keys"},
		{Name: "write", Unit: nanos, Plot: "tracked keys", Goal: Goal{Op: "<=", ByX: map[int]float64{10_000_000: write}}},
	}
}

// growKeys tracks keys that do not exist, so that only tracking takes memory, and
// writes some of them, which it then tracks again.
func growKeys(e *Env, random bool) {
	const written = 50_000
	holder, writer := e.join(hello3, trackingOn), e.join()
	first := e.resident()
	held := 0
	for _, upTo := range []int{100_000, 300_000, 1_000_000, 3_000_000, 10_000_000} {
		n := upTo - held
		get, from := getKey, held
		set, del, again := setKey, delKey, getKey
		if random {
			get, from = getKey.Of(shuffled(held, n, 1)), 0
			some := shuffled(0, upTo, 2)[:written]
			set, del, again = setKey.Of(some), delKey.Of(some), getKey.Of(some)
		}
		took := e.measure(func() { e.pump(holder, get, from, n, pipeline, pipeDepth, sizeNull3) })
		held = upTo
		e.report("get", upTo, ns(took.wall, n))
		e.report("bytes/key", upTo, (e.resident()-first)/float64(upTo))
		before := holder.received
		took = e.measure(func() {
			e.pump(writer, set, 0, written, pipeline, pipeDepth, sizeOK)
			e.awaitBytes(before+int64(written*sizePush), holder)
		})
		e.report("write", upTo, ns(took.wall, written))
		e.pump(writer, del, 0, written, pipeline, pipeDepth, sizeOne)
		e.pump(holder, again, 0, written, pipeline, pipeDepth, sizeNull3)
	}
}

// growClients lets more and more clients read the same keys. Each client first reads so
// much that its connection has grown all the buffers that it needs.
func growClients(e *Env) {
	const keys, written, warm = 10_000, 1_000, 4 * pipeline * pipeDepth
	writer := e.join()
	var all []*Conn
	for _, upTo := range []int{1, 10, 100, 1_000} {
		more := e.joinMany(upTo-len(all), hello3, trackingOn)
		all = append(all, more...)
		read := func(list []*Conn, n int) {
			for _, c := range list {
				e.pump(c, getKey, 0, n, pipeline, pipeDepth, sizeNull3)
			}
		}
		read(more, warm)
		before := e.resident()
		took := e.measure(func() { read(more, keys) })
		e.report("get", upTo, ns(took.wall, len(more)*keys))
		e.report("bytes/holder", upTo, (e.resident()-before)/float64(len(more)*(keys-warm)))
		from := received(all...)
		took = e.measure(func() {
			e.pump(writer, setKey, 0, written, pipeline, pipeDepth, sizeOK)
			e.awaitBytes(from+int64(upTo*written*sizePush), all...)
		})
		e.report("push", upTo, ns(took.wall, upTo*written))
		e.pump(writer, delKey, 0, written, pipeline, pipeDepth, sizeOne)
		read(all, written)
	}
}
